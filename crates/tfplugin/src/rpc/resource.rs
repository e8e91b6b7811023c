//! The life of managed resources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    ClientCapabilities, apply_resource_change, import_resource_state, plan_resource_change, read_resource,
    validate_resource_config,
};
use tracing::Instrument;

use super::wire;
use crate::{
    diagnostics::Error,
    engine::{
        apply, import as imports,
        operation::{self, Call, CallScope},
        plan as plans, read as reads,
        session::Session,
        validate as validation,
    },
    private::Private,
    provider::Provider,
    resource::Import,
};

pub(super) async fn validate<P: Provider>(
    session: &Arc<Session<P>>,
    request: validate_resource_config::Request,
    _call: Call,
) -> Result<validate_resource_config::Response, Error> {
    let resource = session.catalog().resource(&request.type_name)?;
    let config = wire::value(request.config, &resource.value_type)?;
    let write_only = match request.client_capabilities {
        Some(ClientCapabilities { write_only_attributes_allowed: true, .. }) => {
            validation::WriteOnly::Allowed
        }
        _ => validation::WriteOnly::Refused,
    };
    let report = validation::check(&resource.about.block, &config, write_only, |config, report| {
        resource.code.validate(config, report)
    });
    Ok(validate_resource_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn read<P: Provider>(
    session: &Arc<Session<P>>,
    request: read_resource::Request,
    call: Call,
) -> Result<read_resource::Response, Error> {
    let resource = session.catalog().resource(&request.type_name)?;
    let state = wire::value(request.current_state, &resource.value_type)?;
    let around = scope(session, call, &request.private);
    let warning = |error: &Error| session.unknown_configuration_warning(error);
    let refreshed = reads::read(resource, state, around, warning).await?;
    Ok(read_resource::Response {
        new_state: wire::dynamic(&refreshed.state, &resource.value_type)?,
        private: refreshed.private.to_bytes(),
        diagnostics: wire::diagnostics(refreshed.messages),
        ..read_resource::Response::default()
    })
}

pub(super) async fn plan<P: Provider>(
    session: &Arc<Session<P>>,
    request: plan_resource_change::Request,
    call: Call,
) -> Result<plan_resource_change::Response, Error> {
    let resource = session.catalog().resource(&request.type_name)?;
    let proposal = plans::Proposal {
        prior: wire::value(request.prior_state, &resource.value_type)?,
        proposed: wire::value(request.proposed_new_state, &resource.value_type)?,
        config: wire::value(request.config, &resource.value_type)?,
        first_plan: Private::from_bytes(&request.planned_private),
    };
    let planned = plans::plan(resource, proposal, scope(session, call, &request.prior_private)).await?;
    Ok(plan_resource_change::Response {
        planned_state: wire::dynamic(&planned.state, &resource.value_type)?,
        requires_replace: planned.replace.iter().map(wire::path).collect(),
        planned_private: planned.private.to_bytes(),
        diagnostics: wire::diagnostics(planned.messages),
        ..plan_resource_change::Response::default()
    })
}

pub(super) async fn apply<P: Provider>(
    session: &Arc<Session<P>>,
    request: apply_resource_change::Request,
    call: Call,
) -> Result<apply_resource_change::Response, Error> {
    // What stays when not even the call can be read.
    let (prior, private) = (request.prior_state.clone(), request.planned_private.clone());
    let session = Arc::clone(session);
    let (task_call, request_type) = (call.clone(), request.type_name.clone());
    // In a task of its own: a host that gives up must not leave an object half made and unheard of.
    let task = tokio::spawn(
        async move {
            let _unfinished = session.hold();
            let outcome = applied(&session, request, task_call.clone()).await;
            tracing::debug!(target: "tfplugin::rpc", type_name = request_type, "apply is done");
            outcome
        }
        .in_current_span(),
    );
    let outcome = match task.await {
        Ok(outcome) => outcome,
        Err(error) => Err(operation::task_failed(&call, error)),
    };
    Ok(outcome.unwrap_or_else(|error| apply_resource_change::Response {
        new_state: prior,
        private,
        diagnostics: wire::diagnostics(error.into_messages()),
        ..apply_resource_change::Response::default()
    }))
}

async fn applied<P: Provider>(
    session: &Arc<Session<P>>,
    request: apply_resource_change::Request,
    call: Call,
) -> Result<apply_resource_change::Response, Error> {
    let resource = session.catalog().resource(&request.type_name)?;
    let change = apply::Change {
        prior: wire::value(request.prior_state, &resource.value_type)?,
        planned: wire::value(request.planned_state, &resource.value_type)?,
        config: wire::value(request.config, &resource.value_type)?,
    };
    let applied = apply::apply(resource, change, scope(session, call, &request.planned_private)).await;
    Ok(apply_resource_change::Response {
        new_state: wire::dynamic(&applied.state, &resource.value_type)?,
        private: applied.private.to_bytes(),
        diagnostics: wire::diagnostics(applied.messages),
        ..apply_resource_change::Response::default()
    })
}

pub(super) async fn import<P: Provider>(
    session: &Arc<Session<P>>,
    request: import_resource_state::Request,
    call: Call,
) -> Result<import_resource_state::Response, Error> {
    let resource = session.catalog().resource(&request.type_name)?;
    if request.identity.is_some() {
        return Err(Error::new(
            "Import by identity is not supported",
            format!("A {} is imported by its id. Write `id = …` in the import block.", request.type_name),
        ));
    }
    let around = scope(session, call, &[]);
    let imported = imports::import(resource, Import::Id(request.id), around).await?;
    let found = import_resource_state::ImportedResource {
        type_name: request.type_name,
        state: wire::dynamic(&imported.state, &resource.value_type)?,
        private: imported.private.to_bytes(),
        ..import_resource_state::ImportedResource::default()
    };
    Ok(import_resource_state::Response {
        imported_resources: vec![found],
        diagnostics: wire::diagnostics(imported.messages),
        ..import_resource_state::Response::default()
    })
}

fn scope<P: Provider>(session: &Session<P>, call: Call, private: &[u8]) -> CallScope<P::Data> {
    CallScope {
        call,
        provider: session.provider(),
        stopped: session.stopped(),
        private: Private::from_bytes(private),
    }
}
