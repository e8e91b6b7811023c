//! All methods of `tfplugin6.Provider` that are offered. The generated trait answers the others with UNIMPLEMENTED, which
//! hosts expect: they call what the schema or a capability advertises, and `UpgradeResourceIdentity` only after an identity
//! schema was shown.

use std::sync::Arc;

use tfplugin_proto::tfplugin6::{self, provider_server};
use tonic::{Request, Response, Status};

use super::{call::answer, data_source, function, provider, resource, state};
use crate::{engine::session::Session, provider::Provider, serve::Process};

/// A provider as a gRPC service: what [`serve::run`](crate::serve::run) makes and serves.
pub fn service<P: Provider>(process: Process) -> Service<P> {
    Service { session: Arc::new(Session::new(Some(process))) }
}

/// A provider as a gRPC service. Has one configuration: the last that it was given.
pub struct Service<P: Provider> {
    session: Arc<Session<P>>,
}

impl<P: Provider> Service<P> {
    /// Of no process, for tests that serve it themselves.
    pub fn detached() -> Self {
        Self { session: Arc::new(Session::new(None)) }
    }
}

impl<P: Provider> std::fmt::Debug for Service<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// One method per line: its name, its message module, the attribute of the request that names a type, and who answers.
macro_rules! methods {
    ($($method:ident as $rpc:literal, $($type_name:ident)?, $answer:path;)*) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Service<P> {
            $(
                async fn $method(
                    &self,
                    request: Request<tfplugin6::$method::Request>,
                ) -> Result<Response<tfplugin6::$method::Response>, Status> {
                    let request = request.into_inner();
                    let type_name = String::new() $(+ &request.$type_name)?;
                    Ok(answer($rpc, type_name, |call| $answer(&self.session, request, call)).await)
                }
            )*
        }
    };
}

methods! {
    get_metadata as "GetMetadata", , provider::metadata;
    get_provider_schema as "GetProviderSchema", , provider::schema;
    get_resource_identity_schemas as "GetResourceIdentitySchemas", , provider::identity_schemas;
    validate_provider_config as "ValidateProviderConfig", , provider::validate;
    configure_provider as "ConfigureProvider", , provider::configure;
    stop_provider as "StopProvider", , provider::stop;
    validate_resource_config as "ValidateResourceConfig", type_name, resource::validate;
    read_resource as "ReadResource", type_name, resource::read;
    plan_resource_change as "PlanResourceChange", type_name, resource::plan;
    apply_resource_change as "ApplyResourceChange", type_name, resource::apply;
    import_resource_state as "ImportResourceState", type_name, resource::import;
    upgrade_resource_state as "UpgradeResourceState", type_name, state::upgrade;
    move_resource_state as "MoveResourceState", target_type_name, state::refuse_move;
    validate_data_resource_config as "ValidateDataResourceConfig", type_name, data_source::validate;
    read_data_source as "ReadDataSource", type_name, data_source::read;
    get_functions as "GetFunctions", , function::list;
    call_function as "CallFunction", name, function::call;
}
