//! Data sources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{
    get_metadata, get_provider_schema, read_data_source, validate_data_resource_config,
};

use super::{provider::Advertised, schema as to_wire, scope::scope, wire};
use crate::{
    diagnostics::Error,
    engine::{instance::Instance, operation::RpcCall, read as reads, validate as validation},
    offers::{ErasedDataSource, Table},
    provider::Provider,
    value::Value,
};

impl<P> Advertised for Table<dyn ErasedDataSource<P>> {
    fn add_metadata(&self, response: &mut get_metadata::Response) {
        let names = self.iter().map(|offered| offered.descriptor.name.to_owned());
        response.data_sources =
            names.map(|type_name| get_metadata::DataSourceMetadata { type_name }).collect();
    }

    fn add_schemas(&self, response: &mut get_provider_schema::Response) {
        response.data_source_schemas =
            self.iter().map(|offered| to_wire::named(&offered.descriptor)).collect();
    }
}

pub(super) async fn validate<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: validate_data_resource_config::Request,
    _call: RpcCall,
) -> Result<validate_data_resource_config::Response, Error> {
    let data_source = instance.offers().data_sources.get(&request.type_name)?;
    let config = wire::value(request.config, &data_source.value_type)?;
    let allowed = validation::WriteOnly::Allowed;
    let report = validation::check(&data_source.descriptor.block, &config, allowed, |config, report| {
        data_source.code.validate(config, report)
    });
    Ok(validate_data_resource_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn read<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: read_data_source::Request,
    call: RpcCall,
) -> Result<read_data_source::Response, Error> {
    let data_source = instance.offers().data_sources.get(&request.type_name)?;
    let config = wire::value(request.config, &data_source.value_type)?;
    let scope = scope(instance, call, request.client_capabilities.as_ref());
    let read = reads::read_data_source(data_source, &config, scope.clone()).await;
    let (state, messages) = match read {
        Ok(read) => read,
        Err(error) => {
            let (deferral, warnings) = scope.deferred(error)?;
            return Ok(read_data_source::Response {
                state: wire::dynamic(&Value::Unknown, &data_source.value_type)?,
                deferred: Some(wire::deferred(deferral)),
                diagnostics: wire::diagnostics(warnings),
            });
        }
    };
    Ok(read_data_source::Response {
        state: wire::dynamic(&state, &data_source.value_type)?,
        diagnostics: wire::diagnostics(messages),
        ..read_data_source::Response::default()
    })
}
