//! Ephemeral resources. Each operation runs in a task of its own: a host that gives up must not leave one half open, or half closed.

use std::{sync::Arc, time::SystemTime};

use tfplugin_proto::tfplugin6::{
    close_ephemeral_resource, get_metadata, get_provider_schema, open_ephemeral_resource,
    renew_ephemeral_resource, validate_ephemeral_resource_config,
};

use super::{call::in_a_task, provider::Advertised, schema as to_wire, scope::scope, wire};
use crate::{
    diagnostics::Error,
    engine::{
        closing,
        ephemeral::{self as engine, Held},
        instance::Instance,
        operation::RpcCall,
        validate as validation,
    },
    offers::{ErasedEphemeralResource, Table},
    provider::Provider,
    value::Value,
};

impl<P> Advertised for Table<dyn ErasedEphemeralResource<P>> {
    fn add_metadata(&self, response: &mut get_metadata::Response) {
        let names = self.iter().map(|offered| offered.descriptor.name.to_owned());
        response.ephemeral_resources =
            names.map(|type_name| get_metadata::EphemeralMetadata { type_name }).collect();
    }

    fn add_schemas(&self, response: &mut get_provider_schema::Response) {
        response.ephemeral_resource_schemas =
            self.iter().map(|offered| to_wire::named(&offered.descriptor)).collect();
    }
}

pub(super) async fn validate<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: validate_ephemeral_resource_config::Request,
    _call: RpcCall,
) -> Result<validate_ephemeral_resource_config::Response, Error> {
    let resource = instance.offers().ephemeral_resources.get(&request.type_name)?;
    let config = wire::value(request.config, &resource.value_type)?;
    let allowed = validation::WriteOnly::Allowed;
    let report = validation::check(&resource.descriptor.block, &config, allowed, |config, report| {
        resource.code.validate(config, report)
    });
    Ok(validate_ephemeral_resource_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn open<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: open_ephemeral_resource::Request,
    call: RpcCall,
) -> Result<open_ephemeral_resource::Response, Error> {
    let instance = Arc::clone(instance);
    in_a_task(Arc::clone(&instance), call.clone(), async move {
        let resource = instance.offers().ephemeral_resources.get(&request.type_name)?;
        let config = wire::value(request.config, &resource.value_type)?;
        let number = instance.open_resources().next_number();
        let scope = scope(&instance, call.clone(), request.client_capabilities.as_ref());
        let opened = match engine::open(resource, &config, number, scope.clone()).await {
            Ok(opened) => opened,
            Err(error) => {
                let (deferral, warnings) = scope.deferred(error)?;
                return Ok(open_ephemeral_resource::Response {
                    result: wire::dynamic(&Value::Unknown, &resource.value_type)?,
                    deferred: Some(wire::deferred(deferral)),
                    diagnostics: wire::diagnostics(warnings),
                    ..open_ephemeral_resource::Response::default()
                });
            }
        };
        closing::keep(&instance, call, scope.provider?, opened.held.clone());
        Ok(open_ephemeral_resource::Response {
            result: wire::dynamic(&opened.result, &resource.value_type)?,
            renew_at: opened.renew_at.map(timestamp),
            private: Some(opened.held.to_bytes()),
            diagnostics: wire::diagnostics(opened.messages),
            ..open_ephemeral_resource::Response::default()
        })
    })
    .await
}

pub(super) async fn renew<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: renew_ephemeral_resource::Request,
    call: RpcCall,
) -> Result<renew_ephemeral_resource::Response, Error> {
    let instance = Arc::clone(instance);
    in_a_task(Arc::clone(&instance), call.clone(), async move {
        let resource = instance.offers().ephemeral_resources.get(&request.type_name)?;
        let held = Held::from_bytes(request.private.as_deref(), &call)?;
        let response = match engine::renew(resource, held, scope(&instance, call, None)).await {
            Ok(renewed) => renew_ephemeral_resource::Response {
                renew_at: renewed.renew_at.map(timestamp),
                private: Some(renewed.held.to_bytes()),
                diagnostics: wire::diagnostics(renewed.messages),
            },
            // OpenTofu keeps the private bytes of a failed renewal too, and the close needs them.
            Err(error) => renew_ephemeral_resource::Response {
                private: request.private,
                diagnostics: wire::diagnostics(error.into_messages()),
                ..renew_ephemeral_resource::Response::default()
            },
        };
        Ok(response)
    })
    .await
}

pub(super) async fn close<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: close_ephemeral_resource::Request,
    call: RpcCall,
) -> Result<close_ephemeral_resource::Response, Error> {
    let instance = Arc::clone(instance);
    in_a_task(Arc::clone(&instance), call.clone(), async move {
        let resource = instance.offers().ephemeral_resources.get(&request.type_name)?;
        let held = Held::from_bytes(request.private.as_deref(), &call)?;
        let messages = closing::close(&instance, resource, &held, scope(&instance, call, None)).await?;
        Ok(close_ephemeral_resource::Response { diagnostics: wire::diagnostics(messages) })
    })
    .await
}

fn timestamp(time: SystemTime) -> prost_types::Timestamp {
    time.into()
}

#[cfg(test)]
mod tests;
