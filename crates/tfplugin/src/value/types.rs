//! The types of cty, and their JSON form, which schemas carry (`"string"`, `["list","string"]`).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// How deep types may be nested: deeper ones are refused rather than followed.
const DEEPEST: usize = 64;

/// A cty type, as a schema carries it. Its JSON form is that of `terraform providers schema -json`:
///
/// ```
/// use tfplugin::value::Type;
///
/// let list = Type::List(Box::new(Type::String));
/// assert_eq!(list.to_json(), br#"["list","string"]"#);
/// assert_eq!(Type::from_json(br#"["list","string"]"#), Ok(list));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text.
    String,
    /// A number of any precision.
    Number,
    /// A boolean.
    Bool,
    /// Any type: each value carries its own.
    Dynamic,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Different elements of one type, without order.
    Set(Box<Type>),
    /// Elements of one type by name.
    Map(Box<Type>),
    /// Attributes by name, each of its own type.
    Object(BTreeMap<String, Type>),
    /// Elements in order, each of its own type.
    Tuple(Vec<Type>),
}

/// JSON that is not the form of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the JSON form of a type")]
pub struct TypeError;

impl Type {
    /// Compact JSON.
    pub fn to_json(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    /// From JSON. The third element of an object's form (optional attributes) is accepted and ignored.
    pub fn from_json(bytes: &[u8]) -> Result<Self, TypeError> {
        serde_json::from_slice(bytes).map_err(|_| TypeError).and_then(|json| Self::read(&json, DEEPEST))
    }

    /// What a value of the type is called in messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "a bool",
            Self::Dynamic => "a value with its type",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Tuple(_) => "a tuple",
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::String => json!("string"),
            Self::Number => json!("number"),
            Self::Bool => json!("bool"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.json()]),
            Self::Set(element) => json!(["set", element.json()]),
            Self::Map(element) => json!(["map", element.json()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<_, _> =
                    attributes.iter().map(|(name, attribute)| (name.clone(), attribute.json())).collect();
                json!(["object", attributes])
            }
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::json).collect::<Vec<_>>()]),
        }
    }

    fn read(json: &Json, depth: usize) -> Result<Self, TypeError> {
        let depth = depth.checked_sub(1).ok_or(TypeError)?;
        let inner = |json: &Json| Self::read(json, depth);
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Ok(Self::String),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(TypeError),
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(kind), element] if kind == "list" => {
                    inner(element).map(|element| Self::List(Box::new(element)))
                }
                [Json::String(kind), element] if kind == "set" => {
                    inner(element).map(|element| Self::Set(Box::new(element)))
                }
                [Json::String(kind), element] if kind == "map" => {
                    inner(element).map(|element| Self::Map(Box::new(element)))
                }
                [Json::String(kind), Json::Object(attributes)]
                | [Json::String(kind), Json::Object(attributes), _]
                    if kind == "object" =>
                {
                    let read = |(name, attribute): (&String, &Json)| {
                        inner(attribute).map(|attribute| (name.clone(), attribute))
                    };
                    attributes.iter().map(read).collect::<Result<_, _>>().map(Self::Object)
                }
                [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                    elements.iter().map(inner).collect::<Result<_, _>>().map(Self::Tuple)
                }
                _ => Err(TypeError),
            },
            _ => Err(TypeError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_json_form() {
        for json in [
            r#""string""#,
            r#""number""#,
            r#""bool""#,
            r#""dynamic""#,
            r#"["list","string"]"#,
            r#"["set",["map","bool"]]"#,
            r#"["object",{"a":"string","b":["list","number"]}]"#,
            r#"["tuple",["string","dynamic"]]"#,
        ] {
            let read = Type::from_json(json.as_bytes()).expect(json);
            assert_eq!(String::from_utf8(read.to_json()).as_deref(), Ok(json));
        }
    }

    #[test]
    fn json_that_is_no_type_is_refused() {
        let deep = format!("{}\"string\"{}", "[\"list\",".repeat(100), "]".repeat(100));
        for json in [
            "",
            "1",
            "null",
            r#""text""#,
            r#"["list"]"#,
            r#"["list","string","string"]"#,
            r#"["object",[]]"#,
            &deep,
        ] {
            assert_eq!(Type::from_json(json.as_bytes()), Err(TypeError), "{json}");
        }
    }
}
