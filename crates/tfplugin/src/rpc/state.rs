//! Stored state: upgraded to the current schema, or moved from another type.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{RawState, move_resource_state, upgrade_resource_state};

use super::wire;
use crate::{
    capabilities::{MoveSource, StoredState},
    diagnostics::Error,
    engine::{instance::Instance, operation::RpcCall, upgrade as upgrades},
    provider::Provider,
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
        type_name: request.source_type_name,
        version: request.source_schema_version,
        state: StoredState::from_json(stored_json(request.source_state)?),
    };
    let state = upgrades::move_from(resource, &source)?;
    Ok(move_resource_state::Response {
        target_state: wire::dynamic(&state, &resource.value_type)?,
        ..move_resource_state::Response::default()
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
