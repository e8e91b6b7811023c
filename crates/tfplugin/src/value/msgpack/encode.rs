//! Writing.

use std::collections::BTreeMap;

use rmp::encode;

use super::CodecError;
use crate::{
    path::Step,
    value::{Data, Number, Type, Value},
};

pub(super) fn value(
    bytes: &mut Vec<u8>,
    value: &Value,
    value_type: &Type,
    depth: usize,
) -> Result<(), CodecError> {
    let depth = depth.checked_sub(1).ok_or_else(|| CodecError::new("it is nested too deeply"))?;
    let data = match value {
        Value::Null => {
            encode::write_nil(bytes).map_err(failed)?;
            return Ok(());
        }
        Value::Unknown => {
            bytes.extend([0xd4, 0, 0]);
            return Ok(());
        }
        Value::Known(data) => data,
    };
    match (value_type, data) {
        (Type::String, Data::String(text)) => encode::write_str(bytes, text).map_err(failed),
        (Type::Bool, Data::Bool(value)) => encode::write_bool(bytes, *value).map_err(failed),
        (Type::Number, Data::Number(value)) => number(bytes, value),
        (Type::List(element), Data::Sequence(elements)) => sequence(bytes, elements, |_| element, depth),
        (Type::Set(element), Data::Sequence(elements)) => set(bytes, elements, element, depth),
        (Type::Tuple(types), Data::Sequence(elements)) if types.len() == elements.len() => {
            sequence(bytes, elements, |position| &types[position], depth)
        }
        (Type::Map(element), Data::Mapping(members)) => mapping(bytes, members, element, depth),
        (Type::Object(attributes), Data::Mapping(members)) => object(bytes, members, attributes, depth),
        (Type::Dynamic, Data::Dynamic(inner)) => dynamic(bytes, &inner.0, &inner.1, depth),
        _ => Err(CodecError::new(format!("{} was expected", value_type.name()))),
    }
}

// Writing into memory cannot fail; the crate's signatures are for any writer.
fn failed(error: impl std::fmt::Display) -> CodecError {
    CodecError::new(error.to_string())
}

fn length(count: usize) -> Result<u32, CodecError> {
    u32::try_from(count).map_err(failed)
}

fn number(bytes: &mut Vec<u8>, number: &Number) -> Result<(), CodecError> {
    if let Some(whole) = number.to_u64() {
        encode::write_uint(bytes, whole).map_err(failed)?;
    } else if let Some(whole) = number.to_i64() {
        encode::write_sint(bytes, whole).map_err(failed)?;
    } else {
        encode::write_str(bytes, &number.to_string()).map_err(failed)?;
    }
    Ok(())
}

fn sequence<'t>(
    bytes: &mut Vec<u8>,
    elements: &[Value],
    type_of: impl Fn(usize) -> &'t Type,
    depth: usize,
) -> Result<(), CodecError> {
    encode::write_array_len(bytes, length(elements.len())?).map_err(failed)?;
    for (position, element) in elements.iter().enumerate() {
        value(bytes, element, type_of(position), depth)
            .map_err(|error| error.inside(Step::Index(i64::try_from(position).unwrap_or(i64::MAX))))?;
    }
    Ok(())
}

/// Elements in the order of their bytes, equal ones once: the same set always gives the same bytes.
fn set(bytes: &mut Vec<u8>, elements: &[Value], element_type: &Type, depth: usize) -> Result<(), CodecError> {
    let mut written: Vec<(Vec<u8>, bool)> = Vec::with_capacity(elements.len());
    for element in elements {
        let mut one = Vec::new();
        value(&mut one, element, element_type, depth)?;
        written.push((one, element.is_wholly_known()));
    }
    written.sort_unstable();
    // Two unknown elements may turn out to be different ones.
    written.dedup_by(|one, other| one.1 && one.0 == other.0);
    encode::write_array_len(bytes, length(written.len())?).map_err(failed)?;
    for (element, _) in written {
        bytes.extend(element);
    }
    Ok(())
}

fn mapping(
    bytes: &mut Vec<u8>,
    members: &BTreeMap<String, Value>,
    element_type: &Type,
    depth: usize,
) -> Result<(), CodecError> {
    encode::write_map_len(bytes, length(members.len())?).map_err(failed)?;
    for (key, member) in members {
        encode::write_str(bytes, key).map_err(failed)?;
        value(bytes, member, element_type, depth).map_err(|error| error.inside(Step::Key(key.clone())))?;
    }
    Ok(())
}

/// Every attribute of the type, with null where the value has none.
fn object(
    bytes: &mut Vec<u8>,
    members: &BTreeMap<String, Value>,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<(), CodecError> {
    if let Some(extra) = members.keys().find(|name| !attributes.contains_key(*name)) {
        return Err(
            CodecError::new("the schema has no such attribute").inside(Step::Attribute(extra.clone()))
        );
    }
    encode::write_map_len(bytes, length(attributes.len())?).map_err(failed)?;
    for (name, attribute_type) in attributes {
        encode::write_str(bytes, name).map_err(failed)?;
        value(bytes, members.get(name).unwrap_or(&Value::Null), attribute_type, depth)
            .map_err(|error| error.inside(Step::Attribute(name.clone())))?;
    }
    Ok(())
}

fn dynamic(bytes: &mut Vec<u8>, value_type: &Type, inner: &Value, depth: usize) -> Result<(), CodecError> {
    encode::write_array_len(bytes, 2).map_err(failed)?;
    encode::write_bin(bytes, &value_type.to_json()).map_err(failed)?;
    value(bytes, inner, value_type, depth)
}
