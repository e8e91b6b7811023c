//! The provider itself: what it offers, its configuration, and stopping.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    ServerCapabilities, configure_provider, get_metadata, get_provider_schema, get_resource_identity_schemas,
    stop_provider, validate_provider_config,
};

use super::{schema as to_wire, wire};
use crate::{
    diagnostics::Error,
    engine::{configure as engine, operation::Call, session::Session},
    provider::Provider,
};

pub(super) async fn metadata<P: Provider>(
    session: &Arc<Session<P>>,
    _request: get_metadata::Request,
    _call: Call,
) -> Result<get_metadata::Response, Error> {
    let catalog = session.catalog();
    let names = |name: &&str| (*name).to_owned();
    Ok(get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: (catalog.resources.keys())
            .map(|name| get_metadata::ResourceMetadata { type_name: names(name) })
            .collect(),
        data_sources: (catalog.data_sources.keys())
            .map(|name| get_metadata::DataSourceMetadata { type_name: names(name) })
            .collect(),
        functions: (catalog.functions.keys())
            .map(|name| get_metadata::FunctionMetadata { name: names(name) })
            .collect(),
        ..get_metadata::Response::default()
    })
}

pub(super) async fn schema<P: Provider>(
    session: &Arc<Session<P>>,
    _request: get_provider_schema::Request,
    _call: Call,
) -> Result<get_provider_schema::Response, Error> {
    let catalog = session.catalog();
    engine::check_offers::<P>(catalog)?;
    Ok(get_provider_schema::Response {
        provider: Some(to_wire::versioned(&P::block(), P::VERSION)),
        resource_schemas: (catalog.resources.iter())
            .map(|(name, offered)| ((*name).to_owned(), to_wire::schema(&offered.about)))
            .collect(),
        data_source_schemas: (catalog.data_sources.iter())
            .map(|(name, offered)| ((*name).to_owned(), to_wire::schema(&offered.about)))
            .collect(),
        functions: (catalog.functions.iter())
            .map(|(name, offered)| ((*name).to_owned(), to_wire::function(offered)))
            .collect(),
        server_capabilities: Some(capabilities()),
        ..get_provider_schema::Response::default()
    })
}

/// No resource has an identity yet. An empty answer spares every host the log line of an error.
pub(super) async fn identity_schemas<P: Provider>(
    _session: &Arc<Session<P>>,
    _request: get_resource_identity_schemas::Request,
    _call: Call,
) -> Result<get_resource_identity_schemas::Response, Error> {
    Ok(get_resource_identity_schemas::Response::default())
}

pub(super) async fn validate<P: Provider>(
    _session: &Arc<Session<P>>,
    request: validate_provider_config::Request,
    _call: Call,
) -> Result<validate_provider_config::Response, Error> {
    let config = wire::value(request.config, &P::block().value_type())?;
    Ok(validate_provider_config::Response { diagnostics: wire::diagnostics(engine::validate::<P>(&config)) })
}

pub(super) async fn configure<P: Provider>(
    session: &Arc<Session<P>>,
    request: configure_provider::Request,
    call: Call,
) -> Result<configure_provider::Response, Error> {
    let config = wire::value(request.config, &P::block().value_type())?;
    engine::configure(session, &config, request.terraform_version, &call).await?;
    Ok(configure_provider::Response::default())
}

pub(super) async fn stop<P: Provider>(
    session: &Arc<Session<P>>,
    _request: stop_provider::Request,
    _call: Call,
) -> Result<stop_provider::Response, Error> {
    session.stop();
    Ok(stop_provider::Response::default())
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
        generate_resource_config: false,
    }
}
