//! UpgradeResourceState and MoveResourceState: stored state in the form of the current schema. Hosts request the first for every object
//! before anything else, without the provider's configuration, so that neither sends a request.
//!
//! Attributes that the schema no longer has are dropped, and new ones are null: neither needs another version.

use std::cmp::Ordering;

use super::{object::Object, transform};
use crate::{
    capabilities::MoveSource,
    diagnostics::{Diagnostics, Error},
    offers::OfferedResource,
    stored_state::StoredState,
    value::{Value, json},
};

/// The current form of a stored state.
pub(crate) fn upgrade<P>(
    resource: &OfferedResource<P>,
    version: i64,
    stored: &StoredState,
) -> Result<Value, Error> {
    let descriptor = &resource.descriptor;
    match (version.cmp(&descriptor.version), resource.code.capabilities().upgrade) {
        (Ordering::Equal, _) => read(resource, stored),
        (Ordering::Less, Some(upgrade)) if version >= 0 => Ok(current(resource, upgrade(version, stored)?)),
        _ => Err(Error::new(
            "State has another version",
            format!(
                "The state of this {} has version {version}, and this version of the provider knows version {} only. \
                 Nothing was changed. Use the version of the provider that wrote the state.",
                descriptor.name, descriptor.version
            ),
        )),
    }
}

/// The state of an object that was of another type, or of the same type of a provider with another address: then it is upgraded.
pub(crate) fn move_from<P>(
    resource: &OfferedResource<P>,
    source: &MoveSource,
    report: &mut Diagnostics,
) -> Result<Value, Error> {
    if source.type_name == resource.descriptor.name {
        return upgrade(resource, source.version, &source.state);
    }
    let moved = match resource.code.capabilities().move_from {
        Some(move_from) => move_from(source, report)?,
        None => None,
    };
    moved.map(|state| current(resource, state)).ok_or_else(|| {
        Error::new(
            "Cannot move from another resource type",
            format!(
                "A {} cannot become a {}: the provider does not know how. Nothing was changed. Remove the `moved` block; \
                 take the old object out of the state with a `removed` block, and import it under its new type.",
                source.type_name, resource.descriptor.name
            ),
        )
    })
}

/// The value of stored JSON that has the current version.
fn read<P>(resource: &OfferedResource<P>, stored: &StoredState) -> Result<Value, Error> {
    let state = json::decode(stored.json(), &resource.value_type).map_err(|error| {
        Error::new(
            "State cannot be read",
            format!(
                "The state of this {} does not fit its schema: {error}. It was edited, or written by another program. \
                 Nothing was changed. Take the object out of the state (`terraform state rm`) and import it again.",
                resource.descriptor.name
            ),
        )
    })?;
    Ok(current(resource, state))
}

/// A value in the form that a state must have. What an upgrade leaves unknown is null until the next refresh.
fn current<P>(resource: &OfferedResource<P>, state: Value) -> Value {
    let object = Object::from(&resource.descriptor.block);
    let state = transform::unknown_to_null(state);
    transform::with_empty_blocks(object, transform::without_write_only(object, state))
}
