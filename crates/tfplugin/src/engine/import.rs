//! ImportResourceState: what exists already, found by its id. Core reads it again right after.

use super::{
    object::Object,
    operation::{CallScope, caught},
    read::storable,
};
use crate::{
    capabilities::Import,
    diagnostics::{Diagnostics, Error},
    offers::OfferedResource,
    private::Private,
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
    resource: &OfferedResource<P>,
    from: Import,
    scope: CallScope<P>,
) -> Result<Imported, Error> {
    let import = resource.code.capabilities().import.ok_or_else(|| not_importable(resource))?;
    let call = scope.call.clone();
    let context = scope.context(resource.code.timeout())?;
    let found = caught(&call, import(from, &context)).await?;
    let output = context.take_output();
    let state = storable(Object::from(&resource.descriptor.block), found)?;
    Ok(Imported { state, private: output.private, messages: output.messages })
}

/// The type has no import.
fn not_importable<P>(resource: &OfferedResource<P>) -> Error {
    Error::new(
        format!("{} cannot be imported", resource.descriptor.name),
        "Resources of this type are created by an apply only. Remove the `import` block, or do not run `import` for it.",
    )
}
