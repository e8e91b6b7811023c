//! Decoding. For any input, memory stays in proportion to the number of bytes, and nothing panics.

use std::collections::BTreeMap;

use rmp::{Marker, decode};

use super::CodecError;
use crate::{
    path::Step,
    value::{Data, Number, Type, Value, normal_form},
};

type Bytes<'b> = &'b [u8];

pub(super) fn value(bytes: &mut Bytes<'_>, value_type: &Type, depth: usize) -> Result<Value, CodecError> {
    let depth = depth.checked_sub(1).ok_or_else(|| CodecError::new("it is nested too deeply"))?;
    let marker = bytes.first().map(|first| Marker::from_u8(*first)).ok_or_else(cut_short)?;
    if marker == Marker::Null {
        take(bytes, 1)?;
        return Ok(Value::Null);
    }
    if is_extension(marker) {
        // Refinements of an unknown value are dropped: the same value goes back as configuration has it.
        let extension = decode::read_ext_meta(bytes).map_err(|_| cut_short())?;
        take(bytes, extension.size as usize)?;
        return Ok(Value::Unknown);
    }
    let data = match value_type {
        Type::String => Data::String(text(bytes)?),
        Type::Bool => {
            Data::Bool(decode::read_bool(bytes).map_err(|_| CodecError::new("a bool was expected"))?)
        }
        Type::Number => return number(bytes, marker),
        Type::List(element) | Type::Set(element) => Data::Sequence(elements(bytes, depth, |_| Ok(element))?),
        Type::Tuple(types) => tuple(bytes, types, depth)?,
        Type::Map(element) => Data::Mapping(members(bytes, depth, Step::Key, |_| Ok(element))?),
        Type::Object(attributes) => object(bytes, attributes, depth)?,
        Type::Dynamic => return dynamic(bytes, depth),
    };
    Ok(Value::Known(data))
}

fn cut_short() -> CodecError {
    CodecError::new("the bytes end too early")
}

fn take<'b>(bytes: &mut Bytes<'b>, count: usize) -> Result<Bytes<'b>, CodecError> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or_else(cut_short)?;
    *bytes = rest;
    Ok(taken)
}

fn is_extension(marker: Marker) -> bool {
    matches!(
        marker,
        Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32
    )
}

fn text(bytes: &mut Bytes<'_>) -> Result<String, CodecError> {
    let length = decode::read_str_len(bytes).map_err(|_| CodecError::new("a string was expected"))?;
    let text = take(bytes, length as usize)?;
    let text = std::str::from_utf8(text).map_err(|_| CodecError::new("the string is not UTF-8"))?;
    Ok(normal_form::normalized(text).into_owned())
}

fn number(bytes: &mut Bytes<'_>, marker: Marker) -> Result<Value, CodecError> {
    let wrong = || CodecError::new("a number was expected");
    let number = match marker {
        Marker::F32 => fraction(f64::from(decode::read_f32(bytes).map_err(|_| wrong())?))?,
        Marker::F64 => fraction(decode::read_f64(bytes).map_err(|_| wrong())?)?,
        Marker::U64 => Number::from(decode::read_u64(bytes).map_err(|_| wrong())?),
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => text(bytes)?
            .parse()
            .map_err(|error| CodecError::new(format!("the text of the number is {error}")))?,
        _ => Number::from(decode::read_int::<i64, _>(bytes).map_err(|_| wrong())?),
    };
    Ok(Value::Known(Data::Number(number)))
}

fn fraction(value: f64) -> Result<Number, CodecError> {
    Number::from_f64(value).map_err(|_| CodecError::new("infinite numbers are not supported"))
}

fn array_length(bytes: &mut Bytes<'_>) -> Result<usize, CodecError> {
    let length =
        decode::read_array_len(bytes).map_err(|_| CodecError::new("a list, set or tuple was expected"))?;
    bounded(bytes, length)
}

/// Each element takes at least one byte, so a length beyond the rest is a lie that must not cost memory.
fn bounded(bytes: Bytes<'_>, length: u32) -> Result<usize, CodecError> {
    Some(length as usize).filter(|length| *length <= bytes.len()).ok_or_else(cut_short)
}

fn elements<'t>(
    bytes: &mut Bytes<'_>,
    depth: usize,
    type_of: impl Fn(usize) -> Result<&'t Type, CodecError>,
) -> Result<Vec<Value>, CodecError> {
    let length = array_length(bytes)?;
    (0..length)
        .map(|position| {
            value(bytes, type_of(position)?, depth)
                .map_err(|error| error.inside(Step::Index(i64::try_from(position).unwrap_or(i64::MAX))))
        })
        .collect()
}

fn tuple(bytes: &mut Bytes<'_>, types: &[Type], depth: usize) -> Result<Data, CodecError> {
    let wrong = || CodecError::new("the tuple has another number of elements");
    let elements = elements(bytes, depth, |position| types.get(position).ok_or_else(wrong))?;
    if elements.len() == types.len() { Ok(Data::Sequence(elements)) } else { Err(wrong()) }
}

fn members<'t>(
    bytes: &mut Bytes<'_>,
    depth: usize,
    step: fn(String) -> Step,
    type_of: impl Fn(&str) -> Result<&'t Type, CodecError>,
) -> Result<BTreeMap<String, Value>, CodecError> {
    let length = decode::read_map_len(bytes).map_err(|_| CodecError::new("a map or object was expected"))?;
    let length = bounded(bytes, length)?;
    let mut members = BTreeMap::new();
    for _ in 0..length {
        let name = text(bytes)?;
        let member = type_of(&name)
            .and_then(|member_type| value(bytes, member_type, depth))
            .map_err(|error| error.inside(step(name.clone())))?;
        if members.insert(name.clone(), member).is_some() {
            return Err(CodecError::new("it is there twice").inside(step(name)));
        }
    }
    Ok(members)
}

fn object(
    bytes: &mut Bytes<'_>,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<Data, CodecError> {
    let unknown = || CodecError::new("the schema has no such attribute");
    let members = members(bytes, depth, Step::Attribute, |name| attributes.get(name).ok_or_else(unknown))?;
    match attributes.keys().find(|name| !members.contains_key(*name)) {
        Some(missing) => {
            Err(CodecError::new("the attribute is missing").inside(Step::Attribute(missing.clone())))
        }
        None => Ok(Data::Mapping(members)),
    }
}

fn dynamic(bytes: &mut Bytes<'_>, depth: usize) -> Result<Value, CodecError> {
    if array_length(bytes)? != 2 {
        return Err(CodecError::new("a dynamic value is a type and a value"));
    }
    let marker = bytes.first().map(|first| Marker::from_u8(*first));
    // Text is accepted too: some encoders have no other form for bytes.
    let length = if let Some(Marker::Bin8 | Marker::Bin16 | Marker::Bin32) = marker {
        decode::read_bin_len(bytes).map_err(|_| cut_short())?
    } else {
        decode::read_str_len(bytes).map_err(|_| CodecError::new("the type of a dynamic value is missing"))?
    };
    let type_json = take(bytes, length as usize)?;
    let value_type = Type::from_json(type_json).map_err(|error| CodecError::new(error.to_string()))?;
    let inner = value(bytes, &value_type, depth)?;
    Ok(Value::Known(Data::Dynamic(Box::new((value_type, inner)))))
}
