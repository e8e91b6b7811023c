//! What the author of a data source implements.

use std::future::Future;

use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error},
    schema::Schema,
};

/// A data source: a struct of inputs and of computed outputs.
pub trait DataSource: Schema {
    /// What the provider's configuration was made into: the clients.
    type Provider: Send + Sync + 'static;

    /// Checks that need more than one attribute, without network; unknown values are not to be complained about.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Reads it: `self` is the configuration, the answer the same with its computed attributes filled in.
    fn read(self, context: &Context<Self::Provider>) -> impl Future<Output = Result<Self, Error>> + Send;
}
