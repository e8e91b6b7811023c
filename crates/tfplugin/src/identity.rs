//! Resource identity: the attributes that say which object of the API a resource is, whatever else changes.
//!
//! Terraform 1.12 and OpenTofu 1.12 and newer store the identity of an object with its state, and import by it. Its attributes have
//! names, so that a user needs no rule for the form of an id:
//!
//! ```hcl
//! import {
//!   to       = shop_role.admin
//!   identity = { project = "web", name = "admin" }
//! }
//! ```
//!
//! An identity has a subset of the resource's attributes: [`IdentitySchema::of`] lists their names, and
//! [`Capabilities::identity`](crate::Capabilities::identity) adds it to the resource. The framework does the rest: it sends the schema,
//! takes the identity from each state that the resource returns, and passes an identity to
//! [`ImportResource`](crate::ImportResource) as [`Import::Identity`](crate::Import::Identity).
//!
//! ```
//! use tfplugin::{Capabilities, Context, Error, IdentitySchema, Import, ImportResource, Resource, Schema};
//!
//! /// A role.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_role")]
//! struct Role {
//!     /// Project.
//!     #[schema(required, replace)]
//!     project: String,
//!     /// Name.
//!     #[schema(required, replace)]
//!     name: String,
//!     /// Description.
//!     #[schema(optional)]
//!     description: Option<String>,
//! }
//!
//! impl Resource for Role {
//!     type Provider = ();
//!     const CAPABILITIES: Capabilities<Self, ()> =
//!         Capabilities::none().import::<Self>().identity(IdentitySchema::of(&["project", "name"]));
//! #    async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
//! #    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
//! #    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
//! #    async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
//!     // create, read, update, delete
//! }
//!
//! impl ImportResource<()> for Role {
//!     async fn import(from: Import, _: &Context<()>) -> Result<Self, Error> {
//!         let (project, name) = match &from {
//!             Import::Id(id) => id.split_once('/').ok_or_else(|| Error::new("Invalid import id", "Write PROJECT/NAME."))?,
//!             Import::Identity(identity) => (identity.text("project"), identity.text("name")),
//!             _ => return Err(Error::new("Import needs an id or an identity", "Set one of them in the import block.")),
//!         };
//!         Ok(Self { project: project.to_owned(), name: name.to_owned(), description: None })
//!     }
//! }
//!
//! assert_eq!(tfplugin::Offers::new().resource::<Role>().check(), Ok(()));
//! ```
//!
//! # Rules
//!
//! - An attribute of an identity is a text, number or bool, or a list of these. It is not sensitive.
//! - Required and computed attributes of the resource must be given to import, optional ones need not be: null then.
//! - An identity does not change while the object exists. Each of its attributes therefore [replaces](crate::schema::Replace), or is
//!   computed and stays. [`IdentitySchema::changeable`] is for an API in which an object can get another name.
//! - While a state has null, or an empty text, for an attribute that import needs, the object has no identity: states of older versions,
//!   or after a move, get one from the first refresh that can fill it in.
//!
//! # Versions
//!
//! The identity has a version of its own, in addition to that of the resource's schema. It needs a new one when an attribute gets another
//! name or type: [`IdentitySchema::upgraded`].

use crate::{
    diagnostics::Error,
    stored_state::StoredState,
    value::{Data, Value},
};

/// Brings a stored identity of an older version into the current form: see [`IdentitySchema::upgraded`].
pub type UpgradeIdentity = fn(version: i64, stored: &StoredState) -> Result<Value, Error>;

/// The attributes that identify an object of a resource. The [module's page](self) has an example, and the rules.
#[derive(Clone, Copy, Debug)]
pub struct IdentitySchema {
    pub(crate) attributes: &'static [&'static str],
    pub(crate) version: i64,
    pub(crate) upgrade: Option<UpgradeIdentity>,
    pub(crate) changeable: bool,
}

impl IdentitySchema {
    /// An identity of these attributes of the resource's root object, in version 0.
    /// [`Offers::check`](crate::Offers::check) reports a name that the schema does not have, and an attribute that breaks a rule.
    pub const fn of(attributes: &'static [&'static str]) -> Self {
        Self { attributes, version: 0, upgrade: None, changeable: false }
    }

    /// The same in a later version, with the function that makes it of a stored identity of any older one. It returns an object of the
    /// identity's attributes, such as `Value::mapping([("name", Value::string(name))])`, with nothing unknown, and sends no requests.
    ///
    /// # Panics
    /// At compile time, for a version below 1.
    #[must_use]
    pub const fn upgraded(self, version: i64, upgrade: UpgradeIdentity) -> Self {
        assert!(version > 0, "the first version of an identity is 0, and needs no upgrade");
        Self { version, upgrade: Some(upgrade), ..self }
    }

    /// The same for objects whose identity may change, by an update in place or outside of Terraform. Without it, that is an error.
    #[must_use]
    pub const fn changeable(self) -> Self {
        Self { changeable: true, ..self }
    }
}

/// An identity that a user gave to import an object: an object of the identity's attributes, wholly known. What import needs is not null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenIdentity(Value);

impl GivenIdentity {
    /// For tests of an import.
    pub fn new(attributes: Value) -> Self {
        Self(attributes)
    }

    /// A text attribute; empty if it is null or of another type.
    pub fn text(&self, attribute: &str) -> &str {
        self.0.member(attribute).as_str().unwrap_or_default()
    }

    /// An attribute of any type; null if it is not given.
    pub fn value(&self, attribute: &str) -> &Value {
        self.0.member(attribute)
    }

    /// The whole object.
    pub fn attributes(&self) -> &Value {
        &self.0
    }
}

/// Whether an attribute that import needs has no value that could identify anything.
pub(crate) fn is_missing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Known(Data::String(text)) => text.is_empty(),
        _ => false,
    }
}
