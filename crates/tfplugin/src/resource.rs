//! Managed resources: what a `resource` block creates, and Terraform keeps in its state.
//!
//! A resource is a struct that derives [`Schema`](macro@crate::Schema), with [`Resource`] implemented
//! for it. When several resources have the same functions and differ only in their attributes, use
//! [`Lifecycle`](crate::Lifecycle) instead. Import, state upgrades, moves, and checks before a destroy
//! are [capabilities](crate::capabilities), so that a resource without them has no code for them.
//!
//! # When Terraform calls which function
//!
//! | command | calls, in this order |
//! |---|---|
//! | `validate` | [`validate`](Resource::validate) |
//! | `plan` | `validate`, [`read`](Resource::read) for each object in the state, [`plan`](Resource::plan) if something changes |
//! | `apply` | `plan` once more, `validate` with all values known, then [`create`](Resource::create), [`update`](Resource::update), or [`delete`](Resource::delete) |
//! | `import` | [`import`](crate::ImportResource::import), then `read` |
//! | `destroy` | `read`, [`plan_destroy`](crate::PlanDestroy::plan_destroy), `delete` |
//!
//! A replacement is a plan, a `delete` of the old object, and a `create` of the new one; with
//! `create_before_destroy` in the other order, so both objects exist for a while.
//!
//! A value that replaces and is unknown at plan plans an update in place with all computed values unknown. If the
//! apply finds that it is the same, nothing is called. If it is another one, `plan` runs as for a create, `plan_destroy` for
//! the old object, and then `create` and `delete`, on hosts that keep planned private state (Terraform 1.16); other
//! hosts end with an error before anything happens, and the next plan replaces.
//!
//! # Rules of Terraform's core, and how they are kept
//!
//! Terraform rejects a provider that breaks its consistency rules
//! (`internal/plans/objchange`: `AssertPlanValid`, `AssertObjectCompatible`). The framework checks the
//! same rules first, and reports a violation as an error that names the attribute:
//!
//! - A plan has every configured value as it is configured. Only computed attributes may differ.
//! - A value that is known in the plan has the same value after the apply.
//! - After the apply nothing is unknown.
//! - Two plans of the same input are equal.
//!
//! # Example
//!
//! A whole resource, on an API that is a map in memory:
//!
//! ```
//! use std::{collections::BTreeMap, sync::Mutex};
//!
//! use tfplugin::{Context, Error, Plan, Resource, Schema, Value};
//!
//! /// The client of the API: names of buckets with their regions.
//! struct Api(Mutex<BTreeMap<String, String>>);
//!
//! /// Stores objects.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_bucket")]
//! struct Bucket {
//!     /// Name of the bucket. Changing it replaces the bucket.
//!     #[schema(required, replace)]
//!     name: String,
//!     /// Region of the bucket, such as `eu-1`.
//!     #[schema(required)]
//!     region: String,
//!     /// URL of the bucket.
//!     #[schema(computed)]
//!     url: Value<String>,
//! }
//!
//! fn url_of(name: &str, region: &str) -> String {
//!     format!("https://{region}.example.com/{name}")
//! }
//!
//! impl Resource for Bucket {
//!     type Provider = Api;
//!
//!     // The URL follows from name and region. Without this function the plan shows it as
//!     // "(known after apply)", which is correct, and less useful.
//!     async fn plan(plan: &mut Plan<Self>, _: &Context<Api>) -> Result<(), Error> {
//!         if let Some(bucket) = plan.whole() {
//!             plan.planned.url = Value::Known(url_of(&bucket.name, &bucket.region));
//!         }
//!         Ok(())
//!     }
//!
//!     async fn create(self, context: &Context<Api>) -> Result<Self, Error> {
//!         let mut buckets = context.provider().0.lock().expect("no panic");
//!         if buckets.contains_key(&self.name) {
//!             let detail = format!("There is a bucket {:?} already. Import it, or choose another name.", self.name);
//!             return Err(Error::new("Bucket cannot be created", detail).at("name"));
//!         }
//!         buckets.insert(self.name.clone(), self.region.clone());
//!         Ok(Self { url: Value::Known(url_of(&self.name, &self.region)), ..self })
//!     }
//!
//!     async fn read(self, context: &Context<Api>) -> Result<Option<Self>, Error> {
//!         let buckets = context.provider().0.lock().expect("no panic");
//!         Ok(buckets.get(&self.name).map(|region| Self {
//!             url: Value::Known(url_of(&self.name, region)),
//!             region: region.clone(),
//!             name: self.name.clone(),
//!         }))
//!     }
//!
//!     async fn update(self, _prior: Self, context: &Context<Api>) -> Result<Self, Error> {
//!         context.provider().0.lock().expect("no panic").insert(self.name.clone(), self.region.clone());
//!         Ok(Self { url: Value::Known(url_of(&self.name, &self.region)), ..self })
//!     }
//!
//!     async fn delete(self, context: &Context<Api>) -> Result<(), Error> {
//!         context.provider().0.lock().expect("no panic").remove(&self.name);
//!         Ok(())
//!     }
//! }
//! # let _ = tfplugin::Offers::new().resource::<Bucket>();
//! ```
//!
//! # An optional value with a default from other values
//!
//! A default that depends on other attributes is set in `plan`. Decide by `config`: in `planned`, an
//! `optional, computed` value that the user left out is unknown.
//!
//! ```
//! # use tfplugin::{Context, Error, Plan, Schema, Value};
//! # /// An entry.
//! # #[derive(Clone, Debug, Schema)]
//! # #[schema(name = "shop_entry")]
//! # struct Entry {
//! #     /// Title.
//! #     #[schema(required)]
//! #     title: String,
//! #     /// Slug.
//! #     #[schema(optional, computed)]
//! #     slug: Value<String>,
//! # }
//! async fn plan(plan: &mut Plan<Entry>, _: &Context<()>) -> Result<(), Error> {
//!     if plan.config.slug.is_null() {
//!         plan.planned.slug = plan.config.title.as_ref().map(|title| title.to_lowercase());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! When the user removes such a value from the configuration, that alone is no change: core keeps the prior value.
//! With the next other change it is unknown again, and `plan` sets the default.

use std::{future::Future, time::Duration};

use crate::{
    capabilities::Capabilities,
    context::Context,
    diagnostics::{Diagnostics, Error},
    path::AttributePath,
    schema::Schema,
};

/// A managed resource. The struct holds its attributes (see [`macro@crate::Schema`]); these functions
/// are its lifecycle. The [module's page](self) has the order of the calls and a whole example.
///
/// The framework marks computed attributes unknown when something changes, finds replacements, checks
/// that what `create` and `update` return equals the plan wherever the plan was known, keeps what was
/// [recorded](Context::record) when they fail, and turns a panic into a diagnostic.
///
/// Calls for different objects run at the same time (`terraform apply -parallelism=10`), each in a task
/// of its own: whatever they share through [`Provider`](Resource::Provider) needs its own locks.
pub trait Resource: Schema {
    /// The provider's clients: the same type as [`Provider::Data`](crate::Provider::Data), which
    /// [`Offers::resource`](crate::Offers::resource) checks.
    type Provider: Send + Sync + 'static;

    /// Time limit of each operation unless the user's [`timeouts`](crate::timeouts) block sets one.
    /// The operation receives it as [`Context::timeout`], and has to keep it itself.
    const TIMEOUT: Duration = Duration::from_mins(20);

    /// Whether the object may need a change although its configuration is unchanged, such as the
    /// rotation of a credential.
    ///
    /// If `true`, [`plan`](Resource::plan) is called in every plan, with all computed values unknown. It
    /// plans no change by setting each of them to its value in [`Plan::prior`]. Decide from the
    /// [private state](Context::private_state) that the last [`read`](Resource::read) set, such as the
    /// time by the API's clock: a plan that reads the local clock can differ from the second plan, in the
    /// apply, and Terraform then fails with "Provider produced inconsistent final plan".
    const PLAN_UNCHANGED: bool = false;

    /// Import, upgrade, move, and checks of a destroy: see [`crate::capabilities`].
    const CAPABILITIES: Capabilities<Self, Self::Provider> = Capabilities::none();

    /// Checks rules that concern more than one attribute, without network. Rules for one attribute
    /// belong into `#[schema(validate(…))]`.
    ///
    /// Runs in `terraform validate`, in each plan, and before `create` and `update`. In the last case
    /// all values are known; before that, treat an unknown value as valid. Pushes errors and warnings
    /// to `report`; all of them are shown.
    ///
    /// ```
    /// # use tfplugin::{Context, Diagnostic, Diagnostics, Error, Resource, Schema, Value};
    /// # /// A grant.
    /// # #[derive(Clone, Debug, Schema)]
    /// # #[schema(name = "shop_grant")]
    /// # struct Grant {
    /// #     /// User.
    /// #     #[schema(optional)]
    /// #     user: Option<String>,
    /// #     /// Group.
    /// #     #[schema(optional)]
    /// #     group: Option<String>,
    /// # }
    /// # impl Resource for Grant {
    /// #    type Provider = ();
    /// #    async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
    /// #    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
    /// #    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
    /// #    async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
    /// // `GrantPartial` is generated: the attributes of `Grant`, each as a `Value`.
    /// fn validate(config: &GrantPartial, report: &mut Diagnostics) {
    ///     if config.user.is_null() && config.group.is_null() {
    ///         report.push(Diagnostic::error("Grant has no subject", "Set `user` or `group`."));
    ///     }
    /// }
    /// # }
    /// # let mut report = Diagnostics::default();
    /// # Grant::validate(&GrantPartial::default(), &mut report);
    /// # assert!(report.has_errors());
    /// # report = Diagnostics::default();
    /// # Grant::validate(&GrantPartial { user: Value::Unknown, ..Default::default() }, &mut report);
    /// # assert!(report.is_empty());
    /// ```
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Refines the plan of a create or update: sets computed values that are certain before the apply,
    /// [warns](Context::warn) of consequences, and [requires a replacement](Plan::require_replace) where
    /// the schema alone cannot decide. The default leaves every computed value unknown.
    ///
    /// Called if the configuration differs from the state, or always with
    /// [`PLAN_UNCHANGED`](Resource::PLAN_UNCHANGED). At that point:
    ///
    /// - defaults are filled in, and write-only values are null;
    /// - a value that [means the same](crate::schema::AttributeSchema::same) as the prior one has the
    ///   prior spelling;
    /// - each computed value that is not configured is unknown, on an update too. Set what stays, such as
    ///   an id, from [`Plan::prior`], or the plan shows it as "(known after apply)" and changes
    ///   everything that refers to it.
    ///
    /// The same input must give the same plan: Terraform plans again in the apply. The function has no
    /// side effects, no randomness, and no clock; reads of the API are allowed.
    ///
    /// Not called while the provider is not configured, as in the tests of a module. When the function
    /// returns [`Error::unknown_configuration`], the plan goes on with what it has set until then.
    ///
    /// # Errors
    /// Any other error fails the plan.
    fn plan(
        plan: &mut Plan<Self>,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (plan, context);
        async { Ok(()) }
    }

    /// Creates the object. `self` is the plan; the result is the new state.
    ///
    /// Computed attributes are unknown in `self` where the plan did not set them, and must be known in
    /// the result. Everything else must be returned as it was planned. Write-only values are in `self`
    /// here and in [`update`](Resource::update), and nowhere else; they are removed from the result.
    ///
    /// If the object takes several requests, call [`Context::record`] after the first one.
    ///
    /// # Errors
    /// Without a record nothing is stored, and the next plan creates the object again. With one, the
    /// recorded state is stored, and the object is tainted: the next apply replaces it.
    fn create(self, context: &Context<Self::Provider>) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Reads the object as it is now. `self` is the state; the result is the refreshed state.
    ///
    /// Returns `None` only if it is certain that the object does not exist: Terraform then plans to
    /// create it. An API that returns 404 also without permission needs another check first.
    ///
    /// Where the API returns another spelling of the same value (`60m` and `1h`), keep the one in `self`;
    /// `#[schema(same = …)]` does that for an attribute. Otherwise each plan shows a change outside of
    /// Terraform.
    ///
    /// # Errors
    /// The state stays as it was, and the plan fails. With [`Error::unknown_configuration`] the state
    /// stays, and the plan goes on with one warning.
    fn read(
        self,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;

    /// Changes the object in place, from `prior` (the state) to `self` (the plan). The result is the new
    /// state, by the rules of [`create`](Resource::create).
    ///
    /// Not called for a change that needs a replacement. A resource in which each change does has an
    /// `update` that returns `Ok(self)`.
    ///
    /// # Errors
    /// The state stays as it was, or becomes what was [recorded](Context::record). The object is not
    /// tainted: the next plan tries the change again.
    fn update(
        self,
        prior: Self,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Deletes the object; `self` is the state. Returns only when the object does not exist any more, because Terraform
    /// then deletes or changes what it depended on. An object that does not exist is a success.
    ///
    /// # Errors
    /// The object stays in the state, and the next apply deletes it again.
    fn delete(self, context: &Context<Self::Provider>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A planned change: a create (no prior state), or an update.
///
/// [`Resource::plan`] reads `config` and `prior`, and writes `planned`. The types `R::Partial` are
/// generated by the derive: the attributes of the struct, each as a [`Value`](crate::Value).
///
/// ```
/// # use tfplugin::{Context, Error, Plan, Resource, Schema, Value};
/// # /// A disk.
/// # #[derive(Clone, Debug, Schema)]
/// # #[schema(name = "shop_disk")]
/// # struct Disk {
/// #     /// Id.
/// #     #[schema(computed)]
/// #     id: Value<String>,
/// #     /// Size in GiB.
/// #     #[schema(required)]
/// #     size: i64,
/// # }
/// # impl Resource for Disk {
/// #    type Provider = ();
/// #    async fn create(self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
/// #    async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> { Ok(Some(self)) }
/// #    async fn update(self, _: Self, _: &Context<()>) -> Result<Self, Error> { Ok(self) }
/// #    async fn delete(self, _: &Context<()>) -> Result<(), Error> { Ok(()) }
/// async fn plan(plan: &mut Plan<Self>, _: &Context<()>) -> Result<(), Error> {
///     if let Some(prior) = &plan.prior {
///         // A change in place keeps the id. A replacement makes it unknown again by itself.
///         plan.planned.id = prior.id.clone();
///         // A disk can grow in place, and cannot shrink.
///         if plan.planned.size.as_known().is_some_and(|size| *size < prior.size) {
///             plan.require_replace("size");
///         }
///     }
///     Ok(())
/// }
/// # }
/// # let _ = tfplugin::Offers::new().resource::<Disk>();
/// ```
#[derive(Clone, Debug)]
pub struct Plan<R: Schema> {
    /// The configuration, unknown in parts. An attribute that is null here and computed is the
    /// provider's to set; look here, and not at `planned`, to find out whether the user set a value.
    pub config: R::Partial,
    /// The state before the change; `None` on a create, and on the create half of a replacement.
    pub prior: Option<R>,
    /// The state after the change, as far as it is known. Computed attributes that are not configured may
    /// be set: to unknown, or to the value that the apply will return. Setting anything else is an error.
    pub planned: R::Partial,
    pub(crate) replace: Vec<AttributePath>,
}

impl<R: Schema> Plan<R> {
    /// The planned state as the resource itself; `None` while a value that `R` has no room for is unknown.
    /// Fields of type [`Value`](crate::Value) may be unknown in it.
    pub fn whole(&self) -> Option<R> {
        R::from_value(&R::partial_to_value(&self.planned)).ok()
    }

    /// Whether the planned state differs from the prior one, so far: a warning that belongs to changes stays away from a plan without any.
    pub fn is_change(&self) -> bool {
        self.prior.as_ref().is_none_or(|prior| prior.to_value() != R::partial_to_value(&self.planned))
    }

    /// Marks an attribute of the root object whose change needs a new object, for rules that
    /// `#[schema(replace)]` and `replace_if` cannot express. Has no effect if the attribute does not
    /// change. An attribute that does not exist fails the plan.
    pub fn require_replace(&mut self, attribute: &str) {
        self.replace.push(AttributePath::attribute(attribute));
    }
}
