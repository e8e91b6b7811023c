//! Actions.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    ActionSchema, Diagnostic, get_metadata, get_provider_schema,
    invoke_action::{
        self, Event,
        event::{Completed, Progress, Type},
    },
    plan_action, validate_action_config,
};
use tokio::sync::mpsc;

use super::{
    call::{Events, Refusable, in_a_task},
    provider::Advertised,
    schema as to_wire,
    scope::scope,
    wire,
};
use crate::{
    diagnostics::{Diagnostics, Error},
    engine::{action as engine, instance::Instance, operation::RpcCall, validate as validation},
    offers::{ErasedAction, Table},
    provider::Provider,
};

impl<P> Advertised for Table<dyn ErasedAction<P>> {
    fn add_metadata(&self, response: &mut get_metadata::Response) {
        let names = self.iter().map(|offered| offered.descriptor.name.to_owned());
        response.actions = names.map(|type_name| get_metadata::ActionMetadata { type_name }).collect();
    }

    fn add_schemas(&self, response: &mut get_provider_schema::Response) {
        response.action_schemas = self
            .iter()
            .map(|offered| {
                let (name, schema) = to_wire::named(&offered.descriptor);
                (name, ActionSchema { schema: Some(schema) })
            })
            .collect();
    }
}

impl Refusable for Event {
    fn refusal(error: Error) -> Self {
        completed(error.into())
    }

    fn diagnostics(&mut self) -> Option<&mut Vec<Diagnostic>> {
        match &mut self.r#type {
            Some(Type::Completed(Completed { diagnostics })) => Some(diagnostics),
            _ => None,
        }
    }
}

pub(super) async fn validate<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: validate_action_config::Request,
    _call: RpcCall,
) -> Result<validate_action_config::Response, Error> {
    let action = instance.offers().actions.get(&request.type_name)?;
    let config = wire::value(request.config, &action.value_type)?;
    let allowed = validation::WriteOnly::Allowed;
    let report = validation::check(&action.descriptor.block, &config, allowed, |config, report| {
        action.code.validate(config, report)
    });
    Ok(validate_action_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn plan<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: plan_action::Request,
    call: RpcCall,
) -> Result<plan_action::Response, Error> {
    let action = instance.offers().actions.get(&request.action_type)?;
    let config = wire::value(request.config, &action.value_type)?;
    let scope = scope(instance, call, request.client_capabilities.as_ref());
    match engine::plan(action, &config, scope.clone()).await {
        Ok(messages) => {
            Ok(plan_action::Response { diagnostics: wire::diagnostics(messages), deferred: None })
        }
        Err(error) => {
            let (deferral, warnings) = scope.deferred(error)?;
            Ok(plan_action::Response {
                deferred: Some(wire::deferred(deferral)),
                diagnostics: wire::diagnostics(warnings),
            })
        }
    }
}

/// Progress, and exactly one event at the end: core takes a stream without one as a success.
pub(super) async fn invoke<P: Provider>(
    instance: Arc<Instance<P>>,
    request: invoke_action::Request,
    call: RpcCall,
    events: Events<Event>,
) -> Result<(), Error> {
    let (sender, mut progress) = mpsc::channel(1);
    let (task_call, scope) = (call.clone(), scope(&instance, call.clone(), None));
    let work = in_a_task(Arc::clone(&instance), call, async move {
        let action = instance.offers().actions.get(&request.action_type)?;
        let config = wire::value(request.config, &action.value_type)?;
        let messages = engine::invoke(action, &config, sender, scope).await;
        tracing::debug!(target: "tfplugin::rpc", type_name = task_call.type_name, "action is done");
        Ok(messages)
    });
    // Ends when the work has dropped its sender.
    let report = async {
        while let Some(message) = progress.recv().await {
            let message = wire::printable(&message);
            events.send(Event { r#type: Some(Type::Progress(Progress { message })) }).await;
        }
    };
    let (outcome, ()) = tokio::join!(work, report);
    events.send(completed(outcome?)).await;
    Ok(())
}

fn completed(messages: Diagnostics) -> Event {
    Event { r#type: Some(Type::Completed(Completed { diagnostics: wire::diagnostics(messages) })) }
}
