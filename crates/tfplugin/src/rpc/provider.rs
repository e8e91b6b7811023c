//! The provider itself: what it offers, its configuration, and stopping.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    ServerCapabilities, configure_provider, get_metadata, get_provider_schema, stop_provider,
    validate_provider_config,
};

use super::{schema as to_wire, wire};
use crate::{
    diagnostics::Error,
    engine::{configure as engine, instance::Instance, operation::RpcCall},
    offers::Offers,
    provider::Provider,
};

/// What one kind of thing adds to the responses about the whole provider.
pub(super) trait Advertised {
    fn add_metadata(&self, response: &mut get_metadata::Response);
    fn add_schemas(&self, response: &mut get_provider_schema::Response);
}

/// Every kind of thing that can be offered.
fn kinds<P: 'static>(offers: &Offers<P>) -> [&dyn Advertised; 6] {
    let Offers { resources, data_sources, ephemeral_resources, list_resources, actions, functions } = offers;
    [resources, data_sources, ephemeral_resources, list_resources, actions, functions]
}

pub(super) async fn metadata<P: Provider>(
    instance: &Arc<Instance<P>>,
    _request: get_metadata::Request,
    _call: RpcCall,
) -> Result<get_metadata::Response, Error> {
    let offers = instance.offers();
    let mut response = get_metadata::Response {
        server_capabilities: Some(capabilities(offers)),
        ..get_metadata::Response::default()
    };
    for kind in kinds(offers) {
        kind.add_metadata(&mut response);
    }
    Ok(response)
}

pub(super) async fn schema<P: Provider>(
    instance: &Arc<Instance<P>>,
    _request: get_provider_schema::Request,
    _call: RpcCall,
) -> Result<get_provider_schema::Response, Error> {
    let offers = instance.offers();
    engine::check_offers::<P>(offers)?;
    let mut response = get_provider_schema::Response {
        provider: Some(to_wire::versioned(&P::block(), P::VERSION)),
        server_capabilities: Some(capabilities(offers)),
        ..get_provider_schema::Response::default()
    };
    for kind in kinds(offers) {
        kind.add_schemas(&mut response);
    }
    Ok(response)
}

pub(super) async fn validate<P: Provider>(
    _instance: &Arc<Instance<P>>,
    request: validate_provider_config::Request,
    _call: RpcCall,
) -> Result<validate_provider_config::Response, Error> {
    let config = wire::value(request.config, &P::block().value_type())?;
    Ok(validate_provider_config::Response { diagnostics: wire::diagnostics(engine::validate::<P>(&config)) })
}

pub(super) async fn configure<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: configure_provider::Request,
    call: RpcCall,
) -> Result<configure_provider::Response, Error> {
    let config = wire::value(request.config, &P::block().value_type())?;
    engine::configure(instance, &config, request.terraform_version, &call).await?;
    Ok(configure_provider::Response::default())
}

pub(super) async fn stop<P: Provider>(
    instance: &Arc<Instance<P>>,
    _request: stop_provider::Request,
    _call: RpcCall,
) -> Result<stop_provider::Response, Error> {
    instance.stop();
    Ok(stop_provider::Response::default())
}

fn capabilities<P: 'static>(offers: &Offers<P>) -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        // Every resource moves from the same type of a provider with another address.
        move_resource_state: offers.resources.iter().next().is_some(),
        generate_resource_config: false,
    }
}
