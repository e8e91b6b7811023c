//! What the author of a managed resource implements.

use std::{future::Future, time::Duration};

use crate::{
    capabilities::Capabilities,
    context::Context,
    diagnostics::{Diagnostics, Error},
    path::AttributePath,
    schema::Schema,
};

/// A managed resource. The struct holds its attributes (see [`macro@crate::Schema`]); these functions are its lifecycle.
///
/// The framework marks computed attributes unknown when something changes, finds replacements, checks that what `create` and
/// `update` return equals the plan wherever the plan was known, keeps what was [recorded](Context::record) when they fail,
/// and turns a panic into a diagnostic.
pub trait Resource: Schema {
    /// What the provider's configuration was made into: the clients.
    type Provider: Send + Sync + 'static;

    /// How long create, update and delete may take when the user's `timeouts` says nothing.
    const TIMEOUT: Duration = Duration::from_mins(20);

    /// Whether it may need a change that nobody configured, as a credential does that has to be rotated. Then
    /// [`plan`](Resource::plan) is also called when state and configuration agree, and finds nothing to do by putting back every
    /// computed value. It has no clock: what the last [`read`](Resource::read) saw is in the notes.
    const PLAN_UNCHANGED: bool = false;

    /// What it has in addition to the functions below: see [`crate::capabilities`].
    const CAPABILITIES: Capabilities<Self, Self::Provider> = Capabilities::none();

    /// Checks that need more than one attribute, without network. Unknown values are not to be complained about: the check
    /// runs again before the first request, when all is known.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Called when something is to be created or changed (see also [`PLAN_UNCHANGED`](Resource::PLAN_UNCHANGED)): fills in computed values that can be told beforehand, warns of
    /// what the user should know, adds reasons to replace. Must give the same answer for the same input: no clock, no
    /// randomness, no side effects.
    ///
    /// On an update every computed value that is not configured is unknown here: put back what stays, such as an id, from
    /// `prior`. Ask `config` whether the user gave a value, since that may be unknown as well. Left out while the provider is
    /// not configured; what it has set before [`Error::unknown_configuration`] counts.
    fn plan(
        plan: &mut Plan<Self>,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (plan, context);
        async { Ok(()) }
    }

    /// Makes it. `self` is the plan; computed attributes are unknown where the plan did not tell them, and known in the
    /// answer. Write-only values are in `self` here and in [`update`](Resource::update), and nowhere else.
    fn create(self, context: &Context<Self::Provider>) -> impl Future<Output = Result<Self, Error>> + Send;

    /// What is there now; `None` only when it is certain that it is gone. `self` is the state: keep the user's spelling where
    /// the two mean the same.
    fn read(
        self,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;

    /// Changes it in place from `prior` to `self`, as [`create`](Resource::create).
    fn update(
        self,
        prior: Self,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Takes it away. Succeeds when it is gone already.
    fn delete(self, context: &Context<Self::Provider>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A planned change: to create (no prior state) or to update.
#[derive(Clone, Debug)]
pub struct Plan<R: Schema> {
    /// What the user wrote, unknown in parts.
    pub config: R::Partial,
    /// What there is; none on create.
    pub prior: Option<R>,
    /// What shall be. Attributes that are computed may be set: to unknown, or to what is certain beforehand.
    pub planned: R::Partial,
    pub(crate) replace: Vec<AttributePath>,
}

impl<R: Schema> Plan<R> {
    /// What is planned as the resource itself, when all but computed values is known.
    pub fn whole(&self) -> Option<R> {
        R::from_value(&R::partial_to_value(&self.planned)).ok()
    }

    /// Says that a change of this attribute of the root object needs a new object.
    pub fn require_replace(&mut self, attribute: &str) {
        self.replace.push(AttributePath::attribute(attribute));
    }
}
