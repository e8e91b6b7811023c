//! Which Rust types an attribute may have, and how each becomes a Terraform value and back.

mod block;
mod collections;
mod scalars;
mod states;

pub use block::BlockContent;
#[doc(hidden)]
pub use collections::Elements;
pub use scalars::Secret;

use crate::{
    path::{AttributePath, Step},
    schema::Shape,
    value::{Data, Value},
};

/// A Rust type that an attribute can have.
///
/// | Rust | Terraform |
/// |---|---|
/// | `String`, [`secrecy::SecretString`] | string |
/// | `bool`, `i64`, [`crate::value::Number`] | bool, number |
/// | `Vec<T>`, `BTreeSet<T>`, `BTreeMap<String, T>` | list, set, map (of nested attributes where `T` derives `Schema`) |
/// | a struct that derives `Schema` | nested attributes |
/// | `Option<T>` | null is `None` |
/// | [`Value<T>`] | null, unknown, known: for computed attributes |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an attribute",
    label = "an attribute is a String, SecretString, bool, i64, Number or a struct that derives `Schema`, or an Option, Value, Vec, \
             BTreeSet or BTreeMap<String, …> of these"
)]
pub trait Attribute: Sized + Clone + Send + Sync + 'static {
    /// What a known value of it is in a `…Partial`: itself, or for collections and objects the same with parts that may be
    /// null or unknown.
    type Known: Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static;

    /// The type, or nested attributes.
    fn shape() -> Shape;

    /// From a wholly known value (only [`Value<T>`] takes an unknown one).
    fn from_value(value: &Value) -> Result<Self, ValueError>;

    /// To a value.
    fn to_value(&self) -> Value;

    /// From a value that may be null or unknown, in whole or in part.
    fn partial_from_value(value: &Value) -> Result<Value<Self::Known>, ValueError>;

    /// To such a value.
    fn partial_to_value(partial: &Value<Self::Known>) -> Value;
}

/// A value that is not what the Rust type needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    /// Where, from the attribute down.
    pub path: AttributePath,
    /// What is wrong.
    pub message: String,
}

impl ValueError {
    /// An error at the value itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: AttributePath::root(), message: message.into() }
    }

    /// The value has another kind than the type wants.
    pub fn expected(wanted: &str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Unknown => "a value that is not known yet",
            Value::Known(Data::Bool(_)) => "a bool",
            Value::Known(Data::Number(_)) => "a number",
            Value::Known(Data::String(_)) => "a string",
            Value::Known(Data::Sequence(_)) => "a list, set or tuple",
            Value::Known(Data::Mapping(_)) => "a map or object",
            Value::Known(Data::Dynamic(_)) => "a value of a type of its own",
        };
        Self::new(format!("expected {wanted}, found {found}"))
    }

    /// The same error, seen from the object that has the value as attribute `name`.
    #[must_use]
    pub fn in_attribute(self, name: &str) -> Self {
        self.inside(Step::Attribute(name.to_owned()))
    }

    /// The same error, seen from one step further up.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.path = self.path.inside(step);
        self
    }
}

/// An attribute of an object, for the derive.
#[doc(hidden)]
pub fn member<T: Attribute>(object: &Value, name: &str) -> Result<T, ValueError> {
    T::from_value(member_of(object, name)?).map_err(|error| error.in_attribute(name))
}

/// An attribute of an object that may be unknown in part, for the derive.
#[doc(hidden)]
pub fn partial_member<T: Attribute>(object: &Value, name: &str) -> Result<Value<T::Known>, ValueError> {
    T::partial_from_value(member_of(object, name)?).map_err(|error| error.in_attribute(name))
}

fn member_of<'v>(object: &'v Value, name: &str) -> Result<&'v Value, ValueError> {
    match object {
        Value::Known(Data::Mapping(_)) | Value::Null | Value::Unknown => Ok(object.member(name)),
        other @ Value::Known(_) => Err(ValueError::expected("an object", other)),
    }
}
