//! `flatten`: attributes that several structs have, written once.

use tfplugin::{
    Schema, Value,
    schema::{Place, Presence, complaints},
    value::Type,
};

/// What every door has.
#[derive(Clone, Debug, PartialEq, Schema)]
struct Common {
    /// How wide it is.
    #[schema(computed)]
    width: Value<i64>,
    /// Who may pass.
    #[schema(optional)]
    guest: Option<String>,
    #[schema(block)]
    hinge: Vec<Hinge>,
}

/// What it turns on.
#[derive(Clone, Debug, PartialEq, Schema)]
struct Hinge {
    /// Made of this.
    #[schema(required)]
    material: String,
}

/// A door in a wall.
#[derive(Clone, Debug, Schema)]
#[schema(name = "house_door")]
struct Door {
    #[schema(flatten)]
    common: Common,
    /// Identifies the door.
    #[schema(required)]
    id: String,
}

/// A door with the same name twice.
#[derive(Clone, Debug, Schema)]
#[schema(name = "house_gate")]
struct Gate {
    /// How wide it is.
    #[schema(required)]
    width: i64,
    #[schema(flatten)]
    common: Common,
}

fn value(width: Value, guest: Value) -> Value {
    let hinge = Value::Known(tfplugin::value::Data::Sequence(vec![Value::mapping([(
        "material",
        Value::string("brass"),
    )])]));
    Value::mapping([("id", Value::string("front")), ("width", width), ("guest", guest), ("hinge", hinge)])
}

#[test]
fn flattened_attributes_follow_the_structs_own() {
    let block = Door::block();
    let shown: Vec<_> =
        block.attributes.iter().map(|attribute| (attribute.name, attribute.presence)).collect();
    assert_eq!(
        shown,
        [("id", Presence::Required), ("width", Presence::Computed), ("guest", Presence::Optional)]
    );
    assert_eq!(block.blocks.iter().map(|nested| nested.name).collect::<Vec<_>>(), ["hinge"]);
    let Type::Object(members) = block.value_type() else { panic!("an object") };
    assert_eq!(members.keys().collect::<Vec<_>>(), ["guest", "hinge", "id", "width"]);
    assert_eq!(complaints(&block, Place::Resource), [""; 0]);
}

#[test]
fn a_flattened_struct_reads_and_writes_the_one_object() {
    let whole = value(Value::Null, Value::string("Ada"));
    let door = Door::from_value(&whole).expect("a door");
    assert_eq!((door.id.as_str(), door.common.guest.as_deref()), ("front", Some("Ada")));
    assert_eq!(door.to_value(), whole);

    let planned = value(Value::Unknown, Value::Unknown);
    let partial = Door::partial_from_value(&planned).expect("a door");
    assert_eq!((&partial.common.width, &partial.common.guest), (&Value::Unknown, &Value::Unknown));
    assert_eq!(Door::partial_to_value(&partial), planned);
}

#[test]
fn a_flattened_struct_is_accessible_by_its_type() {
    fn let_in<S: Schema<Partial: AsMut<CommonPartial>> + AsRef<Common> + AsMut<Common>>(
        door: &mut S,
        planned: &mut S::Partial,
    ) {
        door.as_mut().guest = Some("Bob".to_owned());
        planned.as_mut().guest = door.as_ref().guest.clone().into();
    }
    let whole = value(Value::Null, Value::Null);
    let mut door = Door::from_value(&whole).expect("a door");
    let mut planned = Door::partial_from_value(&whole).expect("a door");
    let_in(&mut door, &mut planned);
    assert_eq!(door.common.guest.as_deref(), Some("Bob"));
    assert_eq!(planned.common.guest, Value::Known("Bob".to_owned()));
}

#[test]
fn a_duplicate_name_is_a_fault_of_the_schema() {
    let found = complaints(&Gate::block(), Place::Resource);
    assert_eq!(found, ["width: two attributes or blocks have this name"]);
}
