//! `cks_kubeconfig`: the kubeconfig of one cluster for kubectl and other clients.

mod checks;
mod inputs;
mod kubelogin;
mod login;
mod preset;

use clusters::{Clusters, Endpoint, ServerAddress};
use request_pipeline::LoginUrl;
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Context, DataSource, Diagnostics, Error, Schema, Value};

use self::inputs::{ExecInput, OidcInput};
use crate::{
    checks as rules,
    errors::ClientError as _,
    kubeconfig::{self, Credential},
    operation::ReachClusters as _,
};

/// Generates a kubeconfig for one cluster: an OIDC login for people, a token for pipelines, or an exec plugin, such as that for the ID tokens
/// of a pipeline. The same arguments always give the same text.
///
/// The data source only reads the cluster. It does not log in and creates no token.
///
/// ~> Its arguments and the text, with `token` and `client_secret`, are stored in state: restrict access to it. The
/// ephemeral resource of the same name stores nothing.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_kubeconfig")]
pub(crate) struct ClusterKubeconfig {
    /// Id of the cluster. Use `cks_cluster_oidc.NAME.id` if the same apply configures the OIDC issuer.
    #[schema(required, validate(rules::cluster_id))]
    cluster_id: String,
    /// OIDC login with [kubelogin](https://github.com/int128/kubelogin) 1.28 or newer. `{}` uses the issuer and client id of the
    /// cluster. Set exactly one of `oidc`, `token` and `exec`.
    #[schema(optional)]
    oidc: Option<OidcInput>,
    /// Bearer token: a ServiceAccount token or an ID token for the unmanaged endpoint, or a CoreWeave API access token for the managed
    /// endpoint.
    /// The data source's token is stored in state: restrict access to it, or use the ephemeral resource of the same name.
    #[schema(optional, sensitive, validate(checks::bearer_token))]
    token: Option<SecretString>,
    /// Exec plugin that prints credentials: a program (`command`), or that of a pipeline's job (`preset`), which logs in with the job's own ID
    /// token.
    #[schema(optional)]
    exec: Option<ExecInput>,
    /// Endpoint in the kubeconfig: `unmanaged`, which accepts Kubernetes credentials, or `managed`, which accepts CoreWeave API access
    /// tokens only. Default: `unmanaged`, unless `host` is set.
    #[schema(optional, validate(checks::endpoint))]
    endpoint: Option<String>,
    /// URL of the API server in the kubeconfig, such as `https://train.example.ts.net` or `https://10.16.0.4:6443`: a private address of a
    /// cluster that clients reach by Tailscale, Direct Connect, a name in `additional_server_sans`, or `kube_api_access`. It takes the place
    /// of `endpoint`. A CoreWeave API access token is accepted only if it is a managed endpoint. Default: the URL of the endpoint.
    #[schema(optional, computed, validate(rules::https_address))]
    host: Value<String>,
    /// Name in the server's certificate, such as `kubernetes.default.svc`, if it differs from that in `host`. Requires `host`. Default: the
    /// name in the URL.
    #[schema(optional, validate(rules::server_name))]
    tls_server_name: Option<String>,
    /// Name of the cluster and the context in the kubeconfig, and beginning of the user's name. Default: `NAME-ZONE`, the cluster's name
    /// and its zone in lower case, such as `train-us-east-04a`, since clusters in two zones can have the same name.
    #[schema(optional, validate(rules::not_empty))]
    name: Option<String>,
    /// Namespace of the context. Default: none, so clients use `default`.
    #[schema(optional, validate(rules::not_empty))]
    namespace: Option<String>,
    /// Certificates (PEM) to trust for the API server, such as those of a TLS-intercepting proxy. Default: the `ca_certificate` of the
    /// provider's `kubernetes` entry with this `cluster_id` and the same `host` or `endpoint`. Otherwise it is null, and clients trust the
    /// roots of their system, which include the CA of CoreWeave's endpoints.
    #[schema(optional, computed, validate(rules::pem_certificates))]
    ca_certificate: Value<String>,
    /// URL of the proxy between client and API server: `http://…`, `https://…` or `socks5://…`. The login at the OIDC issuer does not
    /// use it. Default: the client's environment.
    #[schema(optional, sensitive, validate(checks::proxy_url))]
    proxy_url: Option<SecretString>,
    /// Kubeconfig as YAML.
    #[schema(computed, sensitive)]
    kubeconfig: Value<SecretString>,
    /// Name of the context in the kubeconfig, which is the current context.
    #[schema(computed)]
    context: Value<String>,
    /// Redirect URIs to register for the client at the identity provider. Empty if the login uses none.
    #[schema(computed)]
    redirect_uris: Value<Vec<String>>,
}

impl DataSource for ClusterKubeconfig {
    type Provider = Clusters;

    fn validate(config: &ClusterKubeconfigPartial, report: &mut Diagnostics) {
        checks::one_credential(config, report);
        checks::one_address(config, report);
        checks::credential_fits_address(config, report);
        preset::check(config, report);
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let cluster = context
            .clusters()
            .expect(&self.cluster_id)
            .await
            .map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        let host = self.host_of(&cluster, context)?;
        let ca_certificate = self.trusted(context)?;
        let name = self.name.clone().unwrap_or_else(|| default_name(&cluster));
        let (credential, redirect_uris) = self.credential(&cluster)?;
        let document = kubeconfig::Kubeconfig {
            name: name.clone(),
            server: host.clone(),
            tls_server_name: self.tls_server_name.clone(),
            ca_pem: set(ca_certificate.as_known().map(String::as_str)),
            proxy_url: set(self.proxy_url.as_ref().map(SecretString::expose_secret)).map(LoginUrl::new),
            namespace: self.namespace.clone(),
            credential,
        };
        let text = document.to_yaml().map_err(|error| {
            Error::new(
                "Kubeconfig cannot be written",
                format!(
                    "{error}. Report this, with the configuration of this data source, at {}/issues.",
                    env!("CARGO_PKG_REPOSITORY")
                ),
            )
        })?;
        Ok(Self {
            kubeconfig: Value::Known(text),
            host: Value::Known(host),
            ca_certificate,
            context: Value::Known(name),
            redirect_uris: Value::Known(redirect_uris),
            ..self
        })
    }
}

impl ClusterKubeconfig {
    fn endpoint(&self) -> Endpoint {
        if checks::is_managed(self.endpoint.as_deref()) { Endpoint::Managed } else { Endpoint::Unmanaged }
    }

    /// URL of the API server.
    fn host_of(&self, cluster: &coreweave::Cluster, context: &Context<Clusters>) -> Result<String, Error> {
        if let Value::Known(host) = &self.host {
            let is_coreweaves =
                self.token.as_ref().is_some_and(|token| context.provider().is_coreweave_token(token));
            if is_coreweaves && !coreweave::is_managed_endpoint(host) {
                return Err(checks::coreweave_token_elsewhere("the provider's own token").into());
            }
            return Ok(host.clone());
        }
        let endpoint = self.endpoint();
        let url = context.clusters().endpoint(endpoint, cluster).map_err(|error| match error {
            clusters::Error::NoEndpoint { problem, .. } => Error::new(
                "Kubeconfig needs an endpoint",
                format!("Cluster {} has no address for a kubeconfig: {problem}. Its status is {}. Apply again once it is STATUS_RUNNING.", cluster.id, cluster.status),
            )
            .at("cluster_id"),
            error => error.into_diagnostics().at("cluster_id"),
        })?;
        if !cluster.public {
            context.warn(checks::endpoint_of_private_cluster(&cluster.id, endpoint, &url));
        }
        Ok(url)
    }

    /// Certificates that clients trust for the API server; null: their system's roots. CoreWeave's API returns none.
    fn trusted(&self, context: &Context<Clusters>) -> Result<Value<String>, Error> {
        if let Value::Known(_) = &self.ca_certificate {
            return Ok(self.ca_certificate.clone());
        }
        let server = match &self.host {
            Value::Known(host) => ServerAddress::Host(host),
            _ => ServerAddress::Endpoint(self.endpoint()),
        };
        let known = context.provider().certificates_of(&self.cluster_id, server);
        Ok(known.map_err(|error| error.into_diagnostics().at("ca_certificate"))?.into())
    }

    /// The credential, and the redirect URIs of its login.
    fn credential(&self, cluster: &coreweave::Cluster) -> Result<(Credential, Vec<String>), Error> {
        match (&self.oidc, &self.token, &self.exec) {
            (Some(input), None, None) => {
                let login = login::resolve(input, cluster)?;
                Ok((Credential::Oidc(login.exec()), login.redirect_uris()))
            }
            (None, Some(token), None) => Ok((Credential::Token(token.clone()), Vec::new())),
            (None, None, Some(exec)) => Ok((Credential::Exec(preset::resolve(exec, cluster)?), Vec::new())),
            _ => Err(checks::not_one_credential().into()),
        }
    }
}

/// A name that no other cluster of the organisation has, so that a merge of kubeconfigs keeps all.
fn default_name(cluster: &coreweave::Cluster) -> String {
    format!("{}-{}", cluster.name, cluster.zone.to_lowercase())
}

/// An empty text counts as unset.
fn set(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use coreweave::Cluster;

    use super::*;

    #[test]
    fn clusters_of_one_name_in_two_zones_have_two_names() {
        let name = |zone: &str| {
            default_name(&Cluster { name: "train".to_owned(), zone: zone.to_owned(), ..Cluster::default() })
        };
        assert_eq!([name("US-EAST-04A"), name("US-WEST-01A")], ["train-us-east-04a", "train-us-west-01a"]);
    }
}
