//! Ephemeral resources, without their types.

use std::time::Duration;

use super::{Descriptor, Erased, Kind};
use crate::{
    context::{AuthorFuture, Context},
    decode,
    diagnostics::{Diagnostics, Error},
    ephemeral_resource::EphemeralResource,
    schema::Place,
    value::Value,
};

/// An [`EphemeralResource`] without its type.
pub(crate) trait ErasedEphemeralResource<P>: Send + Sync {
    fn descriptor(&self) -> Descriptor;
    fn timeout(&self) -> Duration;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    /// The values, and the time until the first renewal.
    fn open<'a>(
        &'a self,
        config: &'a Value,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<(Value, Option<Duration>), Error>>;
    fn renew<'a>(&'a self, context: &'a Context<P>) -> AuthorFuture<'a, Result<Option<Duration>, Error>>;
    fn close<'a>(&'a self, context: &'a Context<P>) -> AuthorFuture<'a, Result<(), Error>>;
}

impl<P> Kind for dyn ErasedEphemeralResource<P> {
    const NAME: &'static str = "ephemeral resource";
    const PLACE: Place = Place::EphemeralResource;

    fn descriptor(&self) -> Descriptor {
        ErasedEphemeralResource::descriptor(self)
    }
}

impl<E: EphemeralResource> ErasedEphemeralResource<E::Provider> for Erased<E> {
    fn descriptor(&self) -> Descriptor {
        Descriptor::of::<E>()
    }

    fn timeout(&self) -> Duration {
        E::TIMEOUT
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        E::validate(&decode::partial::<E>(config)?, report);
        Ok(())
    }

    fn open<'a>(
        &'a self,
        config: &'a Value,
        context: &'a Context<E::Provider>,
    ) -> AuthorFuture<'a, Result<(Value, Option<Duration>), Error>> {
        Box::pin(async move {
            let opened = decode::planned::<E>(config)?.open(context).await?;
            Ok((opened.values.to_value(), opened.renew_after))
        })
    }

    fn renew<'a>(
        &'a self,
        context: &'a Context<E::Provider>,
    ) -> AuthorFuture<'a, Result<Option<Duration>, Error>> {
        Box::pin(E::renew(context))
    }

    fn close<'a>(&'a self, context: &'a Context<E::Provider>) -> AuthorFuture<'a, Result<(), Error>> {
        Box::pin(E::close(context))
    }
}
