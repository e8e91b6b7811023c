//! Terraform's values: null, unknown or known, of the types that cty has.

#[cfg(test)]
mod arbitrary;
mod codec_error;
pub mod json;
pub mod msgpack;
mod number;
mod types;
mod value_error;

use std::collections::BTreeMap;

pub use codec_error::CodecError;
pub use number::{Number, NumberError};
pub use types::{Type, TypeError};
pub use value_error::ValueError;

/// The three states of every Terraform value. Without a parameter it is a value of any type, as it came over the wire;
/// with one (`Value<String>`) it is an attribute's value whose type is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Value<T = Data> {
    /// Not set.
    #[default]
    Null,
    /// To be known only after apply.
    Unknown,
    /// Known; parts inside may still be unknown.
    Known(T),
}

/// What a known value holds. Its [`Type`] comes from the schema: a list, a set and a tuple look alike here, and so do a map
/// and an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Data {
    /// A boolean.
    Bool(bool),
    /// A number of any precision.
    Number(Number),
    /// Text.
    String(String),
    /// The elements of a list, set or tuple.
    Sequence(Vec<Value>),
    /// The elements of a map, or the attributes of an object.
    Mapping(BTreeMap<String, Value>),
    /// A value where the schema says `dynamic`, with the type that it turned out to have.
    Dynamic(Box<(Type, Value)>),
}

impl<T> Value<T> {
    /// The known value, if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// A reference to the known value, if it is known.
    pub fn as_known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value itself is unknown (parts of a known value may be unknown too).
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Applies `f` to the known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => Value::Known(f(value)),
        }
    }

    /// The same state, borrowing the known value.
    pub fn as_ref(&self) -> Value<&T> {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => Value::Known(value),
        }
    }
}

impl<T> From<Option<T>> for Value<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl Value {
    /// A known string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::Known(Data::String(text.into()))
    }

    /// A known object or map of these attributes or elements.
    pub fn mapping<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Known(Data::Mapping(members.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    /// The member of an object or map; null where there is none, unknown where the whole is unknown.
    pub fn member(&self, name: &str) -> &Self {
        const NULL: &Value = &Value::Null;
        match self {
            Self::Known(Data::Mapping(members)) => members.get(name).unwrap_or(NULL),
            Self::Unknown => &Self::Unknown,
            _ => NULL,
        }
    }

    /// One object with the attributes of both, for the derive.
    #[doc(hidden)]
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(Data::Mapping(mut members)), Self::Known(Data::Mapping(more))) => {
                members.extend(more);
                Self::Known(Data::Mapping(members))
            }
            (one, _) => one,
        }
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Known(Data::Sequence(elements)) => elements.iter().all(Self::is_wholly_known),
            Self::Known(Data::Mapping(members)) => members.values().all(Self::is_wholly_known),
            Self::Known(Data::Dynamic(inner)) => inner.1.is_wholly_known(),
            _ => true,
        }
    }
}
