//! Data sources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{read_data_source, validate_data_resource_config};

use super::wire;
use crate::{
    diagnostics::Error,
    engine::{
        operation::{Call, CallScope},
        read as reads,
        session::Session,
        validate as validation,
    },
    private::Private,
    provider::Provider,
};

pub(super) async fn validate<P: Provider>(
    session: &Arc<Session<P>>,
    request: validate_data_resource_config::Request,
    _call: Call,
) -> Result<validate_data_resource_config::Response, Error> {
    let data_source = session.catalog().data_source(&request.type_name)?;
    let config = wire::value(request.config, &data_source.value_type)?;
    let allowed = validation::WriteOnly::Allowed;
    let report = validation::check(&data_source.about.block, &config, allowed, |config, report| {
        data_source.code.validate(config, report)
    });
    Ok(validate_data_resource_config::Response { diagnostics: wire::diagnostics(report) })
}

pub(super) async fn read<P: Provider>(
    session: &Arc<Session<P>>,
    request: read_data_source::Request,
    call: Call,
) -> Result<read_data_source::Response, Error> {
    let data_source = session.catalog().data_source(&request.type_name)?;
    let config = wire::value(request.config, &data_source.value_type)?;
    let around = CallScope {
        call,
        provider: session.provider(),
        stopped: session.stopped(),
        private: Private::default(),
    };
    let (state, messages) = reads::read_data_source(data_source, &config, around).await?;
    Ok(read_data_source::Response {
        state: wire::dynamic(&state, &data_source.value_type)?,
        diagnostics: wire::diagnostics(messages),
        ..read_data_source::Response::default()
    })
}
