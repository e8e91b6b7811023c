//! Whether the result of an apply is what was planned, wherever the plan was known.

use std::collections::BTreeMap;

use super::{NULL, contains_write_only, of};
use crate::{
    Value,
    schema::Block,
    value::{Data, Type},
};

/// What core finds wrong with the result of an apply.
pub fn result_errors(block: &Block, planned: &Value, actual: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    if !compatible(&block.value_type(), planned, actual) {
        let differing = members_of(planned).filter(|(name, planned)| {
            let Type::Object(types) = block.value_type() else { return true };
            !compatible(&types[*name], planned, actual.member(name))
        });
        errors.push(format!(
            "differs from the plan at {:?}",
            differing.map(|(name, _)| name).collect::<Vec<_>>()
        ));
    }
    if !actual.is_wholly_known() {
        errors.push("has unknown values".to_owned());
    }
    if contains_write_only(of(block), actual) {
        errors.push("holds a write-only value".to_owned());
    }
    errors
}

fn compatible(value_type: &Type, planned: &Value, actual: &Value) -> bool {
    let (Value::Known(planned), Value::Known(actual)) = (planned, actual) else {
        return planned.is_unknown() || planned.is_null() && actual.is_null();
    };
    match (planned, actual, value_type) {
        (Data::Sequence(planned), Data::Sequence(actual), Type::Set(element)) => {
            actual.len() <= planned.len()
                && planned
                    .iter()
                    .all(|planned| actual.iter().any(|actual| compatible(element, planned, actual)))
                && actual
                    .iter()
                    .all(|actual| planned.iter().any(|planned| compatible(element, planned, actual)))
        }
        (Data::Sequence(planned), Data::Sequence(actual), Type::List(element)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(planned, actual)| compatible(element, planned, actual))
        }
        (Data::Mapping(planned), Data::Mapping(actual), Type::Map(element)) => {
            planned.keys().eq(actual.keys())
                && planned.iter().all(|(key, planned)| compatible(element, planned, &actual[key]))
        }
        (Data::Mapping(planned), Data::Mapping(actual), Type::Object(types)) => {
            types.iter().all(|(name, inner)| {
                compatible(inner, planned.get(name).unwrap_or(&NULL), actual.get(name).unwrap_or(&NULL))
            })
        }
        _ => planned == actual,
    }
}

fn members_of(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    static NONE: BTreeMap<String, Value> = BTreeMap::new();
    match value {
        Value::Known(Data::Mapping(members)) => members.iter(),
        _ => NONE.iter(),
    }
}
