//! Actions, without their types.

use super::{Descriptor, Erased, Kind};
use crate::{
    action::{Action, Progress},
    context::{AuthorFuture, Context},
    decode,
    diagnostics::{Diagnostics, Error},
    schema::Place,
    value::Value,
};

/// An [`Action`] without its type.
pub(crate) trait ErasedAction<P>: Send + Sync {
    fn descriptor(&self) -> Descriptor;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    fn plan<'a>(&'a self, config: &'a Value, context: &'a Context<P>) -> AuthorFuture<'a, Result<(), Error>>;
    fn invoke<'a>(
        &'a self,
        config: &'a Value,
        progress: &'a Progress,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<(), Error>>;
}

impl<P> Kind for dyn ErasedAction<P> {
    const NAME: &'static str = "action";
    const PLACE: Place = Place::Action;

    fn descriptor(&self) -> Descriptor {
        ErasedAction::descriptor(self)
    }
}

impl<A: Action> ErasedAction<A::Provider> for Erased<A> {
    fn descriptor(&self) -> Descriptor {
        Descriptor::of::<A>()
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        A::validate(&decode::partial::<A>(config)?, report);
        Ok(())
    }

    fn plan<'a>(
        &'a self,
        config: &'a Value,
        context: &'a Context<A::Provider>,
    ) -> AuthorFuture<'a, Result<(), Error>> {
        Box::pin(async move { A::plan(&decode::partial::<A>(config)?, context).await })
    }

    fn invoke<'a>(
        &'a self,
        config: &'a Value,
        progress: &'a Progress,
        context: &'a Context<A::Provider>,
    ) -> AuthorFuture<'a, Result<(), Error>> {
        Box::pin(async move { decode::planned::<A>(config)?.invoke(progress, context).await })
    }
}
