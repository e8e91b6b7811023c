//! Managed resources, without their types.

use std::time::Duration;

use super::{Descriptor, Erased, Kind, OfferedIdentity};
use crate::{
    capabilities::Functions,
    context::{AuthorFuture, Context},
    decode,
    diagnostics::{Diagnostics, Error},
    path::AttributePath,
    resource::{Plan, Resource},
    schema::Place,
    value::Value,
};

/// What [`Resource::plan`] made of a plan.
#[derive(Debug)]
pub(crate) struct PlanOutcome {
    pub(crate) planned: Value,
    pub(crate) replace: Vec<AttributePath>,
    pub(crate) outcome: Result<(), Error>,
}

/// A [`Resource`] without its type.
pub(crate) trait ErasedResource<P>: Send + Sync {
    fn descriptor(&self) -> Descriptor;
    fn timeout(&self) -> Duration;
    fn plan_unchanged(&self) -> bool;
    fn capabilities(&self) -> Functions<P>;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    fn plan<'a>(
        &'a self,
        config: &'a Value,
        prior: &'a Value,
        planned: &'a Value,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<PlanOutcome, Error>>;
    fn create<'a>(
        &'a self,
        planned: &'a Value,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<Value, Error>>;
    fn read<'a>(
        &'a self,
        state: &'a Value,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<Option<Value>, Error>>;
    fn update<'a>(
        &'a self,
        planned: &'a Value,
        prior: &'a Value,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<Value, Error>>;
    fn delete<'a>(&'a self, prior: &'a Value, context: &'a Context<P>)
    -> AuthorFuture<'a, Result<(), Error>>;
}

impl<P> Kind for dyn ErasedResource<P> {
    const NAME: &'static str = "resource";
    const PLACE: Place = Place::Resource;

    fn descriptor(&self) -> Descriptor {
        ErasedResource::descriptor(self)
    }
}

impl<R: Resource> ErasedResource<R::Provider> for Erased<R> {
    fn descriptor(&self) -> Descriptor {
        let descriptor = Descriptor::of::<R>();
        let identity = R::CAPABILITIES.functions.identity;
        let identity = identity.map(|identity| OfferedIdentity::of(identity, &descriptor.block));
        Descriptor { identity, ..descriptor }
    }

    fn timeout(&self) -> Duration {
        R::TIMEOUT
    }

    fn plan_unchanged(&self) -> bool {
        R::PLAN_UNCHANGED
    }

    fn capabilities(&self) -> Functions<R::Provider> {
        R::CAPABILITIES.functions
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        R::validate(&decode::partial::<R>(config)?, report);
        Ok(())
    }

    fn plan<'a>(
        &'a self,
        config: &'a Value,
        prior: &'a Value,
        planned: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> AuthorFuture<'a, Result<PlanOutcome, Error>> {
        Box::pin(async move {
            let prior = if prior.is_null() { None } else { Some(decode::state::<R>(prior)?) };
            let (config, planned) = (decode::partial::<R>(config)?, decode::partial::<R>(planned)?);
            let mut plan = Plan { config, prior, planned, replace: Vec::new() };
            let outcome = R::plan(&mut plan, context).await;
            Ok(PlanOutcome { planned: R::partial_to_value(&plan.planned), replace: plan.replace, outcome })
        })
    }

    fn create<'a>(
        &'a self,
        planned: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> AuthorFuture<'a, Result<Value, Error>> {
        Box::pin(async move { Ok(decode::planned::<R>(planned)?.create(context).await?.to_value()) })
    }

    fn read<'a>(
        &'a self,
        state: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> AuthorFuture<'a, Result<Option<Value>, Error>> {
        Box::pin(async move { Ok(decode::state::<R>(state)?.read(context).await?.as_ref().map(R::to_value)) })
    }

    fn update<'a>(
        &'a self,
        planned: &'a Value,
        prior: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> AuthorFuture<'a, Result<Value, Error>> {
        Box::pin(async move {
            let (planned, prior) = (decode::planned::<R>(planned)?, decode::state::<R>(prior)?);
            Ok(planned.update(prior, context).await?.to_value())
        })
    }

    fn delete<'a>(
        &'a self,
        prior: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> AuthorFuture<'a, Result<(), Error>> {
        Box::pin(async move { decode::state::<R>(prior)?.delete(context).await })
    }
}
