//! The Rust types that an attribute may have, and how each becomes a Terraform value and back.
//!
//! The type of a field, with its options in `#[schema(…)]`, decides what the function of a resource can
//! receive:
//!
//! | attribute | field |
//! |---|---|
//! | `required` | `T` |
//! | `optional` | `Option<T>` |
//! | `required, write_only`, or `optional, write_only` | `Option<T>`: known in `create` and `update` only |
//! | `optional, computed, default = …` | `T`, never null |
//! | `optional, computed` | `Value<T>` |
//! | `computed` | `Value<T>` |
//! | `computed`, in a struct that is nested in a computed attribute | `T`, `Option<T>`, or `Value<T>` |
//!
//! ```
//! use std::collections::{BTreeMap, BTreeSet};
//!
//! use secrecy::SecretString;
//! use tfplugin::{Schema, Value, value::Number};
//!
//! /// Runs programs.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_machine")]
//! struct Machine {
//!     /// Id of the machine.
//!     #[schema(computed)]
//!     id: Value<String>,
//!     /// Number of processors, such as 0.5.
//!     #[schema(required)]
//!     processors: Number,
//!     /// Labels of the machine.
//!     #[schema(optional)]
//!     labels: Option<BTreeMap<String, String>>,
//!     /// Addresses that can connect.
//!     #[schema(optional)]
//!     allowed: Option<BTreeSet<String>>,
//!     /// Disks, the first one to boot from.
//!     #[schema(required)]
//!     disks: Vec<Disk>,
//!     /// Password of the first user.
//!     #[schema(required, sensitive)]
//!     password: SecretString,
//! }
//!
//! /// A disk of a machine. It has no name: it is only nested in others.
//! #[derive(Clone, Debug, Schema)]
//! struct Disk {
//!     /// Size of the disk in GiB.
//!     #[schema(required)]
//!     size: i64,
//!     /// Name of the device, such as `/dev/sda`.
//!     #[schema(computed)]
//!     device: Value<String>,
//! }
//! ```

mod block;
mod collections;
mod scalars;
mod states;

pub use block::BlockContent;
#[doc(hidden)]
pub use collections::Elements;
pub use scalars::Secret;
pub use states::Concealed;

use crate::{
    schema::Shape,
    value::{Data, Value, ValueError},
};

/// A Rust type that an attribute can have. Implemented for the types of this table; `#[derive(Schema)]` adds
/// each struct. There is no need to implement it by hand.
///
/// | Rust | Terraform |
/// |---|---|
/// | `String`, [`secrecy::SecretString`] | string |
/// | `bool`, `i64`, [`crate::value::Number`] | bool, number |
/// | `Vec<T>`, `BTreeSet<T>`, `BTreeMap<String, T>` | list, set, map (of nested attributes where `T` derives `Schema`) |
/// | a struct that derives `Schema` | nested attributes |
/// | `Option<T>` | null is `None` |
/// | [`Value<T>`] | null, unknown, known: for computed attributes |
///
/// A null value in a map counts as an absent key: Rust code never receives it, and the state keeps it as it is configured.
/// Any other null element of a collection is an error of the configuration. Text is in Unicode normal form C, as
/// Terraform keeps it, whatever an API returned.
///
/// A whole number that does not fit into `i64`, or has a fraction, is an error at the attribute; use
/// [`Number`](crate::value::Number) for those. Elements of a `BTreeSet` need `Ord`. A collection of
/// collections of structs has no descriptions for the inner attributes, since the protocol has no place for
/// them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an attribute",
    label = "an attribute is a String, SecretString, bool, i64, Number or a struct that derives `Schema`, or an Option, Value, Vec, \
             BTreeSet or BTreeMap<String, …> of these"
)]
pub trait Attribute: Sized + Clone + Send + Sync + 'static {
    /// Type of a known value in a `…Partial`: the type itself for scalars; for collections and objects the same
    /// with parts that may be null or unknown (`Vec<Value<String>>`, `DiskPartial`); [`Secret`] for
    /// `SecretString`.
    type Known: Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static;

    /// Form of the attribute in the schema: a type, or nested attributes.
    fn shape() -> Shape;

    /// From a wholly known value. Only [`Value<T>`] accepts an unknown one, and only it and `Option` null.
    ///
    /// # Errors
    /// For a value of another kind, with the path inside the attribute.
    fn from_value(value: &Value) -> Result<Self, ValueError>;

    /// To a value of the same type.
    fn to_value(&self) -> Value;

    /// From a value that may be null or unknown, in whole or in part.
    ///
    /// # Errors
    /// For a known value of another kind.
    fn partial_from_value(value: &Value) -> Result<Value<Self::Known>, ValueError>;

    /// To a value that may be null or unknown, in whole or in part.
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
