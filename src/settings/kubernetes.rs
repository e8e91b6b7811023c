//! The provider's `kubernetes` entries, and the routes that they define.
//!
//! There is no fallback to localhost, to `~/.kube/config` or to a current context: a missing value is an error.

mod destination;
mod entry_checks;

use std::collections::BTreeMap;

use clusters::{Common, Endpoint, Routes};
use kubernetes::EXEC_VERSIONS;
use request_pipeline::BearerToken;
use secrecy::SecretString;
use tfplugin::{Diagnostics, Error, Schema, Value};

use self::{destination::server, entry_checks::Checked};
use crate::checks;

/// A connection to Kubernetes that replaces the managed endpoint with the CoreWeave token.
#[derive(Clone, Debug, Schema)]
pub(crate) struct KubernetesAccess {
    /// Id of the cluster that the entry applies to. Without it, the entry applies to all clusters that have no entry of their own, and
    /// sets `endpoint` and credentials only, so that no write reaches another cluster.
    #[schema(optional, validate(checks::cluster_id))]
    cluster_id: Option<String>,
    /// Endpoint of the cluster: `"managed"`, which accepts CoreWeave API tokens only, or `"unmanaged"`, which accepts every
    /// credential except CoreWeave tokens.
    #[schema(optional, validate(Endpoint::check))]
    endpoint: Option<String>,
    /// URL of the cluster's Kubernetes API, such as `https://10.0.0.1:6443`.
    #[schema(optional, validate(checks::https_host))]
    host: Option<String>,
    /// Text of a kubeconfig, which sets the credentials too.
    #[schema(optional, sensitive)]
    kubeconfig: Option<SecretString>,
    /// Path of a kubeconfig file, which sets the credentials too. Requires `config_context`.
    #[schema(optional)]
    config_path: Option<String>,
    /// Context of the kubeconfig. With `kubeconfig`, required unless the text has a single context. The file's current context is never used.
    #[schema(optional)]
    config_context: Option<String>,
    /// Bearer token.
    #[schema(optional, sensitive)]
    token: Option<SecretString>,
    /// Path of a file with a bearer token. The file is read again for each request.
    #[schema(optional)]
    token_file: Option<String>,
    /// ID token of this run, such as that of a pipeline's job, for the unmanaged endpoint or `host`. Set exactly one of its attributes
    /// `env`, `file`, `github_actions`.
    #[schema(optional)]
    oidc_token: Option<OidcTokenAccess>,
    /// Client certificate (PEM). Requires `client_key`.
    #[schema(optional, validate(checks::pem_certificates))]
    client_certificate: Option<String>,
    /// Private key of `client_certificate` (PEM).
    #[schema(optional, sensitive)]
    client_key: Option<SecretString>,
    /// Exec plugin: a program that prints credentials, as Kubernetes' clients run it.
    #[schema(optional)]
    exec: Option<ExecAccess>,
    /// Certificates (PEM) to trust for the Kubernetes API, instead of the system's roots. Default: the system's roots.
    #[schema(optional, validate(checks::pem_certificates))]
    ca_certificate: Option<String>,
    /// Name in the server's certificate, if it differs from the host.
    #[schema(optional)]
    tls_server_name: Option<String>,
    /// URL of the proxy for this Kubernetes API. Default: the provider's `proxy_url`, else the kubeconfig's `proxy-url`, else
    /// `HTTPS_PROXY` and `NO_PROXY`, which never apply to loopback addresses.
    #[schema(optional, sensitive)]
    proxy_url: Option<SecretString>,
}

/// The ID token of a run.
#[derive(Clone, Debug, Schema)]
pub(crate) struct OidcTokenAccess {
    /// Name of the environment variable with the token, such as `TFC_WORKLOAD_IDENTITY_TOKEN_CKS`.
    #[schema(optional)]
    env: Option<String>,
    /// Path of a file with the token. The file is read again for each request.
    #[schema(optional)]
    file: Option<String>,
    /// Whether to request tokens of GitHub Actions, which needs `permissions: id-token: write` in the workflow. Another one is requested
    /// before a token expires. Defaults to `false`.
    #[schema(optional)]
    github_actions: Option<bool>,
    /// Audience of the tokens of GitHub Actions: the `client_id` of the cluster's OIDC issuer. Requires `github_actions`. Defaults to GitHub's
    /// own, the URL of the repository's owner.
    #[schema(optional)]
    audience: Option<String>,
}

/// An exec plugin.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ExecAccess {
    /// Version of the plugin's API: `client.authentication.k8s.io/v1`, or `client.authentication.k8s.io/v1beta1` for older plugins.
    #[schema(required, validate(exec_version))]
    api_version: String,
    /// Program to run, found on `PATH`.
    #[schema(required)]
    command: String,
    /// Arguments of the program.
    #[schema(optional)]
    args: Option<Vec<String>>,
    /// Environment variables added for the program.
    #[schema(optional, sensitive)]
    env: Option<BTreeMap<String, SecretString>>,
}

fn exec_version(version: &str) -> Result<(), String> {
    if EXEC_VERSIONS.contains(&version) {
        return Ok(());
    }
    Err(format!("{version:?} is not a supported version. Set one of {}.", EXEC_VERSIONS.join(", ")))
}

type AccessList = Value<Vec<Value<KubernetesAccessPartial>>>;

/// Reports invalid entries. Unknown values are not reported.
pub(crate) fn check_routes(entries: &AccessList, report: &mut Diagnostics) {
    gather(entries, Routes::default(), report);
}

/// All entries as routes.
pub(crate) fn routes(
    entries: &AccessList,
    coreweave_token: Option<BearerToken>,
    common: Common,
) -> Result<Routes, Error> {
    let mut report = Diagnostics::default();
    let routes = gather(entries, Routes { coreweave_token, common, ..Routes::default() }, &mut report);
    Error::all(report).map_or(Ok(routes), Err)
}

fn gather(entries: &AccessList, mut routes: Routes, report: &mut Diagnostics) -> Routes {
    let entries = match entries {
        Value::Null => return routes,
        Value::Unknown => {
            routes.unknown_cluster.push("kubernetes".to_owned());
            return routes;
        }
        Value::Known(entries) => entries,
    };
    for (index, entry) in entries.iter().enumerate() {
        let name = format!("kubernetes[{index}]");
        let mut checked = Checked { index, report: &mut *report };
        let entry = match entry {
            Value::Known(entry) => entry,
            Value::Unknown => {
                routes.unknown_cluster.push(name);
                continue;
            }
            // Refused by the framework.
            Value::Null => continue,
        };
        let Some(route) = checked.entry(entry, &routes.common) else { continue };
        match &entry.cluster_id {
            Value::Unknown => routes.unknown_cluster.push(format!("{name}.cluster_id")),
            Value::Null if routes.default.is_some() => checked.complain(
                "cluster_id",
                "There is an entry without cluster_id already: only one can be for all other clusters. Set cluster_id, or remove one of the two.",
            ),
            Value::Null => routes.default = Some(route),
            Value::Known(id) if routes.by_cluster.contains_key(id) => {
                checked.complain(
                    "cluster_id",
                    "There is an entry for this cluster already. Keep one of the two.",
                );
            }
            Value::Known(id) => {
                routes.servers.insert(id.clone(), server(entry, &name));
                routes.by_cluster.insert(id.clone(), route);
            }
        }
    }
    routes
}

#[cfg(test)]
mod tests;
