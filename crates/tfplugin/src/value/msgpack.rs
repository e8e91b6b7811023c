//! The msgpack form of values (cty's own, `cty/msgpack`): what travels in every `DynamicValue`.
//!
//! There is no self-description: the type comes from the schema. An unknown value is an extension (written as fixext 1 of type
//! 0; with refinements type 12, which are accepted and dropped). Whole numbers that fit are integers, all others decimal text.

mod decode;
mod encode;

pub use super::codec_error::CodecError;
use super::{Type, Value};

/// How deep values may be nested: deeper ones are refused rather than followed.
const DEEPEST: usize = 64;

/// Reads a value of this type. Bytes behind it are an error.
pub fn decode(bytes: &[u8], value_type: &Type) -> Result<Value, CodecError> {
    let mut rest = bytes;
    let value = decode::value(&mut rest, value_type, DEEPEST)?;
    if rest.is_empty() { Ok(value) } else { Err(CodecError::new("there is something behind the value")) }
}

/// Writes a value of this type.
pub fn encode(value: &Value, value_type: &Type) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    encode::value(&mut bytes, value, value_type, DEEPEST)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
