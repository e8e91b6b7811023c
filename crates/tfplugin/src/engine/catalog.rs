//! All that a provider offers, by name, with its schema worked out once.

use std::collections::BTreeMap;

use super::erased::{Descriptor, ErasedDataSource, ErasedFunction, ErasedResource};
use crate::{diagnostics::Error, provider::Offers, value::Type};

/// Something offered, with its schema.
pub(crate) struct Offered<T: ?Sized> {
    pub(crate) about: Descriptor,
    pub(crate) value_type: Type,
    pub(crate) code: Box<T>,
}

/// A managed resource.
pub(crate) type Managed<P> = Offered<dyn ErasedResource<P>>;
/// A data source.
pub(crate) type Data<P> = Offered<dyn ErasedDataSource<P>>;
/// A function.
pub(crate) type Callable = Offered<dyn ErasedFunction>;

/// The tables.
pub(crate) struct Catalog<P> {
    pub(crate) resources: BTreeMap<&'static str, Managed<P>>,
    pub(crate) data_sources: BTreeMap<&'static str, Data<P>>,
    pub(crate) functions: BTreeMap<&'static str, Callable>,
    /// What is wrong with the offers themselves, if anything.
    pub(crate) complaint: Option<Error>,
}

impl<P> Catalog<P> {
    pub(crate) fn new(offers: Offers<P>) -> Self {
        let complaint = offers.check().err();
        Self {
            resources: table(offers.resources, ErasedResource::about),
            data_sources: table(offers.data_sources, ErasedDataSource::about),
            functions: table(offers.functions, ErasedFunction::about),
            complaint,
        }
    }

    pub(crate) fn resource(&self, name: &str) -> Result<&Managed<P>, Error> {
        self.resources.get(name).ok_or_else(|| not_offered("resource", name))
    }

    pub(crate) fn data_source(&self, name: &str) -> Result<&Data<P>, Error> {
        self.data_sources.get(name).ok_or_else(|| not_offered("data source", name))
    }

    pub(crate) fn function(&self, name: &str) -> Result<&Callable, Error> {
        self.functions.get(name).ok_or_else(|| not_offered("function", name))
    }
}

fn table<T: ?Sized>(
    codes: Vec<Box<T>>,
    about: impl Fn(&T) -> Descriptor,
) -> BTreeMap<&'static str, Offered<T>> {
    codes
        .into_iter()
        .map(|code| {
            let about = about(&code);
            (about.name, Offered { value_type: about.block.value_type(), about, code })
        })
        .collect()
}

fn not_offered(kind: &str, name: &str) -> Error {
    Error::new(
        format!("Unknown {kind}"),
        format!(
            "This version of the provider has no {kind} {name:?}. Check the spelling, or use a version that has it \
             (`terraform init -upgrade`)."
        ),
    )
}
