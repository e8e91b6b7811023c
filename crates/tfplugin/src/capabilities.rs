//! What a resource may have in addition to create, read, update, and delete: one trait each, implemented only by the resources that
//! have it, and listed in [`Resource::CAPABILITIES`](crate::Resource::CAPABILITIES).
//!
//! | trait | Terraform uses it for |
//! |---|---|
//! | [`ImportResource`] | `import` blocks and `terraform import` |
//! | [`PlanDestroy`] | warnings of, and refusals in, a plan that destroys |
//! | [`UpgradeResource`] | state that an older version of the schema wrote |
//! | [`MoveResource`] | `moved` blocks from another resource type |
//!
//! ```
//! use tfplugin::{Capabilities, Context, Error, Import, ImportResource, Resource, Schema, StoredState, UpgradeResource};
//!
//! /// A record.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "example_record", version = 1)]
//! struct Record {
//!     /// Name of the record.
//!     #[schema(required)]
//!     name: String,
//! }
//!
//! impl Resource for Record {
//!     type Provider = ();
//!     const CAPABILITIES: Capabilities<Self, ()> = Capabilities::none().import::<Self>().upgrade();
//! #    async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
//! #    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
//! #    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
//! #    async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
//!     // create, read, update, delete
//! }
//!
//! impl ImportResource<()> for Record {
//!     async fn import(from: Import, _: &Context<()>) -> Result<Self, Error> {
//!         let Import::Id(name) = from else { return Err(Error::new("Import by id only", "Write an id.")) };
//!         Ok(Self { name })
//!     }
//! }
//!
//! impl UpgradeResource for Record {
//!     // Version 0 called the name `title`.
//!     fn upgrade(_version: i64, stored: &StoredState) -> Result<Self, Error> {
//!         let stored: serde_json::Value = stored.parse()?;
//!         Ok(Self { name: stored["title"].as_str().unwrap_or_default().to_owned() })
//!     }
//! }
//! # let _ = tfplugin::Offers::new().resource::<Record>();
//! ```
//!
//! A schema whose version is not 0 needs the upgrade. Without it the provider does not compile:
//!
//! ```compile_fail,E0080
//! use tfplugin::{Context, Error, Offers, Resource, Schema};
//!
//! /// A record.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "example_record", version = 1)]
//! struct Record {
//!     /// Name of the record.
//!     #[schema(required)]
//!     name: String,
//! }
//! # impl Resource for Record {
//! #    type Provider = ();
//! #    async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
//! #    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
//! #    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
//! #    async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
//! # }
//!
//! let _ = Offers::new().resource::<Record>();
//! ```

use std::{future::Future, marker::PhantomData};

use crate::{
    context::{Answer, Context},
    decode,
    diagnostics::Error,
    schema::Schema,
    value::Value,
};

/// A resource that can be imported. `R` is another type only where several resources share one
/// [`Lifecycle`](crate::Lifecycle), which then implements this for each.
pub trait ImportResource<P, R: Schema = Self> {
    /// Finds what exists, with all its attributes. Terraform calls [`read`](crate::Resource::read) right after it, so that a value
    /// which only `read` finds may be left null.
    ///
    /// # Errors
    /// For an id of another form, with the form in the message, and where nothing exists.
    fn import(from: Import, context: &Context<P>) -> impl Future<Output = Result<R, Error>> + Send;
}

/// A resource that checks a plan which destroys it for good, in contrast to one that replaces it.
pub trait PlanDestroy<P, R: Schema = Self> {
    /// Warns of consequences with [`Context::warn`].
    ///
    /// # Errors
    /// An error refuses the plan.
    fn plan_destroy(prior: &R, context: &Context<P>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A resource whose schema had other versions before.
///
/// Terraform stores the version with each state. State of the current version needs no upgrade: attributes that the schema no longer has
/// are dropped, and new ones are null. State of a newer version is rejected before this is called.
pub trait UpgradeResource: Schema {
    /// The state in the current form. `version` is lower than [`Schema::VERSION`]. Runs for every stored object before each plan, without
    /// the provider's configuration: it sends no requests. An unknown value is stored as null.
    ///
    /// # Errors
    /// For state that cannot be upgraded. The state stays as it was.
    fn upgrade(version: i64, stored: &StoredState) -> Result<Self, Error>;
}

/// A resource to which objects of other resource types can be moved, of this provider or of others.
pub trait MoveResource: Schema {
    /// The state of the moved object; `None` for a type from which nothing can be moved here: Terraform then shows an error that names
    /// both types. Sends no requests: the plan after it calls [`read`](crate::Resource::read).
    ///
    /// # Errors
    /// For an object that cannot be moved although its type can. Nothing is changed.
    fn move_from(source: &MoveSource) -> Result<Option<Self>, Error>;
}

/// What the user wants to import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Import {
    /// By id, from `terraform import` or an `import` block.
    Id(String),
}

/// The object that a `moved` block names.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MoveSource {
    /// Source address of its provider, with the registry's host, such as `registry.terraform.io/hashicorp/kubernetes`.
    pub provider: String,
    /// Its resource type, such as `kubernetes_role_binding_v1`.
    pub type_name: String,
    /// The version of the schema that its state has.
    pub version: i64,
    /// Its state.
    pub state: StoredState,
}

/// State in JSON, as Terraform stores it: an object with the attributes of the schema that wrote it. May hold secrets: `Debug` does
/// not show it.
#[derive(Clone)]
pub struct StoredState(Vec<u8>);

impl StoredState {
    /// From JSON.
    pub fn from_json(json: impl Into<Vec<u8>>) -> Self {
        Self(json.into())
    }

    /// The state as a type of the author's own, or as a [`serde_json::Value`].
    ///
    /// # Errors
    /// When it has another form. The message names the place, and no value.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.0).map_err(|error| {
            Error::new(
                "State cannot be read",
                format!(
                    "The stored state has another form than expected, at line {} column {} of its JSON. Nothing was changed. \
                     Remove the object from the state (`terraform state rm`) and import it again.",
                    error.line(),
                    error.column()
                ),
            )
        })
    }

    pub(crate) fn json(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for StoredState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredState({} bytes)", self.0.len())
    }
}

/// The capabilities of a resource `R` of a provider with clients `P`: a list that is built at compile time.
///
/// Listing a capability needs its trait. A trait that is implemented and not listed has no effect.
pub struct Capabilities<R, P> {
    pub(crate) functions: Functions<P>,
    resource: PhantomData<fn() -> R>,
}

/// The functions of the capabilities, without the resource's type.
pub(crate) struct Functions<P> {
    pub(crate) import: Option<ImportFn<P>>,
    pub(crate) plan_destroy: Option<PlanDestroyFn<P>>,
    pub(crate) upgrade: Option<UpgradeFn>,
    pub(crate) move_from: Option<MoveFn>,
}

type ImportFn<P> = for<'a> fn(Import, &'a Context<P>) -> Answer<'a, Result<Value, Error>>;
type PlanDestroyFn<P> = for<'a> fn(&'a Value, &'a Context<P>) -> Answer<'a, Result<(), Error>>;
type UpgradeFn = fn(i64, &StoredState) -> Result<Value, Error>;
type MoveFn = fn(&MoveSource) -> Result<Option<Value>, Error>;

impl<R: Schema, P: Send + Sync + 'static> Capabilities<R, P> {
    /// No capability.
    pub const fn none() -> Self {
        let functions = Functions { import: None, plan_destroy: None, upgrade: None, move_from: None };
        Self { functions, resource: PhantomData }
    }

    /// Adds the import. `I` is `Self`: the resource, or the lifecycle that it shares with others.
    #[must_use]
    pub const fn import<I: ImportResource<P, R>>(mut self) -> Self {
        self.functions.import =
            Some(|from, context| Box::pin(async move { Ok(I::import(from, context).await?.to_value()) }));
        self
    }

    /// Adds the check of a plan that destroys. `D` is `Self`: the resource, or the lifecycle that it shares with others.
    #[must_use]
    pub const fn plan_destroy<D: PlanDestroy<P, R>>(mut self) -> Self {
        self.functions.plan_destroy = Some(|prior, context| {
            Box::pin(async move { D::plan_destroy(&decode::state(prior)?, context).await })
        });
        self
    }
}

impl<R: UpgradeResource, P> Capabilities<R, P> {
    /// Adds the upgrade of state that older versions of the schema wrote.
    #[must_use]
    pub const fn upgrade(mut self) -> Self {
        self.functions.upgrade = Some(|version, stored| Ok(R::upgrade(version, stored)?.to_value()));
        self
    }
}

impl<R: MoveResource, P> Capabilities<R, P> {
    /// Adds moves from other resource types.
    #[must_use]
    pub const fn move_from(mut self) -> Self {
        self.functions.move_from = Some(|source| Ok(R::move_from(source)?.as_ref().map(R::to_value)));
        self
    }
}

impl<R, P> Clone for Capabilities<R, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, P> Copy for Capabilities<R, P> {}

impl<P> Clone for Functions<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Functions<P> {}

impl<R, P> std::fmt::Debug for Capabilities<R, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capabilities")
            .field("import", &self.functions.import.is_some())
            .field("plan_destroy", &self.functions.plan_destroy.is_some())
            .field("upgrade", &self.functions.upgrade.is_some())
            .field("move_from", &self.functions.move_from.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_state_is_parsed_and_never_shown() {
        let stored = StoredState::from_json(r#"{"token": "hunter2"}"#);
        assert_eq!(stored.parse::<serde_json::Value>().map(|state| state["token"] == "hunter2"), Ok(true));
        let error = stored.parse::<Vec<u8>>().expect_err("it is an object");
        assert!(!format!("{stored:?} {error:?}").contains("hunter2"));
    }
}
