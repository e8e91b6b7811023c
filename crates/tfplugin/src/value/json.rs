//! The JSON form of values (cty's own, `cty/json`): state as Terraform stores it. It has no unknown values.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

pub use super::codec_error::CodecError;
use super::{Data, Number, Type, Value, normal_form};
use crate::path::Step;

/// How deep values may be nested: deeper ones are refused rather than followed.
const DEEPEST: usize = 64;

/// Reads a value of this type. Attributes that the type does not have are dropped, and missing ones are null: state may be of
/// another version of the provider.
pub fn decode(bytes: &[u8], value_type: &Type) -> Result<Value, CodecError> {
    let json: &RawValue = parse(std::str::from_utf8(bytes).map_err(|_| CodecError::new("it is not UTF-8"))?)?;
    read(json, value_type, DEEPEST)
}

fn parse<'j, T: serde::Deserialize<'j>>(json: &'j str) -> Result<T, CodecError> {
    // The parser's own message may repeat what it found, which may be secret.
    serde_json::from_str(json).map_err(|error| {
        CodecError::new(format!(
            "it is not the JSON that the type needs (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

fn read(json: &RawValue, value_type: &Type, depth: usize) -> Result<Value, CodecError> {
    let depth = depth.checked_sub(1).ok_or_else(|| CodecError::new("it is nested too deeply"))?;
    if json.get() == "null" {
        return Ok(Value::Null);
    }
    let data = match value_type {
        Type::String => Data::String(text(json)?),
        Type::Bool => Data::Bool(boolean(json)?),
        Type::Number => Data::Number(number(json)?),
        Type::List(element) | Type::Set(element) => Data::Sequence(elements(json, |_| Some(element), depth)?),
        Type::Tuple(types) => {
            let elements = elements(json, |position| types.get(position), depth)?;
            if elements.len() != types.len() {
                return Err(CodecError::new("the tuple has another number of elements"));
            }
            Data::Sequence(elements)
        }
        Type::Map(element) => {
            let members: BTreeMap<String, &RawValue> = parse(json.get())?;
            let members = members.into_iter().map(|(key, member)| (normalized(&key), member));
            let read = |(key, member): (String, &RawValue)| {
                read(member, element, depth)
                    .map(|member| (key.clone(), member))
                    .map_err(|error| error.inside(Step::Key(key)))
            };
            Data::Mapping(members.map(read).collect::<Result<_, _>>()?)
        }
        Type::Object(attributes) => Data::Mapping(object(json, attributes, depth)?),
        Type::Dynamic => return dynamic(json, depth),
    };
    Ok(Value::Known(data))
}

/// Text as Terraform keeps it: an edited state may have another form.
fn normalized(text: &str) -> String {
    normal_form::normalized(text).into_owned()
}

/// JSON text, or what cty reads as one: a number as it is written, a bool. An edited state may have those.
fn text(json: &RawValue) -> Result<String, CodecError> {
    match json.get() {
        written if written.starts_with('"') => Ok(normalized(&parse::<String>(written)?)),
        written @ ("true" | "false") => Ok(written.to_owned()),
        written if written.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit()) => {
            Ok(written.to_owned())
        }
        other => parse(other),
    }
}

/// A JSON bool, or text that cty reads as one.
fn boolean(json: &RawValue) -> Result<bool, CodecError> {
    match json.get() {
        written if written.starts_with('"') => match parse::<String>(written)?.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(CodecError::new("a bool was expected")),
        },
        other => parse(other),
    }
}

/// A JSON number, or text that holds one.
fn number(json: &RawValue) -> Result<Number, CodecError> {
    let written = match json.get() {
        written if written.starts_with('"') => parse::<String>(written)?,
        other => other.to_owned(),
    };
    written.parse().map_err(|_| CodecError::new("a number was expected"))
}

fn elements<'t>(
    json: &RawValue,
    type_of: impl Fn(usize) -> Option<&'t Type>,
    depth: usize,
) -> Result<Vec<Value>, CodecError> {
    let elements: Vec<&RawValue> = parse(json.get())?;
    elements
        .into_iter()
        .enumerate()
        .map(|(position, element)| {
            let element_type = type_of(position)
                .ok_or_else(|| CodecError::new("the tuple has another number of elements"))?;
            read(element, element_type, depth)
                .map_err(|error| error.inside(Step::Index(i64::try_from(position).unwrap_or(i64::MAX))))
        })
        .collect()
}

fn object(
    json: &RawValue,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<BTreeMap<String, Value>, CodecError> {
    let members: BTreeMap<String, &RawValue> = parse(json.get())?;
    attributes
        .iter()
        .map(|(name, attribute_type)| {
            let member =
                members.get(name).map_or(Ok(Value::Null), |member| read(member, attribute_type, depth));
            member
                .map(|member| (name.clone(), member))
                .map_err(|error| error.inside(Step::Attribute(name.clone())))
        })
        .collect()
}

fn dynamic(json: &RawValue, depth: usize) -> Result<Value, CodecError> {
    let mut members: BTreeMap<String, &RawValue> = parse(json.get())?;
    let (Some(value_type), Some(inner)) = (members.remove("type"), members.remove("value")) else {
        return Err(CodecError::new("a dynamic value has a type and a value"));
    };
    let value_type =
        Type::from_json(value_type.get().as_bytes()).map_err(|error| CodecError::new(error.to_string()))?;
    let inner = read(inner, &value_type, depth)?;
    Ok(Value::Known(Data::Dynamic(Box::new((value_type, inner)))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::arbitrary::{any_type, value_of};

    /// As Terraform writes it (cty's `json.Marshal`).
    fn written(value: &Value, value_type: &Type) -> String {
        let quoted = |text: &str| serde_json::to_string(text).expect("text");
        let Value::Known(data) = value else { return "null".to_owned() };
        let list = |all: Vec<String>| format!("[{}]", all.join(","));
        let object = |all: Vec<String>| format!("{{{}}}", all.join(", "));
        match (data, value_type) {
            (Data::Bool(value), _) => value.to_string(),
            (Data::Number(number), _) => number.to_string(),
            (Data::String(text), _) => quoted(text),
            (Data::Sequence(elements), Type::List(element) | Type::Set(element)) => {
                list(elements.iter().map(|one| written(one, element)).collect())
            }
            (Data::Sequence(elements), Type::Tuple(types)) => {
                list(elements.iter().zip(types).map(|(one, element)| written(one, element)).collect())
            }
            (Data::Mapping(members), Type::Map(element)) => object(
                members
                    .iter()
                    .map(|(key, one)| format!("{}: {}", quoted(key), written(one, element)))
                    .collect(),
            ),
            (Data::Mapping(members), Type::Object(types)) => object(
                members
                    .iter()
                    .map(|(name, one)| format!("{}: {}", quoted(name), written(one, &types[name])))
                    .collect(),
            ),
            (Data::Dynamic(inner), _) => {
                let value_type = String::from_utf8(inner.0.to_json()).expect("JSON");
                format!("{{\"value\": {}, \"type\": {value_type}}}", written(&inner.1, &inner.0))
            }
            (data, value_type) => panic!("{data:?} is not of type {value_type:?}"),
        }
    }

    fn known_value() -> impl Strategy<Value = (Type, Value)> {
        any_type().prop_flat_map(|value_type| {
            let values = value_of(&value_type, false);
            (Just(value_type), values)
        })
    }

    proptest! {
        #[test]
        fn any_known_value_of_any_type_is_read_as_it_was_written((value_type, value) in known_value()) {
            prop_assert_eq!(decode(written(&value, &value_type).as_bytes(), &value_type), Ok(value));
        }

        #[test]
        fn json_that_is_no_value_is_an_error_and_never_a_panic(
            value_type in any_type(),
            text in "[\\[\\]{}:,\"a-z0-9.eE -]{0,40}",
        ) {
            // Any result will do, as long as it does not panic.
            let _ = decode(text.as_bytes(), &value_type);
        }
    }

    #[track_caller]
    fn check(value_type: &str, json: &str, expected: Result<Value, &str>) {
        let value_type = Type::from_json(value_type.as_bytes()).expect("a type");
        let read = decode(json.as_bytes(), &value_type).map_err(|error| error.to_string());
        match expected {
            Ok(value) => assert_eq!(read, Ok(value), "{json}"),
            Err(problem) => {
                let error = read.expect_err(json);
                assert!(error.contains(problem), "{error}");
            }
        }
    }

    fn number(text: &str) -> Value {
        Value::Known(Data::Number(text.parse().expect("a number")))
    }

    #[test]
    fn state_is_read_by_its_type() {
        check("\"string\"", "\"a\\u00e9\"", Ok(Value::string("aé")));
        check(
            "\"number\"",
            "123456789012345678901234567890.5",
            Ok(number("123456789012345678901234567890.5")),
        );
        check("\"number\"", "\"0.1\"", Ok(number("0.1")));
        check("\"bool\"", " true ", Ok(Value::Known(Data::Bool(true))));
        check(
            "[\"list\",\"number\"]",
            "[1, 2.5]",
            Ok(Value::Known(Data::Sequence(vec![number("1"), number("2.5")]))),
        );
        check("[\"map\",\"string\"]", "{\"k\":null}", Ok(Value::mapping([("k", Value::Null)])));
        let dynamic = Value::Known(Data::Dynamic(Box::new((Type::String, Value::string("x")))));
        check("\"dynamic\"", "{\"value\":\"x\",\"type\":\"string\"}", Ok(dynamic));
    }

    /// What go-cty 1.18 makes of these (`ctyjson.Unmarshal`), but for `Inf`, which it takes and no provider can use.
    #[test]
    fn a_value_of_another_type_is_converted_as_cty_converts_it() {
        for (json, expected) in [
            ("1", "1"),
            ("-0.10", "-0.10"),
            ("1e3", "1e3"),
            ("true", "true"),
            ("false", "false"),
            ("\"\"", ""),
        ] {
            check("\"string\"", json, Ok(Value::string(expected)));
        }
        for (json, expected) in [
            ("\"true\"", true),
            ("\"1\"", true),
            ("\"\\u0031\"", true),
            ("\"false\"", false),
            ("\"0\"", false),
        ] {
            check("\"bool\"", json, Ok(Value::Known(Data::Bool(expected))));
        }
        for (json, expected) in [
            ("\"1\"", "1"),
            ("\"\\u0031\"", "1"),
            ("\"0.1\"", "0.1"),
            ("\"1E3\"", "1000"),
            ("\"1e+2\"", "100"),
            ("\"+1\"", "1"),
            ("\".5\"", "0.5"),
            ("\"5.\"", "5"),
            ("\"01\"", "1"),
        ] {
            check("\"number\"", json, Ok(number(expected)));
        }
        let refused: [(&str, &[&str]); 3] = [
            ("string", &["{}", "[]", "[1]"]),
            ("bool", &["1", "0", "\"True\"", "\"TRUE\"", "\"\"", "\"yes\"", "\" true\"", "{}"]),
            (
                "number",
                &[
                    "true",
                    "\" 1\"",
                    "\"1 \"",
                    "\"0x10\"",
                    "\"1_000\"",
                    "\"NaN\"",
                    "\"\"",
                    "\"-\"",
                    "\"0b1\"",
                    "\"1e\"",
                ],
            ),
        ];
        for (value_type, all) in refused {
            let value_type = format!("\"{value_type}\"");
            for json in all {
                check(&value_type, json, Err(""));
            }
            check(&value_type, "null", Ok(Value::Null));
        }
    }

    #[test]
    fn attributes_come_and_go_between_versions() {
        let object = "[\"object\",{\"a\":\"string\",\"b\":\"string\"}]";
        check(
            object,
            "{\"a\":\"x\",\"gone\":{\"deep\":1}}",
            Ok(Value::mapping([("a", Value::string("x")), ("b", Value::Null)])),
        );
    }

    #[test]
    fn an_error_says_where_it_is_and_not_what_was_there() {
        check(
            "[\"object\",{\"a\":[\"list\",\"bool\"]}]",
            "{\"a\":[true,\"hunter2\"]}",
            Err("a[1]: a bool was expected"),
        );
        let boolean = decode(b"\"hunter2\"", &Type::Bool).expect_err("no bool");
        assert!(!boolean.to_string().contains("hunter2"));
        check("\"string\"", "", Err("not the JSON"));
        check("\"number\"", "\"many\"", Err("a number was expected"));
        check("[\"tuple\",[\"string\"]]", "[]", Err("number of elements"));
    }
}
