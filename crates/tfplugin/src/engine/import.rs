//! ImportResourceState: what exists already, found by its id. Core reads it again right after.

use super::{
    catalog::Managed,
    object::Object,
    operation::{CallScope, caught},
    read::storable,
};
use crate::{
    diagnostics::{Diagnostics, Error},
    private::Private,
    resource::Import,
    value::Value,
};

/// An object that was found.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) state: Value,
    pub(crate) private: Private,
    pub(crate) messages: Diagnostics,
}

/// Finds an object.
pub(crate) async fn import<P>(
    resource: &Managed<P>,
    from: Import,
    around: CallScope<P>,
) -> Result<Imported, Error> {
    let call = around.call.clone();
    let context = around.context(resource.code.timeout())?;
    let found = caught(&call, resource.code.import(from, &context)).await?;
    let noted = context.take_noted();
    let state = storable(Object::from(&resource.about.block), found)?;
    Ok(Imported { state, private: noted.private, messages: noted.messages })
}
