//! What is offered of one kind, by name, with its schema built once.

use std::collections::BTreeMap;

use super::OfferedIdentity;
use crate::{
    diagnostics::Error,
    schema::{Block, Place, Schema, complaints},
    value::Type,
};

/// One kind of thing that a provider offers: implemented by its trait object.
pub(crate) trait Kind {
    /// The word for it in messages: `data source`.
    const NAME: &'static str;
    /// The rules for its schema.
    const PLACE: Place;

    /// Its name and schema.
    fn descriptor(&self) -> Descriptor;
}

/// Name and schema of something offered.
#[derive(Debug)]
pub(crate) struct Descriptor {
    pub(crate) name: &'static str,
    pub(crate) version: i64,
    pub(crate) block: Block,
    /// Of a resource that has one.
    pub(crate) identity: Option<OfferedIdentity>,
}

/// Something offered, with its schema.
pub(crate) struct Offered<T: ?Sized> {
    pub(crate) descriptor: Descriptor,
    pub(crate) value_type: Type,
    pub(crate) code: Box<T>,
}

/// All that is offered of one kind.
pub(crate) struct Table<T: ?Sized> {
    by_name: BTreeMap<&'static str, Offered<T>>,
    offered_twice: Vec<&'static str>,
}

impl Descriptor {
    /// Of an author's type.
    pub(crate) fn of<S: Schema>() -> Self {
        Self { name: S::NAME, version: S::VERSION, block: S::block(), identity: None }
    }
}

impl<T: ?Sized + Kind> Table<T> {
    pub(super) fn add(&mut self, code: Box<T>) {
        let descriptor = code.descriptor();
        let (name, value_type) = (descriptor.name, descriptor.block.value_type());
        if self.by_name.insert(name, Offered { descriptor, value_type, code }).is_some() {
            self.offered_twice.push(name);
        }
    }

    /// What Terraform requests by this name.
    pub(crate) fn get(&self, name: &str) -> Result<&Offered<T>, Error> {
        self.by_name.get(name).ok_or_else(|| {
            Error::new(
                format!("Unknown {}", T::NAME),
                format!(
                    "This version of the provider has no {} {name:?}. Check the spelling, or use a version that has it \
                     (`terraform init -upgrade`).",
                    T::NAME
                ),
            )
        })
    }

    /// Everything, in the order of names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Offered<T>> {
        self.by_name.values()
    }

    /// What Terraform would reject.
    pub(super) fn faults(&self) -> Vec<String> {
        let kind = T::NAME;
        let twice = self.offered_twice.iter().map(|name| format!("the {kind} {name:?} is offered twice"));
        let broken = self.iter().flat_map(
            |Offered { descriptor: Descriptor { name, block, identity, .. }, .. }| {
                let unnamed = name.is_empty().then(|| format!("a {kind} has no name"));
                let schema = complaints(block, T::PLACE).into_iter();
                let identity = identity.iter().flat_map(|identity| identity.faults().iter().cloned());
                let faults = schema.chain(identity);
                unnamed.into_iter().chain(faults.map(move |fault| format!("the {kind} {name:?}, {fault}")))
            },
        );
        twice.chain(broken).collect()
    }
}

impl<T: ?Sized> Default for Table<T> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new(), offered_twice: Vec::new() }
    }
}

impl<T: ?Sized> std::fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}
