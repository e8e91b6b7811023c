//! Provider functions.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{FunctionError, call_function, get_functions};

use super::{schema as to_wire, wire};
use crate::{
    diagnostics::Error,
    engine::{
        function::{self as engine, Refusal},
        operation::Call,
        session::Session,
    },
    provider::Provider,
};

pub(super) async fn list<P: Provider>(
    session: &Arc<Session<P>>,
    _request: get_functions::Request,
    _call: Call,
) -> Result<get_functions::Response, Error> {
    let functions = session.catalog().functions.iter();
    Ok(get_functions::Response {
        functions: functions
            .map(|(name, offered)| ((*name).to_owned(), to_wire::function(offered)))
            .collect(),
        ..get_functions::Response::default()
    })
}

pub(super) async fn call<P: Provider>(
    session: &Arc<Session<P>>,
    request: call_function::Request,
    _call: Call,
) -> Result<call_function::Response, Error> {
    let function = session.catalog().function(&request.name)?;
    let parameters = &function.about.block.attributes;
    let mut arguments = Vec::new();
    for (parameter, argument) in parameters.iter().zip(&request.arguments) {
        // OpenTofu sends null as nothing at all, which decodes as null.
        arguments.push(wire::value(Some(argument.clone()), &parameter.shape.value_type())?);
    }
    engine::check_count(function, request.arguments.len())?;
    Ok(match engine::call(function, arguments) {
        Ok(result) => {
            call_function::Response { result: wire::dynamic(&result, &function.code.output())?, error: None }
        }
        Err(Refusal { text, argument }) => call_function::Response {
            result: None,
            error: Some(FunctionError { text, function_argument: argument }),
        },
    })
}
