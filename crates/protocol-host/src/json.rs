//! Values as a state has them.

use serde_json::Value as Json;
use tfplugin::{Value, value::Data};

/// The value as a state stores it.
///
/// # Panics
/// If something in it is unknown, which no state has.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Unknown => panic!("a state has no unknown values"),
        Value::Known(Data::Bool(it)) => Json::Bool(*it),
        Value::Known(Data::Number(it)) => serde_json::from_str(&it.to_string()).expect("a number"),
        Value::Known(Data::String(it)) => Json::String(it.clone()),
        Value::Known(Data::Sequence(elements)) => elements.iter().map(to_json).collect(),
        Value::Known(Data::Mapping(members)) => {
            Json::Object(members.iter().map(|(name, member)| (name.clone(), to_json(member))).collect())
        }
        Value::Known(Data::Dynamic(it)) => {
            let value_type: Json = serde_json::from_slice(&it.0.to_json()).expect("JSON");
            serde_json::json!({"value": to_json(&it.1), "type": value_type})
        }
    }
}
