//! For tests: configurations of any type.

use tfplugin::{
    Value,
    value::{Data, Type},
};

/// The members with null for all that they leave out, as hosts send them.
pub(super) fn completed(value_type: &Type, value: &Value) -> Value {
    match (value_type, value) {
        (Type::Object(types), Value::Known(Data::Mapping(_))) => {
            Value::mapping(types.iter().map(|(name, part)| (name, completed(part, value.member(name)))))
        }
        (Type::List(element) | Type::Set(element), Value::Known(Data::Sequence(elements))) => {
            Value::Known(Data::Sequence(elements.iter().map(|value| completed(element, value)).collect()))
        }
        _ => value.clone(),
    }
}
