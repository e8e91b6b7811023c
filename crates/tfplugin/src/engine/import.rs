//! ImportResourceState: what exists already, found by its id or its identity. Core reads it again right after.

use super::{
    identity,
    object::Object,
    operation::{CallScope, caught, finished},
    read::storable,
};
use crate::{
    capabilities::Import,
    diagnostics::{Diagnostics, Error},
    identity::is_missing,
    offers::OfferedResource,
    private::Private,
    value::Value,
};

/// An object that was found.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) state: Value,
    pub(crate) private: Private,
    pub(crate) identity: Value,
    pub(crate) messages: Diagnostics,
}

/// Finds an object.
pub(crate) async fn import<P>(
    resource: &OfferedResource<P>,
    from: Import,
    scope: CallScope<P>,
) -> Result<Imported, Error> {
    let import = resource.code.capabilities().import.ok_or_else(|| not_importable(resource))?;
    let given = given_identity(resource, &from)?;
    let call = scope.call.clone();
    let context = scope.context(resource.code.timeout())?;
    let outcome = caught(&call, import(from, &context)).await;
    let (found, mut output) = finished(&context, outcome)?;
    let state = storable(Object::from(&resource.descriptor.block), found)?;
    identity::mark_imported(resource, &mut output.private);
    // Core requires one of what was imported by one.
    let found = identity::of_state(resource, &state);
    let identity = if found.is_null() { given } else { found };
    Ok(Imported { state, private: output.private, identity, messages: output.messages })
}

/// The identity in the request, null for an id. Core checks it; other hosts may not.
fn given_identity<P>(resource: &OfferedResource<P>, from: &Import) -> Result<Value, Error> {
    let Import::Identity(given) = from else { return Ok(Value::Null) };
    let name = resource.descriptor.name;
    let Some(identity) = &resource.descriptor.identity else {
        return Err(Error::new(
            "Import by identity is not supported",
            format!("A {name} is imported by its id. Write `id = …` in the import block."),
        ));
    };
    let missing: Vec<_> = identity
        .attributes
        .iter()
        .filter(|attribute| attribute.required && is_missing(given.value(attribute.name)))
        .map(|attribute| format!("`{}`", attribute.name))
        .collect();
    if missing.is_empty() && given.attributes().is_wholly_known() {
        return Ok(given.attributes().clone());
    }
    Err(Error::new(
        "Identity is incomplete",
        format!(
            "The identity of a {name} to import needs {}. Set a known value that is not empty for it in the `identity` of the import block.",
            if missing.is_empty() { "known values".to_owned() } else { missing.join(", ") }
        ),
    ))
}

/// The type has no import.
fn not_importable<P>(resource: &OfferedResource<P>) -> Error {
    Error::new(
        format!("{} cannot be imported", resource.descriptor.name),
        "Resources of this type are created by an apply only. Remove the `import` block, or do not run `import` for it.",
    )
}
