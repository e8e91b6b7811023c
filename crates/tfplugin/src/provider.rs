//! What the author of a provider implements, and the list of all that it offers.

use std::future::Future;

use crate::{
    diagnostics::{Diagnostics, Error},
    offers::Offers,
    schema::Schema,
};

/// A provider: a struct of its configuration's attributes.
pub trait Provider: Schema {
    /// What resources and data sources work with: the clients. Made anew by each configuration; cheap, since no connection
    /// should be made before it is needed.
    type Data: Send + Sync + 'static;

    /// Checks the configuration without network; unknown values are not to be complained about.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Makes the clients. Values may be unknown during plan: remember that, and answer with
    /// [`Error::unknown_configuration`] only when a client is really needed.
    fn configure(
        config: Self::Partial,
        configuration: Configuration,
    ) -> impl Future<Output = Result<Self::Data, Error>> + Send;

    /// All that it offers.
    fn offers() -> Offers<Self::Data>;
}

/// What is known of the host when the provider is configured.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Configuration {
    /// Terraform's version; OpenTofu names one that it is compatible with.
    pub terraform_version: String,
}
