//! `unmanaged_endpoint`: the URL of a cluster's unmanaged endpoint.

use tfplugin::{Function, FunctionError, Schema};

/// URL of a cluster's unmanaged endpoint, from its API server endpoint.
///
/// The argument is a host or a URL, managed or unmanaged. The result is `https://api.HOST` without a trailing slash: the endpoint
/// that accepts OIDC tokens, ServiceAccount tokens and tokens that a webhook validates, but no CoreWeave API tokens.
#[derive(Clone, Debug, Schema)]
#[schema(name = "unmanaged_endpoint")]
pub(crate) struct UnmanagedEndpoint {
    /// API server endpoint of the cluster, such as `coreweave_cks_cluster.example.api_server_endpoint`.
    #[schema(required)]
    api_server_endpoint: String,
}

impl Function for UnmanagedEndpoint {
    type Output = String;

    fn call(self) -> Result<String, FunctionError> {
        coreweave::unmanaged_endpoint(&self.api_server_endpoint)
            .map_err(|error| FunctionError::at("api_server_endpoint", error.to_string()))
    }
}
