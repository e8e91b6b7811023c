//! Stored state: brought up to the current schema. State of other types is refused.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{move_resource_state, upgrade_resource_state};

use super::wire;
use crate::{
    diagnostics::Error,
    engine::{operation::Call, session::Session, upgrade as upgrades},
    provider::Provider,
    value::Value,
};

pub(super) async fn upgrade<P: Provider>(
    session: &Arc<Session<P>>,
    request: upgrade_resource_state::Request,
    _call: Call,
) -> Result<upgrade_resource_state::Response, Error> {
    let resource = session.catalog().resource(&request.type_name)?;
    let stored = request.raw_state.unwrap_or_default();
    if !stored.flatmap.is_empty() {
        return Err(Error::new(
            "State is too old",
            "It was written by Terraform 0.11 or older, before this provider existed. Nothing was changed. Take the \
             object out of the state (`terraform state rm`) and import it again.",
        ));
    }
    let state = if stored.json.is_empty() {
        Value::Null
    } else {
        upgrades::upgrade(resource, request.version, &stored.json)?
    };
    Ok(upgrade_resource_state::Response {
        upgraded_state: wire::dynamic(&state, &resource.value_type)?,
        ..upgrade_resource_state::Response::default()
    })
}

pub(super) async fn refuse_move<P: Provider>(
    _session: &Arc<Session<P>>,
    request: move_resource_state::Request,
    _call: Call,
) -> Result<move_resource_state::Response, Error> {
    Err(Error::new(
        "Cannot move from another resource type",
        format!(
            "A {} cannot become a {}: the provider does not know how. Nothing was changed. Remove the `moved` block; \
             take the old object out of the state with a `removed` block, and import it under its new type.",
            request.source_type_name, request.target_type_name
        ),
    ))
}
