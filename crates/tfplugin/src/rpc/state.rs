//! Stored state: upgraded to the current schema, or moved from another type.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{RawState, move_resource_state, upgrade_resource_state};

use super::{identity, wire};
use crate::{
    capabilities::MoveSource,
    diagnostics::{Diagnostics, Error},
    engine::{identity as identities, instance::Instance, operation::RpcCall, upgrade as upgrades},
    provider::Provider,
    stored_state::StoredState,
    value::Value,
};

pub(super) async fn upgrade<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: upgrade_resource_state::Request,
    _call: RpcCall,
) -> Result<upgrade_resource_state::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let stored = stored_json(request.raw_state)?;
    let state = if stored.is_empty() {
        Value::Null
    } else {
        upgrades::upgrade(resource, request.version, &StoredState::from_json(stored))?
    };
    Ok(upgrade_resource_state::Response {
        upgraded_state: wire::dynamic(&state, &resource.value_type)?,
        ..upgrade_resource_state::Response::default()
    })
}

pub(super) async fn move_state<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: move_resource_state::Request,
    _call: RpcCall,
) -> Result<move_resource_state::Response, Error> {
    let resource = instance.offers().resources.get(&request.target_type_name)?;
    let source = MoveSource {
        provider: request.source_provider_address,
        type_name: request.source_type_name.clone(),
        version: request.source_schema_version,
        state: StoredState::from_json(stored_json(request.source_state)?),
    };
    let mut report = Diagnostics::default();
    let state = upgrades::move_from(resource, &source, &mut report)?;
    if let (true, Some(error)) = (report.has_errors(), Error::all(report.clone())) {
        return Err(error);
    }
    // Private state is this framework's own only if the type is the same.
    let is_same_type = source.type_name == request.target_type_name;
    Ok(move_resource_state::Response {
        target_state: wire::dynamic(&state, &resource.value_type)?,
        target_private: if is_same_type { request.source_private } else { Vec::new() },
        target_identity: identity::data(resource, &identities::of_state(resource, &state))?,
        diagnostics: wire::diagnostics(report),
    })
}

fn stored_json(stored: Option<RawState>) -> Result<Vec<u8>, Error> {
    let stored = stored.unwrap_or_default();
    if stored.flatmap.is_empty() {
        return Ok(stored.json);
    }
    Err(Error::new(
        "State is too old",
        "It was written by Terraform 0.11 or older, before this provider existed. Nothing was changed. Take the \
         object out of the state (`terraform state rm`) and import it again.",
    ))
}
