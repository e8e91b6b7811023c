//! `unmanaged_endpoint`: where a cluster takes Kubernetes' own credentials.

use tfplugin::{Function, FunctionError, Schema};

/// The unmanaged endpoint of a cluster, from its API server endpoint.
///
/// Takes a host or a URL, managed or unmanaged, and returns `https://api.HOST` without a trailing slash: the endpoint that
/// accepts OIDC tokens, ServiceAccount tokens and tokens which a webhook validates, but no CoreWeave API tokens.
#[derive(Clone, Debug, Schema)]
#[schema(name = "unmanaged_endpoint")]
pub(crate) struct UnmanagedEndpoint {
    /// The cluster's API server endpoint, such as `coreweave_cks_cluster.example.api_server_endpoint`.
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
