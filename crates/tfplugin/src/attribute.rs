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
    schema::Shape,
    value::{Data, Value, ValueError},
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
