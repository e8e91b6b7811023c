//! Managed resources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    ClientCapabilities, apply_resource_change, get_metadata, get_provider_schema, import_resource_state,
    plan_resource_change, read_resource, validate_resource_config,
};

use super::{
    call::in_a_task, identity, provider::Advertised, schema as to_wire, scope::scope as call_scope, wire,
};
use crate::{
    capabilities::Import,
    diagnostics::Error,
    engine::{
        apply, identity as identities, import as imports,
        instance::Instance,
        late_replacement,
        operation::{CallScope, RpcCall},
        plan as plans, read as reads, validate as validation,
    },
    identity::GivenIdentity,
    offers::{ErasedResource, Table},
    private::Private,
    provider::Provider,
};

impl<P> Advertised for Table<dyn ErasedResource<P>> {
    fn add_metadata(&self, response: &mut get_metadata::Response) {
        let names = self.iter().map(|offered| offered.descriptor.name.to_owned());
        response.resources = names.map(|type_name| get_metadata::ResourceMetadata { type_name }).collect();
    }

    fn add_schemas(&self, response: &mut get_provider_schema::Response) {
        response.resource_schemas = self.iter().map(|offered| to_wire::named(&offered.descriptor)).collect();
    }
}

pub(super) async fn validate<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: validate_resource_config::Request,
    _call: RpcCall,
) -> Result<validate_resource_config::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let config = wire::value(request.config, &resource.value_type)?;
    let write_only = match request.client_capabilities {
        Some(ClientCapabilities { write_only_attributes_allowed: true, .. }) => {
            validation::WriteOnly::Allowed
        }
        _ => validation::WriteOnly::Refused,
    };
    let report = validation::check(&resource.descriptor.block, &config, write_only, |config, report| {
        resource.code.validate(config, report)
    });
    Ok(validate_resource_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn read<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: read_resource::Request,
    call: RpcCall,
) -> Result<read_resource::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let state = wire::value(request.current_state, &resource.value_type)?;
    let scope = scope(instance, call, request.client_capabilities.as_ref(), &request.private);
    let warning = |error: &Error| instance.unknown_configuration_warning(error);
    let identity = identity::stored(resource, request.current_identity)?;
    let refreshed = reads::read(resource, state, &identity, scope, warning).await?;
    Ok(read_resource::Response {
        new_state: wire::dynamic(&refreshed.state, &resource.value_type)?,
        private: refreshed.private.to_bytes(),
        new_identity: identity::data(resource, &refreshed.identity)?,
        diagnostics: wire::diagnostics(refreshed.messages),
        deferred: refreshed.deferred.map(wire::deferred),
    })
}

pub(super) async fn plan<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: plan_resource_change::Request,
    call: RpcCall,
) -> Result<plan_resource_change::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let proposal = plans::Proposal {
        prior: wire::value(request.prior_state, &resource.value_type)?,
        proposed: wire::value(request.proposed_new_state, &resource.value_type)?,
        config: wire::value(request.config, &resource.value_type)?,
        planned_private: Private::from_bytes(&request.planned_private),
        stores_planned_private: request.client_capabilities.is_some_and(|can| can.store_planned_private),
        identity: identity::stored(resource, request.prior_identity)?,
    };
    let scope = scope(instance, call, request.client_capabilities.as_ref(), &request.prior_private);
    let planned = plans::plan(resource, proposal, scope).await?;
    Ok(plan_resource_change::Response {
        planned_state: wire::dynamic(&planned.state, &resource.value_type)?,
        requires_replace: planned.replace.iter().map(wire::path).collect(),
        planned_private: planned.private.to_bytes(),
        planned_identity: identity::data(resource, &planned.identity)?,
        diagnostics: wire::diagnostics(planned.messages),
        deferred: planned.deferred.map(wire::deferred),
        ..plan_resource_change::Response::default()
    })
}

pub(super) async fn apply<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: apply_resource_change::Request,
    call: RpcCall,
) -> Result<apply_resource_change::Response, Error> {
    // What stays when not even the call can be read.
    let (prior, private) = (request.prior_state.clone(), request.planned_private.clone());
    let identity = request.planned_identity.clone();
    let instance = Arc::clone(instance);
    let (task_call, request_type) = (call.clone(), request.type_name.clone());
    let outcome = in_a_task(Arc::clone(&instance), call, async move {
        let outcome = applied(&instance, request, task_call).await;
        tracing::debug!(target: "tfplugin::rpc", type_name = request_type, "apply is done");
        outcome
    })
    .await;
    Ok(outcome.unwrap_or_else(|error| apply_resource_change::Response {
        new_state: prior,
        private,
        new_identity: identity,
        diagnostics: wire::diagnostics(error.into_messages()),
        ..apply_resource_change::Response::default()
    }))
}

async fn applied<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: apply_resource_change::Request,
    call: RpcCall,
) -> Result<apply_resource_change::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let change = apply::Change {
        prior: wire::value(request.prior_state, &resource.value_type)?,
        planned: wire::value(request.planned_state, &resource.value_type)?,
        config: wire::value(request.config, &resource.value_type)?,
    };
    let scope = scope(instance, call, None, &request.planned_private);
    let applied = late_replacement::apply(resource, change, scope).await;
    Ok(apply_resource_change::Response {
        new_state: wire::dynamic(&applied.state, &resource.value_type)?,
        private: applied.private.to_bytes(),
        new_identity: identity::data(resource, &identities::of_state(resource, &applied.state))?,
        diagnostics: wire::diagnostics(applied.messages),
        ..apply_resource_change::Response::default()
    })
}

pub(super) async fn import<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: import_resource_state::Request,
    call: RpcCall,
) -> Result<import_resource_state::Response, Error> {
    let resource = instance.offers().resources.get(&request.type_name)?;
    let from = match request.identity {
        Some(given) => Import::Identity(GivenIdentity::new(identity::stored(resource, Some(given))?)),
        None => Import::Id(request.id),
    };
    let scope = call_scope(instance, call, request.client_capabilities.as_ref());
    let imported = match imports::import(resource, from, scope.clone()).await {
        Ok(imported) => imported,
        Err(error) => {
            let (deferral, warnings) = scope.deferred(error)?;
            return Ok(import_resource_state::Response {
                deferred: Some(wire::deferred(deferral)),
                diagnostics: wire::diagnostics(warnings),
                ..import_resource_state::Response::default()
            });
        }
    };
    let found = import_resource_state::ImportedResource {
        type_name: request.type_name,
        state: wire::dynamic(&imported.state, &resource.value_type)?,
        private: imported.private.to_bytes(),
        identity: identity::data(resource, &imported.identity)?,
    };
    Ok(import_resource_state::Response {
        imported_resources: vec![found],
        diagnostics: wire::diagnostics(imported.messages),
        ..import_resource_state::Response::default()
    })
}

/// The scope of a call about an object with this private state.
fn scope<P: Provider>(
    instance: &Instance<P>,
    call: RpcCall,
    host: Option<&ClientCapabilities>,
    private: &[u8],
) -> CallScope<P::Data> {
    CallScope { private: Private::from_bytes(private), ..call_scope(instance, call, host) }
}
