//! One implementation of [`Resource`] for several resources that differ only in their attributes.
//!
//! Use it when an API treats many kinds of object alike, so that create, read, update, and delete can be
//! written once against a trait of your own: a type implements [`Lifecycle<R>`](Lifecycle) for every `R`
//! with that trait, and each resource names the type in [`SharedLifecycle`]. That makes it a [`Resource`].
//! A resource implements either `Resource` or `SharedLifecycle`.
//!
//! Capabilities are shared in the same way: the lifecycle implements, for example,
//! [`ImportResource<P, R>`](crate::ImportResource), and lists it with `.import::<Self>()`.
//!
//! ```
//! use tfplugin::{Context, Error, Lifecycle, Schema, SharedLifecycle};
//!
//! /// A memo, stored only in the state.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "demo_memo")]
//! struct Memo {
//!     /// Text of the memo.
//!     #[schema(required)]
//!     text: String,
//! }
//!
//! /// The lifecycle of objects that exist only in the state.
//! struct InState;
//!
//! impl<R: Schema + Clone> Lifecycle<R> for InState {
//!     type Provider = ();
//!
//!     async fn create(resource: R, _: &Context<()>) -> Result<R, Error> {
//!         Ok(resource)
//!     }
//!
//!     async fn read(resource: R, _: &Context<()>) -> Result<Option<R>, Error> {
//!         Ok(Some(resource))
//!     }
//!
//!     async fn update(resource: R, _: R, _: &Context<()>) -> Result<R, Error> {
//!         Ok(resource)
//!     }
//!
//!     async fn delete(_: R, _: &Context<()>) -> Result<(), Error> {
//!         Ok(())
//!     }
//! }
//!
//! impl SharedLifecycle for Memo {
//!     type Lifecycle = InState;
//! }
//!
//! let _ = tfplugin::Offers::new().resource::<Memo>();
//! ```

use crate::{
    capabilities::Capabilities,
    context::Context,
    diagnostics::{Diagnostics, Error},
    resource::{Plan, Resource},
    schema::Schema,
};

/// How all resources of one sort are created, read, updated, and deleted. The functions are those of
/// [`Resource`], with the resource as a parameter instead of `self`.
///
/// [`Resource::TIMEOUT`] has its default in all resources of a lifecycle. A resource that needs another implements
/// [`Resource`] itself.
pub trait Lifecycle<R: Schema>: 'static {
    /// The provider's clients: the same type as [`Provider::Data`](crate::Provider::Data).
    type Provider: Send + Sync + 'static;

    /// See [`Resource::PLAN_UNCHANGED`].
    const PLAN_UNCHANGED: bool = false;

    /// See [`Resource::CAPABILITIES`]. The traits of capabilities are implemented for each resource, as this one is.
    const CAPABILITIES: Capabilities<R, Self::Provider> = Capabilities::none();

    /// See [`Resource::validate`].
    fn validate(config: &R::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// See [`Resource::plan`].
    fn plan(
        plan: &mut Plan<R>,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (plan, context);
        async { Ok(()) }
    }

    /// See [`Resource::create`].
    fn create(
        resource: R,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<R, Error>> + Send;

    /// See [`Resource::read`].
    fn read(
        resource: R,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Option<R>, Error>> + Send;

    /// See [`Resource::update`].
    fn update(
        resource: R,
        prior: R,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<R, Error>> + Send;

    /// See [`Resource::delete`].
    fn delete(
        resource: R,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A resource whose functions are those of its [`Lifecycle`].
pub trait SharedLifecycle: Schema {
    /// The lifecycle that the resource shares with others.
    type Lifecycle: Lifecycle<Self>;

    /// See [`Resource::CAPABILITIES`]. By default those of the lifecycle; an upgrade is a resource's own.
    const CAPABILITIES: Capabilities<Self, <Self::Lifecycle as Lifecycle<Self>>::Provider> =
        <Self::Lifecycle as Lifecycle<Self>>::CAPABILITIES;
}

impl<R: SharedLifecycle> Resource for R {
    type Provider = <R::Lifecycle as Lifecycle<R>>::Provider;

    const PLAN_UNCHANGED: bool = <R::Lifecycle as Lifecycle<R>>::PLAN_UNCHANGED;

    const CAPABILITIES: Capabilities<Self, Self::Provider> = <R as SharedLifecycle>::CAPABILITIES;

    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        R::Lifecycle::validate(config, report);
    }

    async fn plan(plan: &mut Plan<Self>, context: &Context<Self::Provider>) -> Result<(), Error> {
        R::Lifecycle::plan(plan, context).await
    }

    async fn create(self, context: &Context<Self::Provider>) -> Result<Self, Error> {
        R::Lifecycle::create(self, context).await
    }

    async fn read(self, context: &Context<Self::Provider>) -> Result<Option<Self>, Error> {
        R::Lifecycle::read(self, context).await
    }

    async fn update(self, prior: Self, context: &Context<Self::Provider>) -> Result<Self, Error> {
        R::Lifecycle::update(self, prior, context).await
    }

    async fn delete(self, context: &Context<Self::Provider>) -> Result<(), Error> {
        R::Lifecycle::delete(self, context).await
    }
}
