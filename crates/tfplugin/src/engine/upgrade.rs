//! UpgradeResourceState: stored state made fit for the current schema. Called on every read of state; never asks an API.
//!
//! Attributes that the schema no longer has are dropped, and new ones are null: that is no change of version. State of older
//! versions is refused until there is a schema with an older version; its migrations belong at the start of [`upgrade`].

use super::{catalog::Managed, object::Object, transform};
use crate::{
    diagnostics::Error,
    value::{Value, json},
};

/// The current form of a stored state.
pub(crate) fn upgrade<P>(resource: &Managed<P>, version: i64, stored: &[u8]) -> Result<Value, Error> {
    let about = &resource.about;
    if version != about.version {
        return Err(Error::new(
            "State has another version",
            format!(
                "The state of this {} has version {version}, and this version of the provider knows version {} only. \
                 Nothing was changed. Use the version of the provider that wrote the state.",
                about.name, about.version
            ),
        ));
    }
    let state = json::decode(stored, &resource.value_type).map_err(|error| {
        Error::new(
            "State cannot be read",
            format!(
                "The state of this {} does not fit its schema: {error} (at {}). It was edited, or written by another program. \
                 Nothing was changed. Take the object out of the state (`terraform state rm`) and import it again.",
                about.name, error.path
            ),
        )
    })?;
    let object = Object::from(&about.block);
    Ok(transform::with_empty_blocks(object, transform::without_write_only(object, state)))
}
