//! Strings, booleans and numbers.

use secrecy::{ExposeSecret as _, SecretString};

use super::Attribute;
use crate::{
    schema::Shape,
    value::{Data, Number, Type, Value, ValueError, normal_form},
};

/// A secret text in a `…Partial`: a [`SecretString`] that can be compared, as plans need it. `Debug` hides the
/// text. It dereferences to the `SecretString`, and converts from and to it.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl std::ops::Deref for Secret {
    type Target = SecretString;

    fn deref(&self) -> &SecretString {
        &self.0
    }
}

impl From<Secret> for SecretString {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

impl From<SecretString> for Secret {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

/// A type that is one of Terraform's primitive ones.
trait Scalar: Sized {
    const TYPE: Type;
    const WANTED: &'static str;
    fn read(data: &Data) -> Result<Option<Self>, ValueError>;
    fn write(&self) -> Data;
}

fn read<T: Scalar>(value: &Value) -> Result<T, ValueError> {
    match value {
        Value::Known(data) => T::read(data)?.ok_or_else(|| ValueError::expected(T::WANTED, value)),
        Value::Null | Value::Unknown => Err(ValueError::expected(T::WANTED, value)),
    }
}

macro_rules! attribute {
    ($type:ty, known $known:ty) => {
        impl Attribute for $type {
            type Known = $known;

            fn shape() -> Shape {
                Shape::Type(<$known as Scalar>::TYPE)
            }

            fn from_value(value: &Value) -> Result<Self, ValueError> {
                read::<$known>(value).map(Into::into)
            }

            fn to_value(&self) -> Value {
                Value::Known(<$known as Scalar>::write(&self.clone().into()))
            }

            fn partial_from_value(value: &Value) -> Result<Value<$known>, ValueError> {
                match value {
                    Value::Null => Ok(Value::Null),
                    Value::Unknown => Ok(Value::Unknown),
                    Value::Known(_) => read::<$known>(value).map(Value::Known),
                }
            }

            fn partial_to_value(partial: &Value<$known>) -> Value {
                partial.as_ref().map(Scalar::write)
            }
        }
    };
}

attribute!(String, known String);
attribute!(SecretString, known Secret);
attribute!(bool, known bool);
attribute!(i64, known i64);
attribute!(Number, known Number);

impl Scalar for String {
    const TYPE: Type = Type::String;
    const WANTED: &'static str = "a string";

    fn read(data: &Data) -> Result<Option<Self>, ValueError> {
        Ok(if let Data::String(text) = data { Some(text.clone()) } else { None })
    }

    /// In the normal form in which Terraform keeps strings, so that a value of an API is equal to that of the state.
    fn write(&self) -> Data {
        Data::String(normal_form::normalized(self).into_owned())
    }
}

impl Scalar for Secret {
    const TYPE: Type = Type::String;
    const WANTED: &'static str = "a string";

    fn read(data: &Data) -> Result<Option<Self>, ValueError> {
        Ok(String::read(data)?.map(|text| Self(SecretString::from(text))))
    }

    fn write(&self) -> Data {
        Data::String(normal_form::normalized(self.0.expose_secret()).into_owned())
    }
}

impl Scalar for bool {
    const TYPE: Type = Type::Bool;
    const WANTED: &'static str = "a bool";

    fn read(data: &Data) -> Result<Option<Self>, ValueError> {
        Ok(if let Data::Bool(value) = data { Some(*value) } else { None })
    }

    fn write(&self) -> Data {
        Data::Bool(*self)
    }
}

impl Scalar for Number {
    const TYPE: Type = Type::Number;
    const WANTED: &'static str = "a number";

    fn read(data: &Data) -> Result<Option<Self>, ValueError> {
        Ok(if let Data::Number(number) = data { Some(number.clone()) } else { None })
    }

    fn write(&self) -> Data {
        Data::Number(self.clone())
    }
}

impl Scalar for i64 {
    const TYPE: Type = Type::Number;
    const WANTED: &'static str = "a whole number";

    fn read(data: &Data) -> Result<Option<Self>, ValueError> {
        let Some(number) = Number::read(data)? else { return Ok(None) };
        match number.to_i64() {
            Some(whole) => Ok(Some(whole)),
            None => Err(ValueError::new(format!(
                "expected a whole number between {} and {}, found {number}",
                Self::MIN,
                Self::MAX
            ))),
        }
    }

    fn write(&self) -> Data {
        Data::Number(Number::from(*self))
    }
}
