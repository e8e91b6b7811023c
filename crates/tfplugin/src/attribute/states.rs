//! Values that may be null (`Option<T>`) or also unknown (`Value<T>`).

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::Attribute;
use crate::{
    schema::Shape,
    value::{Value, ValueError},
};

/// A type of a sensitive attribute: what `Debug` writes of it has no value. `#[derive(Schema)]` requires it of every attribute that is
/// `sensitive`, so that no log and no message of a panic can show one.
#[diagnostic::on_unimplemented(
    message = "a sensitive attribute of type `{Self}` would be shown by `Debug`",
    label = "use `SecretString` in place of `String`"
)]
pub trait Concealed {}

impl Concealed for SecretString {}
impl<T: Concealed> Concealed for Option<T> {}
impl<T: Concealed> Concealed for Value<T> {}
impl<T: Concealed> Concealed for Vec<T> {}
impl<T: Concealed> Concealed for BTreeMap<String, T> {}

impl<T: Attribute> Attribute for Option<T> {
    type Known = T::Known;

    fn shape() -> Shape {
        T::shape()
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Attribute::to_value)
    }

    fn partial_from_value(value: &Value) -> Result<Value<T::Known>, ValueError> {
        T::partial_from_value(value)
    }

    fn partial_to_value(partial: &Value<T::Known>) -> Value {
        T::partial_to_value(partial)
    }
}

impl<T: Attribute> Attribute for Value<T> {
    type Known = T::Known;

    fn shape() -> Shape {
        T::shape()
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Unknown => Ok(Self::Unknown),
            Value::Known(_) => T::from_value(value).map(Self::Known),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => value.to_value(),
        }
    }

    fn partial_from_value(value: &Value) -> Result<Value<T::Known>, ValueError> {
        T::partial_from_value(value)
    }

    fn partial_to_value(partial: &Value<T::Known>) -> Value {
        T::partial_to_value(partial)
    }
}
