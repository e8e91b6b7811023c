//! List resources, without their types.

use super::{Descriptor, Erased, Kind};
use crate::{
    context::{AuthorFuture, Context},
    decode,
    diagnostics::{Diagnostics, Error},
    list_resource::{Found, ListResource, Sink},
    resource::Resource,
    schema::{Place, Schema as _},
    value::Value,
};

/// A [`ListResource`] without its type.
pub(crate) trait ErasedListResource<P>: Send + Sync {
    fn descriptor(&self) -> Descriptor;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    fn list<'a>(
        &'a self,
        config: &'a Value,
        sink: Sink,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<(), Error>>;
}

impl<P> Kind for dyn ErasedListResource<P> {
    const NAME: &'static str = "list resource";
    const PLACE: Place = Place::ListResource;

    fn descriptor(&self) -> Descriptor {
        ErasedListResource::descriptor(self)
    }
}

impl<L: ListResource> ErasedListResource<<L::Resource as Resource>::Provider> for Erased<L> {
    fn descriptor(&self) -> Descriptor {
        Descriptor { name: L::Resource::NAME, ..Descriptor::of::<L>() }
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        L::validate(&decode::partial::<L>(config)?, report);
        Ok(())
    }

    fn list<'a>(
        &'a self,
        config: &'a Value,
        sink: Sink,
        context: &'a Context<<L::Resource as Resource>::Provider>,
    ) -> AuthorFuture<'a, Result<(), Error>> {
        Box::pin(async move { decode::planned::<L>(config)?.list(&Found::new(sink), context).await })
    }
}
