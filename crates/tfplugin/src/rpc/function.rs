//! Provider functions.

use std::{collections::BTreeMap, sync::Arc};

use tfplugin_proto::tfplugin6::{Function, call_function, get_functions, get_metadata, get_provider_schema};

use super::{provider::Advertised, schema as to_wire, wire};
use crate::{
    diagnostics::Error,
    engine::{
        function::{self as engine, Refusal},
        instance::Instance,
        operation::RpcCall,
    },
    offers::{ErasedFunction, Table},
    provider::Provider,
};

impl Advertised for Table<dyn ErasedFunction> {
    fn add_metadata(&self, response: &mut get_metadata::Response) {
        let names = self.iter().map(|offered| offered.descriptor.name.to_owned());
        response.functions = names.map(|name| get_metadata::FunctionMetadata { name }).collect();
    }

    fn add_schemas(&self, response: &mut get_provider_schema::Response) {
        response.functions = described(self);
    }
}

pub(super) async fn list<P: Provider>(
    instance: &Arc<Instance<P>>,
    _request: get_functions::Request,
    _call: RpcCall,
) -> Result<get_functions::Response, Error> {
    Ok(get_functions::Response {
        functions: described(&instance.offers().functions),
        ..get_functions::Response::default()
    })
}

fn described(functions: &Table<dyn ErasedFunction>) -> BTreeMap<String, Function> {
    functions.iter().map(|offered| (offered.descriptor.name.to_owned(), to_wire::function(offered))).collect()
}

pub(super) async fn call<P: Provider>(
    instance: &Arc<Instance<P>>,
    request: call_function::Request,
    _call: RpcCall,
) -> Result<call_function::Response, Error> {
    let function = instance.offers().functions.get(&request.name)?;
    let parameters = &function.descriptor.block.attributes;
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
        Err(Refusal { text, argument }) => {
            call_function::Response { result: None, error: Some(wire::function_error(&text, argument)) }
        }
    })
}
