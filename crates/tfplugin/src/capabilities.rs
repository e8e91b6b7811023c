//! What a resource may have in addition to create, read, update, and delete.
//!
//! Each capability is a trait, implemented only by the resources that have it, and listed in
//! [`Resource::CAPABILITIES`](crate::Resource::CAPABILITIES). The list is what the framework uses: a trait
//! that is not listed has no effect, and a listed one that is not implemented does not compile.
//!
//! | trait | Terraform uses it for |
//! |---|---|
//! | [`ImportResource`] | `import` blocks and `terraform import` |
//! | [`IdentitySchema`], which is no trait | [the identity](crate::identity) of an object, and import by it |
//! | [`PlanDestroy`] | warnings and errors of a plan that destroys |
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
//! # Versions of a schema
//!
//! Terraform stores the version of the schema with each object. Most changes of a schema need no new
//! version: a new attribute is null in old state until the next refresh, and an attribute that the schema
//! no longer has is dropped. Raise `version`, by one, and implement [`UpgradeResource`] when
//!
//! - an attribute has a new name, and its value must be kept;
//! - an attribute has a new type (a string that became a number, a block that became a list);
//! - a value has a new meaning or form, such as a size in MiB that was in GiB.
//!
//! An upgrade handles every older version, since users skip releases. State of a newer version is
//! rejected with an error that names both versions, so a downgrade of the provider cannot damage it.
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
    context::{AuthorFuture, Context},
    decode,
    diagnostics::{Diagnostics, Error},
    identity::{GivenIdentity, IdentitySchema},
    schema::Schema,
    stored_state::StoredState,
    value::Value,
};

/// A resource that can be imported. `R` is another type only where several resources share one
/// [`Lifecycle`](crate::Lifecycle), which then implements this for each.
///
/// Without this capability `terraform import` and `import` blocks show an error that names the type.
///
/// ```
/// # use tfplugin::{Capabilities, Context, Error, Import, ImportResource, Resource, Schema, Value};
/// # /// A role.
/// # #[derive(Clone, Debug, Schema)]
/// # #[schema(name = "shop_role")]
/// # struct Role {
/// #     /// Project.
/// #     #[schema(required)]
/// #     project: String,
/// #     /// Name.
/// #     #[schema(required)]
/// #     name: String,
/// # }
/// # impl Resource for Role {
/// #    type Provider = ();
/// #    const CAPABILITIES: Capabilities<Self, ()> = Capabilities::none().import::<Self>();
/// #    async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
/// #    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
/// #    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
/// #    async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
/// # }
/// impl ImportResource<()> for Role {
///     async fn import(from: Import, _: &Context<()>) -> Result<Self, Error> {
///         // `Import` can get further variants: an error is the right default.
///         let id = match from {
///             Import::Id(id) => id,
///             _ => return Err(Error::new("Import needs an id", "Set `id` in the import block.")),
///         };
///         let (project, name) = id.split_once('/').ok_or_else(|| {
///             Error::new("Invalid import id", format!("{id:?} is not `PROJECT/NAME`, such as `web/admin`."))
///         })?;
///         // `read` fills in the rest.
///         Ok(Self { project: project.to_owned(), name: name.to_owned() })
///     }
/// }
/// # let _ = tfplugin::Offers::new().resource::<Role>();
/// ```
pub trait ImportResource<P, R: Schema = Self> {
    /// Finds the object. The result becomes its state, and its [private state](Context::set_private_state)
    /// too.
    ///
    /// Terraform calls [`read`](crate::Resource::read) right after it, so it is enough to return the
    /// attributes that `read` needs, with null for the rest; a field that cannot be null may have any value,
    /// such as an empty string, which `read` replaces. When `read` returns `None`, Terraform reports
    /// "Cannot import non-existent remote object". Nothing may be unknown.
    ///
    /// # Errors
    /// For an id of another form, with the form in the message, and where nothing exists.
    fn import(from: Import, context: &Context<P>) -> impl Future<Output = Result<R, Error>> + Send;
}

/// A resource that checks a plan which destroys it, for consequences that the plan does not show, such as
/// the loss of the user's own access.
///
/// Runs for `terraform destroy`, for a removed block, and for a lower `count`. Does not run for a
/// replacement: there [`plan`](crate::Resource::plan) has the chance. Skipped while the provider is not
/// configured.
///
/// ```
/// # use tfplugin::{Context, Diagnostic, Error, PlanDestroy, Schema};
/// # /// A key.
/// # #[derive(Clone, Debug, Schema)]
/// # #[schema(name = "shop_key")]
/// # struct Key {
/// #     /// Name.
/// #     #[schema(required)]
/// #     name: String,
/// # }
/// impl PlanDestroy<()> for Key {
///     async fn plan_destroy(prior: &Self, context: &Context<()>) -> Result<(), Error> {
///         let detail = format!("Data that is encrypted with {} cannot be read any more.", prior.name);
///         context.warn(Diagnostic::warning("Encryption key will be deleted", detail));
///         Ok(())
///     }
/// }
/// ```
pub trait PlanDestroy<P, R: Schema = Self> {
    /// Warns of consequences with [`Context::warn`]. `prior` is the refreshed state. Changes nothing.
    ///
    /// # Errors
    /// An error fails the plan, so nothing is destroyed. [`Error::unknown_configuration`] is ignored.
    fn plan_destroy(prior: &R, context: &Context<P>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A resource whose schema had other versions before. The [module's page](self) has an example, and says
/// when a schema needs a new version.
///
/// Terraform stores the version with each state. State of the current version needs no upgrade: attributes
/// that the schema no longer has are dropped, and new ones are null. State of a newer version is rejected
/// before this is called. (Plugin protocol: `UpgradeResourceState`.)
pub trait UpgradeResource: Schema {
    /// The state in the current form. `version` is at least 0, and lower than [`Schema::VERSION`].
    ///
    /// Runs for every stored object before each plan, without the provider's configuration: it sends no
    /// requests. Return `Value::Unknown` for a computed attribute that the old state does not have: it is
    /// stored as null, and the refresh after it can fill it in.
    ///
    /// # Errors
    /// For state that cannot be upgraded. The state stays as it was.
    fn upgrade(version: i64, stored: &StoredState) -> Result<Self, Error>;
}

/// A resource to which objects of other resource types can be moved, of this provider or of others.
///
/// Terraform uses it for a `moved` block whose `from` and `to` have different types (1.8 and later; OpenTofu
/// 1.10 and later). Users then migrate without `removed` and `import` blocks:
///
/// ```hcl
/// moved {
///   from = kubernetes_role_binding_v1.admins
///   to   = shop_role_binding.admins
/// }
/// ```
///
/// Terraform reads the old state with its own provider, which must stay installed until the move is applied.
///
/// ```
/// # use tfplugin::{Diagnostics, Error, MoveResource, MoveSource, Schema};
/// # /// A binding.
/// # #[derive(Clone, Debug, Schema)]
/// # #[schema(name = "shop_role_binding")]
/// # struct RoleBinding {
/// #     /// Name.
/// #     #[schema(required)]
/// #     name: String,
/// # }
/// impl MoveResource for RoleBinding {
///     fn move_from(source: &MoveSource, _: &mut Diagnostics) -> Result<Option<Self>, Error> {
///         let is_kubernetes = source.is_from("hashicorp", "kubernetes");
///         if !is_kubernetes || source.type_name != "kubernetes_role_binding_v1" {
///             return Ok(None);
///         }
///         let state: serde_json::Value = source.state.parse()?;
///         let name = state["metadata"][0]["name"].as_str();
///         let missing = || Error::new("Binding has no name", "Refresh the state, then plan again.");
///         Ok(Some(Self { name: name.ok_or_else(missing)?.to_owned() }))
///     }
/// }
/// ```
pub trait MoveResource<R: Schema = Self> {
    /// The state of the moved object; `None` for a type from which nothing can be moved here: Terraform then shows an error that names
    /// both types. Pushes warnings to `report`, of what the new type cannot keep. Sends no requests: the plan after it calls
    /// [`read`](crate::Resource::read). What the source does not have may be null, and the configuration sets it: that is an update in
    /// place, also of an attribute with `replace`.
    ///
    /// Not called for the same type under another provider address: that is an [upgrade](UpgradeResource).
    ///
    /// # Errors
    /// For an object that cannot be moved although its type can. Nothing is changed.
    fn move_from(source: &MoveSource, report: &mut Diagnostics) -> Result<Option<R>, Error>;
}

/// The object to import, as the user names it. More ways to name one may follow; a `match` needs a default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Import {
    /// By id, from `terraform import ADDRESS ID` or the `id` of an `import` block. Any text, and not empty;
    /// its form is the resource's to define and check.
    Id(String),
    /// By identity, from the `identity` of an `import` block. Only for a resource that lists [an identity](crate::identity) among its
    /// capabilities.
    Identity(GivenIdentity),
}

/// The object that a `moved` block names.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MoveSource {
    /// Source address of its provider, with the registry's host, such as `registry.terraform.io/hashicorp/kubernetes`. OpenTofu before
    /// 1.12.4 sends its last part alone. [`MoveSource::is_from`] compares it.
    pub provider: String,
    /// Its resource type, such as `kubernetes_role_binding_v1`.
    pub type_name: String,
    /// The version of the schema that wrote its state, in the numbering of that provider.
    pub version: i64,
    /// Its state, with the attributes of that provider's schema.
    pub state: StoredState,
}

impl MoveSource {
    /// Whether it is an object of the provider `NAMESPACE/NAME` of any registry, since Terraform and OpenTofu have different ones. OpenTofu
    /// before 1.12.4 sends the name without a namespace: that counts as this provider too.
    pub fn is_from(&self, namespace: &str, name: &str) -> bool {
        let mut parts = self.provider.rsplit('/');
        parts.next() == Some(name) && parts.next().is_none_or(|found| found == namespace)
    }
}

/// The capabilities of a resource `R` of a provider with clients `P`: a list that is built at compile time.
///
/// Listing a capability needs its trait. A trait that is implemented and not listed has no effect.
///
/// ```text
/// const CAPABILITIES: Capabilities<Self, Client> =
///     Capabilities::none().import::<Self>().plan_destroy::<Self>().upgrade().move_from::<Self>();
/// ```
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
    pub(crate) identity: Option<IdentitySchema>,
}

type ImportFn<P> = for<'a> fn(Import, &'a Context<P>) -> AuthorFuture<'a, Result<Value, Error>>;
type PlanDestroyFn<P> = for<'a> fn(&'a Value, &'a Context<P>) -> AuthorFuture<'a, Result<(), Error>>;
type UpgradeFn = fn(i64, &StoredState) -> Result<Value, Error>;
type MoveFn = fn(&MoveSource, &mut Diagnostics) -> Result<Option<Value>, Error>;

impl<R: Schema, P: Send + Sync + 'static> Capabilities<R, P> {
    /// No capability: the default, and where each list starts.
    pub const fn none() -> Self {
        let functions =
            Functions { import: None, plan_destroy: None, upgrade: None, move_from: None, identity: None };
        Self { functions, resource: PhantomData }
    }

    /// Adds the import. `I` is `Self`: the resource, or the lifecycle that it shares with others.
    #[must_use]
    pub const fn import<I: ImportResource<P, R>>(mut self) -> Self {
        self.functions.import =
            Some(|from, context| Box::pin(async move { Ok(I::import(from, context).await?.to_value()) }));
        self
    }

    /// Adds the identity of its objects: see [`crate::identity`].
    #[must_use]
    pub const fn identity(mut self, identity: IdentitySchema) -> Self {
        self.functions.identity = Some(identity);
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

impl<R: Schema, P> Capabilities<R, P> {
    /// Adds moves from other resource types. `M` is `Self`: the resource, or the lifecycle that it shares with others.
    #[must_use]
    pub const fn move_from<M: MoveResource<R>>(mut self) -> Self {
        self.functions.move_from =
            Some(|source, report| Ok(M::move_from(source, report)?.as_ref().map(R::to_value)));
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
            .field("identity", &self.functions.identity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_in_every_registry_and_without_one() {
        let is_from_shop = |provider: &str| {
            let source = MoveSource {
                provider: provider.to_owned(),
                type_name: String::new(),
                version: 0,
                state: StoredState::from_json(Vec::new()),
            };
            source.is_from("example", "shop")
        };
        for provider in
            ["registry.terraform.io/example/shop", "localhost:8080/example/shop", "example/shop", "shop"]
        {
            assert!(is_from_shop(provider), "{provider}");
        }
        for provider in [
            "registry.terraform.io/another/shop",
            "registry.terraform.io/example/web",
            "ample/shop",
            "web-shop",
            "",
        ] {
            assert!(!is_from_shop(provider), "{provider}");
        }
    }
}
