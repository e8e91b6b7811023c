//! Values as Terraform sends and stores them. The first line of the input is the JSON of a type, the rest a value of it.

use tfplugin::value::{Type, json as json_codec, msgpack as msgpack_codec};

pub(crate) fn msgpack(bytes: &[u8]) {
    let Some((value_type, rest)) = typed(bytes) else { return };
    if let Ok(value) = msgpack_codec::decode(rest, &value_type) {
        // Sets lose their order and what is there twice, so that the second encoding decides.
        let encoded = |value| msgpack_codec::encode(value, &value_type).expect("what is read can be written");
        let decoded =
            |bytes: &[u8]| msgpack_codec::decode(bytes, &value_type).expect("what is written can be read");
        let once = encoded(&value);
        assert_eq!(encoded(&decoded(&once)), once, "{value:?} of {value_type:?}");
    }
}

pub(crate) fn json(bytes: &[u8]) {
    let Some((value_type, rest)) = typed(bytes) else { return };
    match json_codec::decode(rest, &value_type) {
        Ok(value) => {
            msgpack_codec::encode(&value, &value_type).expect("what is read can be written");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn typed(bytes: &[u8]) -> Option<(Type, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = bytes.split_at(end);
    let value_type = Type::from_json(first).ok()?;
    let again = Type::from_json(&value_type.to_json());
    assert_eq!(again.as_ref(), Ok(&value_type), "a type is read back as written");
    Some((value_type, rest.get(1..)?))
}

const TYPES: [&str; 12] = [
    r#""string""#,
    r#""number""#,
    r#""bool""#,
    r#""dynamic""#,
    r#"["list","string"]"#,
    r#"["list","dynamic"]"#,
    r#"["set",["map","bool"]]"#,
    r#"["set","number"]"#,
    r#"["map","string"]"#,
    r#"["object",{"a":"string","b":["list","number"]}]"#,
    r#"["tuple",["string","dynamic"]]"#,
    r#"["list",["set",["list",["map",["object",{"a":"dynamic"}]]]]]"#,
];

const VALUES: [&str; 16] = [
    "null",
    "true",
    "7",
    "-1.5e3",
    r#""text""#,
    r#""\u00e9""#,
    "[]",
    r#"["a",null]"#,
    "[1,2.5,18446744073709551616]",
    r#"{"k":null,"l":"m"}"#,
    r#"{"a":"x","b":[1,2]}"#,
    r#"{"value":"x","type":"string"}"#,
    r#"{"value":[[1]],"type":["list",["set","number"]]}"#,
    r#"["a",{"value":7,"type":"number"}]"#,
    r#"[{"value":true,"type":"bool"},null]"#,
    r#"[[[{"k":{"a":{"value":true,"type":"bool"}}}]]]"#,
];

/// All types with all values, of which some fit.
pub(crate) fn json_seeds() -> Vec<Vec<u8>> {
    let pairs = TYPES.iter().flat_map(|value_type| VALUES.iter().map(move |value| (value_type, value)));
    pairs.map(|(value_type, value)| format!("{value_type}\n{value}").into_bytes()).collect()
}

pub(crate) fn msgpack_seeds() -> Vec<Vec<u8>> {
    let line = |value_type: &str, bytes: &[u8]| [value_type.as_bytes(), b"\n", bytes].concat();
    let from_json = json_seeds().into_iter().filter_map(|seed| {
        let (value_type, rest) = typed(&seed)?;
        let value = json_codec::decode(rest, &value_type).ok()?;
        let bytes = msgpack_codec::encode(&value, &value_type).ok()?;
        Some([&value_type.to_json(), b"\n".as_slice(), &bytes].concat())
    });
    let unknown = TYPES.iter().map(|value_type| line(value_type, b"\xd4\x00\x00"));
    // A number too large for msgpack's own, a refined unknown value, lengths that are lies.
    let special = [
        line(r#""number""#, b"\xae123456789e4000"),
        line(r#""string""#, b"\xc7\x05\x0c\x82\x01\xc2\x02\xa1a"),
        line(r#"["list","bool"]"#, b"\xdd\xff\xff\xff\xff\xc3"),
        line(r#"["map","bool"]"#, b"\xdf\xff\xff\xff\xff\xa1a\xc3"),
        line(r#""string""#, b"\xdb\xff\xff\xff\xff"),
    ];
    from_json.chain(unknown).chain(special).collect()
}
