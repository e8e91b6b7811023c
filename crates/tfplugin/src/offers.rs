//! The list of all that a provider offers: one table for each kind of thing.
//!
//! A further kind is a module next to [`resource`] (its trait without types,
//! and its [`Kind`]), a field of [`Offers`] with a function that adds to it, and a module of `rpc` for its
//! calls. Where all kinds are treated alike, `Offers` is destructured field by field, so that the compiler
//! names the places that a new field still lacks.

mod action;
mod data_source;
mod ephemeral;
mod function;
mod identity;
mod list_resource;
mod resource;
mod table;

use std::marker::PhantomData;

pub(crate) use self::{
    action::ErasedAction,
    data_source::ErasedDataSource,
    ephemeral::ErasedEphemeralResource,
    function::ErasedFunction,
    identity::OfferedIdentity,
    list_resource::ErasedListResource,
    resource::ErasedResource,
    table::{Descriptor, Kind, Offered, Table},
};
use crate::{
    action::Action,
    data_source::DataSource,
    diagnostics::{Diagnostic, Error, PROVIDER_BUG},
    ephemeral_resource::EphemeralResource,
    function::Function,
    list_resource::ListResource,
    resource::Resource,
    schema::Block,
};

/// A managed resource of a provider with clients `P`.
pub(crate) type OfferedResource<P> = Offered<dyn ErasedResource<P>>;
/// A data source.
pub(crate) type OfferedDataSource<P> = Offered<dyn ErasedDataSource<P>>;
/// An ephemeral resource.
pub(crate) type OfferedEphemeralResource<P> = Offered<dyn ErasedEphemeralResource<P>>;
/// A list resource.
pub(crate) type OfferedListResource<P> = Offered<dyn ErasedListResource<P>>;
/// An action.
pub(crate) type OfferedAction<P> = Offered<dyn ErasedAction<P>>;
/// A function.
pub(crate) type OfferedFunction = Offered<dyn ErasedFunction>;

/// The list of all that a provider offers, of each kind: the result of [`Provider::offers`](crate::Provider::offers).
///
/// ```text
/// Offers::new().resource::<Bucket>().data_source::<Bucket>().function::<Slug>()
/// ```
///
/// The list is checked once more when Terraform requests the schema. A test of the provider should check
/// it first, since Terraform shows such a fault to every user:
///
/// ```
/// # use tfplugin::{Context, Error, Offers, Provider, Resource, Schema, provider::Configuration};
/// # /// A shop.
/// # #[derive(Clone, Debug, Schema)]
/// # struct Shop {}
/// # impl Provider for Shop {
/// #     type Data = ();
/// #     async fn configure(_: ShopPartial, _: Configuration) -> Result<(), Error> { Ok(()) }
/// #     fn offers() -> Offers<()> { Offers::new() }
/// # }
/// // #[test]
/// fn terraform_accepts_every_schema() {
///     assert_eq!(Shop::offers().check(), Ok(()));
/// }
/// # terraform_accepts_every_schema();
/// ```
pub struct Offers<P: 'static> {
    pub(crate) resources: Table<dyn ErasedResource<P>>,
    pub(crate) data_sources: Table<dyn ErasedDataSource<P>>,
    pub(crate) ephemeral_resources: Table<dyn ErasedEphemeralResource<P>>,
    pub(crate) list_resources: Table<dyn ErasedListResource<P>>,
    pub(crate) actions: Table<dyn ErasedAction<P>>,
    pub(crate) functions: Table<dyn ErasedFunction>,
}

/// Carries the author's type where tables have trait objects.
struct Erased<T>(PhantomData<fn() -> T>);

impl<P: Send + Sync + 'static> Offers<P> {
    /// An empty list.
    pub fn new() -> Self {
        Self {
            resources: Table::default(),
            data_sources: Table::default(),
            ephemeral_resources: Table::default(),
            list_resources: Table::default(),
            actions: Table::default(),
            functions: Table::default(),
        }
    }

    /// Adds a managed resource. Its name begins with the provider's local name and `_`: from that prefix
    /// Terraform finds the provider of a `resource` block.
    ///
    /// Does not compile for a schema with a version other than 0 while [`Resource::CAPABILITIES`] has no
    /// upgrade: every state of an older version would be rejected.
    #[must_use]
    pub fn resource<R: Resource<Provider = P>>(mut self) -> Self {
        const {
            assert!(
                R::VERSION == 0 || R::CAPABILITIES.functions.upgrade.is_some(),
                "a resource with a version other than 0 needs `UpgradeResource`, and `.upgrade()` in its CAPABILITIES"
            );
        }
        self.resources.add(Box::new(Erased::<R>(PhantomData)));
        self
    }

    /// Adds a data source. Its name has the same prefix as a resource's, and may equal that of a resource.
    #[must_use]
    pub fn data_source<D: DataSource<Provider = P>>(mut self) -> Self {
        self.data_sources.add(Box::new(Erased::<D>(PhantomData)));
        self
    }

    /// Adds an ephemeral resource. Its name has the same prefix as a resource's, and may equal that of a resource or a
    /// data source.
    #[must_use]
    pub fn ephemeral_resource<E: EphemeralResource<Provider = P>>(mut self) -> Self {
        self.ephemeral_resources.add(Box::new(Erased::<E>(PhantomData)));
        self
    }

    /// Adds a list resource. Its name is that of its resource, which is offered too and has an identity.
    #[must_use]
    pub fn list_resource<L>(mut self) -> Self
    where
        L: ListResource,
        L::Resource: Resource<Provider = P>,
    {
        self.list_resources.add(Box::new(Erased::<L>(PhantomData)));
        self
    }

    /// Adds an action. Its name has the same prefix as a resource's.
    #[must_use]
    pub fn action<A: Action<Provider = P>>(mut self) -> Self {
        self.actions.add(Box::new(Erased::<A>(PhantomData)));
        self
    }

    /// Adds a function. Its name has no prefix: users write `provider::LOCAL_NAME::NAME(…)`.
    #[must_use]
    pub fn function<F: Function>(mut self) -> Self {
        self.functions.add(Box::new(Erased::<F>(PhantomData)));
        self
    }
}

impl<P> Offers<P> {
    /// The schema of a resource by its name, for tests and tools.
    pub fn resource_schema(&self, name: &str) -> Option<&Block> {
        self.resources.get(name).ok().map(|offered| &offered.descriptor.block)
    }

    /// The schema of a data source by its name, for tests and tools.
    pub fn data_source_schema(&self, name: &str) -> Option<&Block> {
        self.data_sources.get(name).ok().map(|offered| &offered.descriptor.block)
    }

    /// Checks that everything has a name of its own, and a schema that Terraform accepts (core's
    /// `configschema.InternalValidate`). A provider's tests call this; Terraform receives the same errors
    /// when it requests the schema.
    ///
    /// # Errors
    /// One message for each fault.
    pub fn check(&self) -> Result<(), Error> {
        let Self { resources, data_sources, ephemeral_resources, list_resources, actions, functions } = self;
        let faults = [
            resources.faults(),
            data_sources.faults(),
            ephemeral_resources.faults(),
            list_resources.faults(),
            self.lists_without_identity(),
            actions.faults(),
            functions.faults(),
        ];
        Error::all(faults.into_iter().flatten().map(|fault| offer_fault(&fault))).map_or(Ok(()), Err)
    }
}

impl<P> Offers<P> {
    /// List resources of what core cannot identify.
    fn lists_without_identity(&self) -> Vec<String> {
        let has_identity = |name: &str| {
            self.resources.get(name).is_ok_and(|resource| resource.descriptor.identity.is_some())
        };
        let names = self.list_resources.iter().map(|list| list.descriptor.name);
        names
            .filter(|name| !has_identity(name))
            .map(|name| {
                format!("the list resource {name:?}: the provider offers no resource of this name with an identity")
            })
            .collect()
    }
}

impl<P: Send + Sync + 'static> Default for Offers<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> std::fmt::Debug for Offers<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { resources, data_sources, ephemeral_resources, list_resources, actions, functions } = self;
        f.debug_struct("Offers")
            .field("resources", resources)
            .field("data_sources", data_sources)
            .field("ephemeral_resources", ephemeral_resources)
            .field("list_resources", list_resources)
            .field("actions", actions)
            .field("functions", functions)
            .finish()
    }
}

/// A message about a fault of the provider that its users cannot remove.
pub(crate) fn offer_fault(fault: &str) -> Diagnostic {
    Diagnostic::error("Provider offers something broken", format!("{fault}. {PROVIDER_BUG}"))
}
