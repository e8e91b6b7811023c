//! What `#[derive(Schema)]` makes of a struct: schema, codec, and the partial struct.

mod flattened;
mod shadowed;
mod strict;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{
    Schema, Timeouts, Value, duration,
    schema::{AttributeSchema, Nesting, Place, Presence, Replace, Shape, complaints},
    value::{Data, Number, Type, msgpack},
};

/// Opens a door
/// to the house.
///
/// - for people
/// - for cats
#[derive(Clone, Debug, Schema)]
#[schema(name = "house_door", version = 3, deprecated = "use `house_gate`")]
pub struct Door {
    /// Identifies the door.
    #[schema(computed)]
    id: Value<String>,
    /// House that has the door.
    #[schema(required, replace)]
    house: String,
    /// Kind of door.
    #[schema(optional, name = "type", validate(not_empty, lower_case))]
    kind: Option<String>,
    /// How wide it is.
    #[schema(optional, computed, default = 80)]
    width: i64,
    /// How much it weighs.
    #[schema(optional, replace_if = heavier)]
    weight: Option<Number>,
    /// Opens it.
    #[schema(optional, sensitive, write_only, validate(long_enough))]
    key: Option<SecretString>,
    /// Who may pass.
    #[schema(optional, validate_each(not_empty))]
    guests: Option<BTreeSet<String>>,
    /// Colours by side.
    #[schema(optional, validate_each(not_empty), deprecated = "doors are white")]
    colours: Option<BTreeMap<String, String>>,
    /// Locks, from top to bottom.
    #[schema(required)]
    locks: Vec<Lock>,
    /// The best of the locks.
    #[schema(computed)]
    best_lock: Value<Lock>,
    /// Locks by name.
    #[schema(optional)]
    named_locks: Option<BTreeMap<String, Lock>>,
    /// When it closes by itself.
    #[schema(optional, validate(duration::validate), same = duration::same)]
    closes_after: Option<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
    #[schema(block)]
    frame: Frame,
    #[schema(block(min = 1, max = 2))]
    hinge: Vec<Frame>,
    #[schema(block)]
    bell: BTreeSet<Frame>,
}

/// One lock.
#[derive(Clone, Debug, Schema)]
pub struct Lock {
    /// Whether it is locked.
    #[schema(required)]
    locked: bool,
    /// Number on its keys.
    #[schema(computed)]
    number: Value<i64>,
}

/// What holds the door.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Schema)]
pub struct Frame {
    /// Made of this.
    #[schema(required)]
    material: String,
}

fn not_empty(text: &str) -> Result<(), String> {
    if text.is_empty() { Err("It is empty.".to_owned()) } else { Ok(()) }
}

// A rule may also name the field's own type.
#[allow(clippy::ptr_arg)]
fn lower_case(text: &String) -> Result<(), String> {
    if text.chars().any(char::is_uppercase) { Err("It has capitals.".to_owned()) } else { Ok(()) }
}

fn long_enough(secret: &SecretString) -> Result<(), String> {
    if secret.expose_secret().len() < 8 { Err("It is too short.".to_owned()) } else { Ok(()) }
}

fn heavier(prior: &Value, planned: &Value) -> bool {
    prior != planned
}

fn attribute(name: &str) -> AttributeSchema {
    Door::block().attributes.into_iter().find(|attribute| attribute.name == name).expect(name)
}

fn texts(texts: &[&str]) -> Value {
    Value::Known(Data::Sequence(texts.iter().copied().map(Value::string).collect()))
}

fn whole(number: i64) -> Value {
    Value::Known(Data::Number(number.into()))
}

fn lock(locked: Value, number: Value) -> Value {
    Value::mapping([("locked", locked), ("number", number)])
}

const TRUE: Value = Value::Known(Data::Bool(true));

fn door() -> Value {
    let frame = Value::mapping([("material", Value::string("oak"))]);
    Value::mapping([
        ("id", Value::string("d-1")),
        ("house", Value::string("h-1")),
        ("type", Value::string("front")),
        ("width", whole(90)),
        ("weight", Value::Known(Data::Number("12.5".parse().expect("a number")))),
        ("key", Value::string("hunter2hunter2")),
        ("guests", texts(&["ada", "bob"])),
        ("colours", Value::mapping([("in", Value::string("red"))])),
        ("locks", Value::Known(Data::Sequence(vec![lock(TRUE, whole(7))]))),
        ("best_lock", lock(TRUE, whole(7))),
        ("named_locks", Value::Null),
        ("closes_after", Value::string("60m")),
        (
            "timeouts",
            Value::mapping([
                ("create", Value::string("1h")),
                ("update", Value::Null),
                ("delete", Value::Null),
            ]),
        ),
        ("frame", frame.clone()),
        ("hinge", Value::Known(Data::Sequence(vec![frame]))),
        ("bell", texts(&[])),
    ])
}

fn door_with(name: &str, value: Value) -> Value {
    let Value::Known(Data::Mapping(mut members)) = door() else { unreachable!("a door is an object") };
    members.insert(name.to_owned(), value);
    Value::Known(Data::Mapping(members))
}

#[test]
fn the_attribute_of_the_struct_sets_name_version_and_deprecation() {
    let block = Door::block();
    assert_eq!((Door::NAME, Door::VERSION), ("house_door", 3));
    assert_eq!(block.description, "Opens a door to the house.\n\n- for people\n- for cats");
    assert_eq!(block.deprecated, Some("use `house_gate`"));
    assert_eq!((Lock::NAME, Lock::VERSION), ("", 0));
    assert_eq!(complaints(&block, Place::Resource), Vec::<String>::new());
}

#[test]
fn each_field_is_an_attribute_in_order() {
    let names: Vec<_> = Door::block().attributes.iter().map(|attribute| attribute.name).collect();
    assert_eq!(
        names,
        [
            "id",
            "house",
            "type",
            "width",
            "weight",
            "key",
            "guests",
            "colours",
            "locks",
            "best_lock",
            "named_locks",
            "closes_after"
        ]
    );
}

#[test]
fn options_of_fields_are_in_the_schema() {
    assert_eq!(attribute("id").presence, Presence::Computed);
    assert_eq!(attribute("id").description, "Identifies the door.");
    assert_eq!(attribute("house").presence, Presence::Required);
    assert!(matches!(attribute("house").replace, Replace::Always));
    assert_eq!(attribute("type").presence, Presence::Optional);
    assert_eq!(attribute("width").presence, Presence::OptionalComputed);
    assert_eq!(attribute("width").default.map(|default| default()), Some(whole(80)));
    assert!(matches!(attribute("weight").replace, Replace::If(decide) if decide(&whole(1), &whole(2))));
    assert!(attribute("key").sensitive && attribute("key").write_only);
    assert!(!attribute("house").sensitive && !attribute("house").write_only);
    assert_eq!(attribute("colours").deprecated, Some("doors are white"));
    let same = attribute("closes_after").same.expect("it has a rule");
    assert!(same(&Value::string("60m"), &Value::string("1h")));
    assert!(!same(&Value::string("60m"), &Value::string("2h")));
    assert!(!same(&Value::Unknown, &Value::Unknown));
}

#[test]
fn types_of_attributes_are_those_of_the_fields() {
    #[track_caller]
    fn check(name: &str, json: &str) {
        let written = attribute(name).shape.value_type().to_json();
        assert_eq!(String::from_utf8(written).as_deref(), Ok(json), "{name}");
    }
    check("house", r#""string""#);
    check("width", r#""number""#);
    check("weight", r#""number""#);
    check("key", r#""string""#);
    check("guests", r#"["set","string"]"#);
    check("colours", r#"["map","string"]"#);
    check("locks", r#"["list",["object",{"locked":"bool","number":"number"}]]"#);
    check("best_lock", r#"["object",{"locked":"bool","number":"number"}]"#);
    check("named_locks", r#"["map",["object",{"locked":"bool","number":"number"}]]"#);
}

#[test]
fn objects_in_collections_are_nested_attributes_with_descriptions() {
    for (name, expected) in
        [("locks", Nesting::List), ("best_lock", Nesting::Single), ("named_locks", Nesting::Map)]
    {
        let Shape::Nested { nesting, attributes } = attribute(name).shape else {
            panic!("{name} has no attributes inside")
        };
        assert_eq!(nesting, expected);
        assert_eq!(attributes[1].description, "Number on its keys.");
    }
}

#[test]
fn the_type_of_a_block_decides_its_number() {
    let blocks = Door::block().blocks;
    let found: Vec<_> =
        blocks.iter().map(|block| (block.name, block.nesting, block.min_items, block.max_items)).collect();
    assert_eq!(
        found,
        [
            ("timeouts", Nesting::Single, 0, 0),
            ("frame", Nesting::Single, 1, 1),
            ("hinge", Nesting::List, 1, 2),
            ("bell", Nesting::Set, 0, 0),
        ]
    );
    assert_eq!(blocks[1].block.description, "What holds the door.");
    assert_eq!(blocks[1].block.attributes[0].name, "material");
}

#[test]
fn validators_check_known_values_only_and_each_reports_its_own_error() {
    #[track_caller]
    fn check(name: &str, value: &Value, expected: &[&str]) {
        let attribute = attribute(name);
        let whole = attribute.validators.iter().filter_map(|rule| rule(value).err());
        let elements = attribute.element_validators.iter().flat_map(|rule| rule(value));
        let found: Vec<_> = whole.chain(elements.map(|(_, fault)| fault)).collect();
        assert_eq!(found, expected, "{name} = {value:?}");
    }
    check("type", &Value::string("front"), &[]);
    check("type", &Value::string(""), &["It is empty."]);
    check("type", &Value::string("Front"), &["It has capitals."]);
    check("type", &Value::Unknown, &[]);
    check("type", &Value::Null, &[]);
    check("key", &Value::string("short"), &["It is too short."]);
    check("guests", &texts(&["ada", ""]), &["It is empty."]);
    check("guests", &texts(&["", "ada", ""]), &["It is empty.", "It is empty."]);
    check("guests", &Value::Known(Data::Sequence(vec![Value::Unknown, Value::Null])), &[]);
    check("colours", &Value::mapping([("in", Value::string(""))]), &["It is empty."]);
}

#[test]
fn a_known_value_goes_through_the_struct_unchanged() {
    let read = Door::from_value(&door()).expect("a door");
    assert_eq!(read.kind.as_deref(), Some("front"));
    assert_eq!(read.width, 90);
    assert_eq!(read.guests, Some(BTreeSet::from(["ada".to_owned(), "bob".to_owned()])));
    assert_eq!(read.locks[0].number, Value::Known(7));
    assert_eq!(read.timeouts.as_ref().and_then(Timeouts::create), Some(std::time::Duration::from_hours(1)));
    assert_eq!(read.to_value(), door());
    let bytes = msgpack::encode(&read.to_value(), &Door::block().value_type()).expect("its own type");
    assert_eq!(msgpack::decode(&bytes, &Door::block().value_type()), Ok(door()));
}

#[test]
fn a_value_unknown_in_parts_goes_through_the_partial_struct_unchanged() {
    for (name, value) in [
        ("house", Value::Unknown),
        ("house", Value::Null),
        ("guests", Value::Known(Data::Sequence(vec![Value::Unknown, Value::string("ada")]))),
        ("colours", Value::mapping([("in", Value::Unknown)])),
        ("locks", Value::Known(Data::Sequence(vec![Value::Unknown, lock(Value::Unknown, Value::Null)]))),
        ("best_lock", Value::Unknown),
        ("hinge", Value::Unknown),
        ("timeouts", Value::Null),
    ] {
        let value = door_with(name, value);
        let partial = Door::partial_from_value(&value).expect(name);
        assert_eq!(Door::partial_to_value(&partial), value);
    }
}

#[test]
fn an_empty_partial_struct_is_null_throughout() {
    let empty = DoorPartial::default();
    assert_eq!(empty.house, Value::Null);
    assert_eq!(empty.locks, Value::Null);
    assert_eq!(DoorPartial { house: Value::Unknown, ..DoorPartial::default() }.house, Value::Unknown);
    let one = DoorPartial {
        locks: Value::Known(vec![Value::Known(LockPartial {
            locked: Value::Known(true),
            number: Value::Unknown,
        })]),
        ..empty
    };
    assert_eq!(one, one.clone());
}

#[test]
fn a_value_that_does_not_fit_is_rejected_with_its_place() {
    #[track_caller]
    fn check(name: &str, value: Value, place: &str, message: &str) {
        let error = Door::from_value(&door_with(name, value)).expect_err("it should be rejected");
        assert_eq!((error.path.to_string().as_str(), error.message.as_str()), (place, message));
    }
    check("house", Value::Unknown, "house", "expected a string, found a value that is not known yet");
    check("house", Value::Null, "house", "expected a string, found null");
    check("width", Value::string("90"), "width", "expected a whole number, found a string");
    check(
        "locks",
        Value::Known(Data::Sequence(vec![lock(TRUE, Value::Null), lock(Value::Null, Value::Null)])),
        "locks[1].locked",
        "expected a bool, found null",
    );
    check(
        "named_locks",
        Value::mapping([("a b", Value::Null)]),
        "named_locks[\"a b\"]",
        "expected an object, found null",
    );
    check("guests", Value::Known(Data::Sequence(vec![TRUE])), "guests", "expected a string, found a bool");
    check("timeouts", Value::string("1h"), "timeouts", "expected an object, found a string");
    let half: Value = Value::Known(Data::Number("0.5".parse().expect("a number")));
    check(
        "width",
        half,
        "width",
        "expected a whole number between -9223372036854775808 and 9223372036854775807, found 0.5",
    );
}

#[test]
fn a_secret_is_hidden_in_both_structs() {
    let read = Door::from_value(&door()).expect("a door");
    let partial = Door::partial_from_value(&door()).expect("a door");
    let printed = format!("{read:?} {partial:?}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert_eq!(partial.key, partial.clone().key);
}

#[test]
fn a_missing_attribute_is_null() {
    let partial = Door::partial_from_value(&Value::mapping([("house", Value::string("h-1"))]))
        .expect("the rest is null");
    assert_eq!(partial, DoorPartial { house: Value::Known("h-1".to_owned()), ..DoorPartial::default() });
}

#[test]
fn types_inside_are_the_cty_types() {
    let Type::Object(members) = Door::block().value_type() else { panic!("a schema is an object") };
    assert_eq!(members["hinge"].to_json(), br#"["list",["object",{"material":"string"}]]"#);
    assert_eq!(members["bell"].to_json(), br#"["set",["object",{"material":"string"}]]"#);
    assert_eq!(members.len(), 16);
}
