//! Reads JSON of the API: absent, null, `""`, `[]` and `{}` mean the same, and the rest is read even if one value has the wrong type.
//!
//! The REST front may leave zero values out (Connect's JSON) or spell them out (grpc-gateway's), and the API grows fields
//! monthly. A value of another type is kept as text, so that it is shown as drift.

use serde::{Deserialize as _, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// Text; any other value that is not empty becomes its JSON.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text_of(&Value::deserialize(deserializer)?))
}

/// A list of texts without the empty ones; a single text is a list of one.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(texts_of(&Value::deserialize(deserializer)?))
}

/// True only for `true`, also when spelled as text.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_bool().unwrap_or_else(|| value.as_str() == Some("true")))
}

/// A number that is not negative, also when spelled as text as protobuf's JSON does with wide ones; 0 for all else.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(number_of(&Value::deserialize(deserializer)?))
}

/// An object; all its fields are unset if the value is not an object.
pub(super) fn part<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    // Serde would read the fields from an array too, by their order.
    Ok(if value.is_object() { serde_json::from_value(value).unwrap_or_default() } else { T::default() })
}

/// An object that is `None` if all its fields are unset.
pub(super) fn optional_part<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default + PartialEq,
{
    let found: T = part(deserializer)?;
    Ok((found != T::default()).then_some(found))
}

/// Any value, with the empty forms as null.
pub(super) fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(if is_empty(&value) { Value::Null } else { value })
}

pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other if is_empty(other) => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().map(text_of).filter(|text| !text.is_empty()).collect(),
        other => Some(text_of(other)).filter(|text| !text.is_empty()).into_iter().collect(),
    }
}

fn number_of(value: &Value) -> u32 {
    let wide = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    wide.and_then(|wide| u32::try_from(wide).ok()).unwrap_or_default()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_empty_form_reads_as_unset_text() {
        for empty in [json!(null), json!(""), json!([]), json!({})] {
            assert_eq!(text_of(&empty), "", "{empty}");
            assert_eq!(texts_of(&empty), Vec::<String>::new(), "{empty}");
        }
    }

    #[test]
    fn a_value_of_a_wrong_type_is_kept_as_text() {
        assert_eq!(text_of(&json!(5)), "5");
        assert_eq!(text_of(&json!(false)), "false");
        assert_eq!(text_of(&json!({"seconds": 1})), r#"{"seconds":1}"#);
    }

    #[test]
    fn a_list_skips_empty_texts_and_reads_a_single_text() {
        assert_eq!(texts_of(&json!(["a", null, "", "b"])), ["a", "b"]);
        assert_eq!(texts_of(&json!("a")), ["a"]);
    }

    #[test]
    fn numbers_are_read_as_numbers_and_as_text_and_never_fail() {
        #[track_caller]
        fn check(value: &Value, expected: u32) {
            assert_eq!(number_of(value), expected, "{value}");
        }
        check(&json!(30000), 30000);
        check(&json!("30000"), 30000);
        check(&json!(-1), 0);
        check(&json!(1e12), 0);
        check(&json!("many"), 0);
        check(&json!(null), 0);
    }
}
