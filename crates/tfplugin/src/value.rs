//! Terraform's values: null, unknown, or known, of the types of [cty](https://github.com/zclconf/go-cty).
//!
//! Authors meet [`Value<T>`](Value) with a type: as a field for a computed attribute, and in the generated
//! `…Partial` structs. Everything else here is for code that handles values of any schema, and for tests:
//!
//! | part | use |
//! |---|---|
//! | [`Value`] without a parameter, [`Data`] | a value of any type |
//! | [`Number`] | an attribute that is a fraction, or larger than `i64` |
//! | [`Type`] | the type of a value, from the schema |
//! | [`msgpack`], [`json`] | the two encodings of the plugin protocol |
//! | [`ValueError`], [`CodecError`] | a value that does not fit a Rust type; bytes that are no value |
//!
//! ```
//! use tfplugin::Value;
//!
//! let region: Value<String> = Value::Unknown;
//! let url = region.map(|region| format!("https://{region}.example.com"));
//! assert!(url.is_unknown(), "unknown input, unknown result");
//!
//! let size: Value<i64> = Some(5).into();
//! assert_eq!(size.known(), Some(5));
//! ```

#[cfg(test)]
mod arbitrary;
mod codec_error;
pub mod json;
pub mod msgpack;
pub(crate) mod normal_form;
mod number;
mod types;
mod value_error;

use std::collections::BTreeMap;

pub use codec_error::CodecError;
pub use number::{Number, NumberError};
pub use types::{Type, TypeError};
pub use value_error::ValueError;

/// The three states of every Terraform value. Without a parameter it is a value of any type, as the protocol
/// transports it; with one (`Value<String>`) it is an attribute's value whose type is known.
///
/// | type of a field | null | unknown | known |
/// |---|---|---|---|
/// | `String` | no | no | yes |
/// | `Option<String>` | `None` | no | `Some` |
/// | `Value<String>` | [`Null`](Value::Null) | [`Unknown`](Value::Unknown) | [`Known`](Value::Known) |
///
/// A field must be a `Value` if it can be unknown when a function receives the struct: a computed attribute
/// in `create` and `update`. What these return must not be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Value<T = Data> {
    /// Not set: left out of the configuration, or `null`.
    #[default]
    Null,
    /// Known only after apply: "(known after apply)" in a plan.
    Unknown,
    /// Known; parts inside may still be unknown.
    Known(T),
}

/// The content of a known value. Its [`Type`] is in the schema: a list, a set, and a tuple have the same form
/// here, and so have a map and an object.
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
    /// A value whose type in the schema is [`Type::Dynamic`], with its actual type.
    Dynamic(Box<(Type, Value)>),
}

impl<T> Value<T> {
    /// The known value; `None` for null and for unknown. Match on the variants where the two differ.
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

    /// Applies `f` to the known value. Null stays null, and unknown stays unknown.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => Value::Known(f(value)),
        }
    }

    /// The same state, with the known value borrowed.
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

    /// The text of a known string; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Known(Data::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A known object or map of these attributes or elements.
    pub fn mapping<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Known(Data::Mapping(members.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    /// The member of an object or map; null if there is none, unknown if the whole is unknown. Calls can be
    /// chained without checks in between:
    ///
    /// ```
    /// use tfplugin::Value;
    ///
    /// let object = Value::mapping([("timeouts", Value::mapping([("create", Value::string("5m"))]))]);
    /// assert_eq!(object.member("timeouts").member("create"), &Value::string("5m"));
    /// assert!(object.member("labels").member("team").is_null());
    /// ```
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

    /// Whether the value and everything inside it is known or null.
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
