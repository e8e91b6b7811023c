//! All methods of `tfplugin6.Provider` that are offered. The generated trait responds to the others with UNIMPLEMENTED, which
//! hosts expect: they call what the schema or a capability advertises.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{self, provider_server};
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{
    action,
    call::{Refusable, stream, unary},
    data_source, ephemeral, function, identity, list_resource, provider, resource, state, wire,
};
use crate::{diagnostics::Error, engine::instance::Instance, process::Process, provider::Provider};

/// A provider as a gRPC service, with the configuration that it received last.
pub struct Service<P: Provider>(Arc<Instance<P>>);

impl<P: Provider> Service<P> {
    /// In a process whose end stops what runs.
    pub(crate) fn new(process: Process) -> Self {
        Self(Arc::new(Instance::new(Some(process))))
    }

    /// In no process, for tests.
    pub fn detached() -> Self {
        Self(Arc::new(Instance::new(None)))
    }
}

impl<P: Provider> std::fmt::Debug for Service<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// The methods, one a line: where its response has errors (`diagnostics`, or a field of `its_own`), its name, the RPC for logs, the
/// request's field with the name of a type, and the function that handles it. Those with a stream for a response come last.
macro_rules! methods {
    (
        one_response { $($errors:ident $method:ident = $rpc:literal ($($type_name:ident)?) $handler:path;)* }
        streams { $($stream:ident = $stream_rpc:literal ($stream_type:ident) $stream_handler:path;)* }
    ) => {
        $(methods! { @refusal $errors $method })*

        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Service<P> {
            $(
                async fn $method(
                    &self,
                    request: Request<tfplugin6::$method::Request>,
                ) -> Result<Response<tfplugin6::$method::Response>, Status> {
                    let request = request.into_inner();
                    let type_name = String::new() $(+ &request.$type_name)?;
                    let mut response = unary($rpc, type_name, |call| $handler(&self.0, request, call)).await;
                    if let Some(diagnostics) = response.get_mut().diagnostics() {
                        diagnostics.extend(wire::diagnostics(self.0.notices()));
                    }
                    Ok(response)
                }
            )*
            $(
                async fn $stream(
                    &self,
                    request: Request<tfplugin6::$stream::Request>,
                ) -> Result<Response<BoxStream<tfplugin6::$stream::Event>>, Status> {
                    let (instance, request) = (Arc::clone(&self.0), request.into_inner());
                    let type_name = request.$stream_type.clone();
                    let notices = Arc::clone(&instance);
                    Ok(stream(
                        $stream_rpc,
                        type_name,
                        move || notices.notices(),
                        |call, events| $stream_handler(instance, request, call, events),
                    ))
                }
            )*
        }
    };
    (@refusal diagnostics $method:ident) => {
        #[allow(clippy::needless_update, reason = "some responses have no other field")]
        impl Refusable for tfplugin6::$method::Response {
            fn refusal(error: Error) -> Self {
                Self { diagnostics: wire::diagnostics(error.into_messages()), ..Self::default() }
            }

            fn diagnostics(&mut self) -> Option<&mut Vec<tfplugin6::Diagnostic>> {
                Some(&mut self.diagnostics)
            }
        }
    };
    (@refusal its_own $method:ident) => {};
}

methods! {
    one_response {
    diagnostics get_metadata = "GetMetadata" () provider::metadata;
    diagnostics get_provider_schema = "GetProviderSchema" () provider::schema;
    diagnostics get_resource_identity_schemas = "GetResourceIdentitySchemas" () identity::schemas;
    diagnostics validate_provider_config = "ValidateProviderConfig" () provider::validate;
    diagnostics configure_provider = "ConfigureProvider" () provider::configure;
    its_own stop_provider = "StopProvider" () provider::stop;
    diagnostics validate_resource_config = "ValidateResourceConfig" (type_name) resource::validate;
    diagnostics read_resource = "ReadResource" (type_name) resource::read;
    diagnostics plan_resource_change = "PlanResourceChange" (type_name) resource::plan;
    diagnostics apply_resource_change = "ApplyResourceChange" (type_name) resource::apply;
    diagnostics import_resource_state = "ImportResourceState" (type_name) resource::import;
    diagnostics upgrade_resource_state = "UpgradeResourceState" (type_name) state::upgrade;
    diagnostics upgrade_resource_identity = "UpgradeResourceIdentity" (type_name) identity::upgrade;
    diagnostics move_resource_state = "MoveResourceState" (target_type_name) state::move_state;
    diagnostics validate_data_resource_config = "ValidateDataResourceConfig" (type_name) data_source::validate;
    diagnostics read_data_source = "ReadDataSource" (type_name) data_source::read;
    diagnostics validate_ephemeral_resource_config = "ValidateEphemeralResourceConfig" (type_name) ephemeral::validate;
    diagnostics open_ephemeral_resource = "OpenEphemeralResource" (type_name) ephemeral::open;
    diagnostics renew_ephemeral_resource = "RenewEphemeralResource" (type_name) ephemeral::renew;
    diagnostics close_ephemeral_resource = "CloseEphemeralResource" (type_name) ephemeral::close;
    diagnostics get_functions = "GetFunctions" () function::list;
    diagnostics validate_list_resource_config = "ValidateListResourceConfig" (type_name) list_resource::validate;
    diagnostics validate_action_config = "ValidateActionConfig" (type_name) action::validate;
    diagnostics plan_action = "PlanAction" (action_type) action::plan;
    its_own call_function = "CallFunction" (name) function::call;
    }
    streams {
    list_resource = "ListResource" (type_name) list_resource::list;
    invoke_action = "InvokeAction" (action_type) action::invoke;
    }
}
