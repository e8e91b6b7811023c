//! Data sources, without their types.

use super::{Descriptor, Erased, Kind};
use crate::{
    context::{AuthorFuture, Context},
    data_source::DataSource,
    decode,
    diagnostics::{Diagnostics, Error},
    schema::Place,
    value::Value,
};

/// A [`DataSource`] without its type.
pub(crate) trait ErasedDataSource<P>: Send + Sync {
    fn descriptor(&self) -> Descriptor;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    fn read<'a>(
        &'a self,
        config: &'a Value,
        context: &'a Context<P>,
    ) -> AuthorFuture<'a, Result<Value, Error>>;
}

impl<P> Kind for dyn ErasedDataSource<P> {
    const NAME: &'static str = "data source";
    const PLACE: Place = Place::DataSource;

    fn descriptor(&self) -> Descriptor {
        ErasedDataSource::descriptor(self)
    }
}

impl<D: DataSource> ErasedDataSource<D::Provider> for Erased<D> {
    fn descriptor(&self) -> Descriptor {
        Descriptor::of::<D>()
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        D::validate(&decode::partial::<D>(config)?, report);
        Ok(())
    }

    fn read<'a>(
        &'a self,
        config: &'a Value,
        context: &'a Context<D::Provider>,
    ) -> AuthorFuture<'a, Result<Value, Error>> {
        Box::pin(async move { Ok(decode::planned::<D>(config)?.read(context).await?.to_value()) })
    }
}
