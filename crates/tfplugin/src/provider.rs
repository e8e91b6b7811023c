//! What the author of a provider implements, and the list of all that it offers.

use std::{collections::BTreeSet, future::Future};

use crate::{
    data_source::DataSource,
    diagnostics::{Diagnostic, Diagnostics, Error},
    engine::{
        erased::{Descriptor, Erased, ErasedDataSource, ErasedFunction, ErasedResource},
        operation::PROVIDER_BUG,
    },
    function::Function,
    resource::Resource,
    schema::{Place, Schema, complaints},
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

/// The one list of all that a provider offers.
///
/// ```text
/// Offers::new().resource::<ClusterOidc>().data_source::<Cluster>().function::<UnmanagedEndpoint>()
/// ```
pub struct Offers<P> {
    pub(crate) resources: Vec<Box<dyn ErasedResource<P>>>,
    pub(crate) data_sources: Vec<Box<dyn ErasedDataSource<P>>>,
    pub(crate) functions: Vec<Box<dyn ErasedFunction>>,
}

impl<P: Send + Sync + 'static> Offers<P> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { resources: Vec::new(), data_sources: Vec::new(), functions: Vec::new() }
    }

    /// Offers a managed resource.
    #[must_use]
    pub fn resource<R: Resource<Provider = P>>(mut self) -> Self {
        self.resources.push(Box::new(Erased::<R>::new()));
        self
    }

    /// Offers a data source.
    #[must_use]
    pub fn data_source<D: DataSource<Provider = P>>(mut self) -> Self {
        self.data_sources.push(Box::new(Erased::<D>::new()));
        self
    }

    /// Offers a function.
    #[must_use]
    pub fn function<F: Function>(mut self) -> Self {
        self.functions.push(Box::new(Erased::<F>::new()));
        self
    }
}

impl<P> Offers<P> {
    /// Whether everything offered has a name of its own and a schema that Terraform accepts. A provider's tests call this;
    /// Terraform is told the same when it asks for the schema.
    pub fn check(&self) -> Result<(), Error> {
        let resources: Vec<Descriptor> = self.resources.iter().map(|code| code.about()).collect();
        let data_sources: Vec<Descriptor> = self.data_sources.iter().map(|code| code.about()).collect();
        let functions: Vec<Descriptor> = self.functions.iter().map(|code| code.about()).collect();
        let mut messages = Vec::new();
        for (kind, place, offered) in [
            ("resource", Place::Resource, resources),
            ("data source", Place::DataSource, data_sources),
            ("function", Place::Function, functions),
        ] {
            let mut names = BTreeSet::new();
            for Descriptor { name, block, .. } in offered {
                if name.is_empty() {
                    messages.push(broken_offer(&format!("a {kind} has no name")));
                }
                if !names.insert(name) {
                    messages.push(broken_offer(&format!("the {kind} {name:?} is offered twice")));
                }
                let complaints = complaints(&block, place).into_iter();
                messages.extend(
                    complaints.map(|complaint| broken_offer(&format!("the {kind} {name:?}, {complaint}"))),
                );
            }
        }
        Error::all(messages).map_or(Ok(()), Err)
    }
}

impl<P: Send + Sync + 'static> Default for Offers<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> std::fmt::Debug for Offers<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offers")
            .field("resources", &self.resources.len())
            .field("data_sources", &self.data_sources.len())
            .field("functions", &self.functions.len())
            .finish()
    }
}

/// A message about something that no user can mend.
pub(crate) fn broken_offer(complaint: &str) -> Diagnostic {
    Diagnostic::error("Provider offers something broken", format!("{complaint}. {PROVIDER_BUG}"))
}
