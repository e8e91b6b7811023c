//! Bytes and JSON of the real Terraform, decoded to the values of its configuration (`golden/README.md`).

use std::{collections::BTreeMap, path::Path};

use tfplugin::value::{Data, Type, Value, json, msgpack};

/// Values that Terraform encodes differently; both decode both encodings.
const WRITTEN_OTHERWISE: [&str; 7] = [
    // Refinements of unknown values are dropped.
    "bool_unknown",
    "list_unknown",
    "string_refined",
    // Exact binary fractions are floats, not decimal text.
    "map_of_numbers",
    "number_half",
    "object_full",
    // Text, although the number fits.
    "number_u64_max",
];

/// The same, with elements of sets in another order.
const ORDERED_OTHERWISE: [&str; 2] = ["deep", "set_of_numbers"];

fn text(text: &str) -> Value {
    Value::string(text)
}

fn number(text: &str) -> Value {
    Value::Known(Data::Number(text.parse().expect("a number")))
}

fn bool(value: bool) -> Value {
    Value::Known(Data::Bool(value))
}

fn sequence<const N: usize>(elements: [Value; N]) -> Value {
    Value::Known(Data::Sequence(elements.into()))
}

fn any(value_type: &str, value: Value) -> Value {
    let value_type = Type::from_json(value_type.as_bytes()).expect("a type");
    Value::Known(Data::Dynamic(Box::new((value_type, value))))
}

/// The values of `golden/main.tf`.
fn expected() -> BTreeMap<&'static str, Value> {
    let object_type = r#"["object",{"a":"number","b":["tuple",["string","bool"]],"c":"dynamic"}]"#;
    BTreeMap::from([
        ("bool_false", bool(false)),
        ("bool_true", bool(true)),
        ("bool_unknown", Value::Unknown),
        (
            "deep",
            sequence([
                sequence([Value::mapping([("a", bool(true))]), Value::mapping::<&str>([])]),
                sequence([]),
            ]),
        ),
        ("dynamic_null", Value::Null),
        (
            "dynamic_object",
            any(
                object_type,
                Value::mapping([
                    ("a", number("1")),
                    ("b", sequence([text("x"), bool(true)])),
                    ("c", Value::Null),
                ]),
            ),
        ),
        ("dynamic_string", any("\"string\"", text("x"))),
        ("dynamic_unknown", Value::Unknown),
        ("dynamic_unknown_string", any("\"string\"", Value::Unknown)),
        ("list_empty", sequence([])),
        (
            "list_long",
            Value::Known(Data::Sequence((0..20).map(|count: i64| number(&count.to_string())).collect())),
        ),
        ("list_null", Value::Null),
        ("list_of_strings", sequence([text("b"), text("a"), text("b")])),
        ("list_unknown", Value::Unknown),
        ("list_with_unknown", sequence([text("a"), Value::Unknown, Value::Null])),
        ("map_empty", Value::mapping::<&str>([])),
        ("map_of_numbers", Value::mapping([("a", number("0.25")), ("b", number("1")), ("ä b", Value::Null)])),
        ("number_above_u64", number("18446744073709551616")),
        ("number_byte", number("200")),
        ("number_half", number("0.5")),
        ("number_huge", number("1e400")),
        ("number_i64_min", number("-9223372036854775808")),
        ("number_minus_one", number("-1")),
        ("number_null", Value::Null),
        ("number_seven", number("7")),
        ("number_tenth", number("0.1")),
        ("number_third", number(&format!("0.{}5", "3".repeat(154)))),
        ("number_tiny", number("1e-7")),
        ("number_u64_max", number("18446744073709551615")),
        ("number_unknown", Value::Unknown),
        ("number_zero", number("0")),
        ("object_full", Value::mapping([("a", text("x")), ("b", sequence([number("1"), number("2.5")]))])),
        ("object_null", Value::Null),
        ("object_with_unknown", Value::mapping([("a", Value::Unknown), ("b", Value::Null)])),
        ("set_of_numbers", sequence([number("0.5"), number("9"), number("10")])),
        ("set_of_strings", sequence([text("a"), text("b"), text("ccc")])),
        ("set_with_unknown", sequence([text("a"), Value::Unknown])),
        ("string_decomposed", text("ä")),
        ("string_empty", text("")),
        ("string_long", text(&"0123456789".repeat(40))),
        ("string_null", Value::Null),
        ("string_plain", text("plain")),
        ("string_refined", Value::Unknown),
        ("string_unknown", Value::Unknown),
        ("tuple", sequence([text("x"), number("1"), bool(true)])),
    ])
}

struct Recorded {
    name: String,
    value_type: Type,
    bytes: Vec<u8>,
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)).expect(name)
}

/// The type of each case.
fn types() -> BTreeMap<String, Type> {
    let cases: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&file("cases.json")).expect("JSON");
    let read = |(name, value_type): (String, serde_json::Value)| {
        (name, Type::from_json(value_type.to_string().as_bytes()).expect("a type"))
    };
    cases.into_iter().map(read).collect()
}

/// All recordings, each with the type of its enclosing object.
fn recorded() -> Vec<Recorded> {
    let read = |(name, value_type): (String, Type)| {
        let value_type = Type::Object([("value".to_owned(), value_type)].into());
        let bytes = file(&format!("{name}.msgpack"));
        Recorded { name, value_type, bytes }
    };
    types().into_iter().map(read).collect()
}

#[test]
fn bytes_of_terraform_decode_to_the_configured_values() {
    let expected = expected();
    let recorded = recorded();
    assert!(
        recorded.iter().map(|case| case.name.as_str()).eq(expected.keys().copied()),
        "each case has an expected value"
    );
    for case in recorded {
        let value = msgpack::decode(&case.bytes, &case.value_type);
        assert_eq!(
            value.as_ref().map(|object| object.member("value")),
            Ok(&expected[case.name.as_str()]),
            "{}",
            case.name
        );
    }
}

#[test]
fn decoded_values_encode_to_terraforms_bytes() {
    for Recorded { name, value_type, bytes } in recorded() {
        let value = msgpack::decode(&bytes, &value_type).expect(&name);
        let written = msgpack::encode(&value, &value_type).expect(&name);
        let is_same =
            !WRITTEN_OTHERWISE.contains(&name.as_str()) && !ORDERED_OTHERWISE.contains(&name.as_str());
        assert_eq!(written == bytes, is_same, "{name}: {written:02x?} for {bytes:02x?}");
        if !ORDERED_OTHERWISE.contains(&name.as_str()) {
            assert_eq!(msgpack::decode(&written, &value_type), Ok(value), "{name}");
        }
    }
}

#[test]
fn state_of_terraform_decodes_to_the_configured_values() {
    let state = json::decode(&file("state.json"), &Type::Object(types())).expect("it is of these types");
    for (name, value) in expected() {
        // Unknown values are never stored: those cases are absent.
        let stored = if value.is_wholly_known() { value } else { Value::Null };
        assert_eq!(state.member(name), &stored, "{name}");
    }
}
