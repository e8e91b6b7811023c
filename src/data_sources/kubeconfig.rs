//! `cks_kubeconfig`: the file with which kubectl and other clients reach one cluster, for people, pipelines or programs.

mod checks;
mod inputs;
mod kubelogin;
mod login;

use clusters::Clusters;
use inputs::{ExecInput, OidcInput};
use secrecy::SecretString;
use tfplugin::{Context, DataSource, Diagnostics, Error, Schema, Value};

use crate::{
    checks as rules,
    errors::ClientError as _,
    kubeconfig::{self, Credential, Exec},
};

/// Makes a kubeconfig for one cluster: a login with OIDC for people, a token for pipelines, or any program that gets
/// credentials. The same inputs give the same text.
///
/// Reads the cluster and nothing else: no login takes place and no token is made.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_kubeconfig")]
pub(crate) struct ClusterKubeconfig {
    /// Id of the cluster. Take it from `cks_cluster_oidc.NAME.id` where the same apply sets up the login.
    #[schema(required, validate(rules::cluster_id))]
    cluster_id: String,
    /// Log in with OpenID Connect, by [kubelogin](https://github.com/int128/kubelogin) 1.28 or newer; `{}` takes everything from
    /// the cluster. Give exactly one of `oidc`, `token` and `exec`.
    #[schema(optional)]
    oidc: Option<OidcInput>,
    /// A bearer token: a ServiceAccount's or an ID token for the unmanaged endpoint, a CoreWeave API access token for the
    /// managed one.
    #[schema(optional, sensitive, validate(checks::bearer_token))]
    token: Option<SecretString>,
    /// Run a credential plugin of your own.
    #[schema(optional)]
    exec: Option<ExecInput>,
    /// `unmanaged` (default), which takes Kubernetes' own credentials, or `managed`, which takes CoreWeave API access tokens only.
    #[schema(optional, validate(checks::endpoint))]
    endpoint: Option<String>,
    /// Name of the cluster and the context in the file, and the start of the user's. Default: the cluster's name.
    #[schema(optional, validate(rules::not_empty))]
    name: Option<String>,
    /// Namespace of the context. Default: none, which clients take for `default`.
    #[schema(optional, validate(rules::not_empty))]
    namespace: Option<String>,
    /// Certificates (PEM) to trust for the API server, where a proxy in between shows its own. Default: those of the client's
    /// system, which know CoreWeave's endpoints.
    #[schema(optional, validate(rules::pem_certificates))]
    ca_certificate: Option<String>,
    /// Proxy between client and API server: `http://…`, `https://…` or `socks5://…`. It does not count for the login at an OIDC
    /// issuer.
    #[schema(optional, validate(checks::proxy_url))]
    proxy_url: Option<String>,
    /// The kubeconfig, as YAML.
    #[schema(computed, sensitive)]
    kubeconfig: Value<SecretString>,
    /// URL of the endpoint in it.
    #[schema(computed)]
    host: Value<String>,
    /// Name of its context, which is the current one.
    #[schema(computed)]
    context: Value<String>,
    /// What to register with the identity provider as redirect URIs of the client. Empty where no login needs one.
    #[schema(computed)]
    redirect_uris: Value<Vec<String>>,
}

impl DataSource for ClusterKubeconfig {
    type Provider = Clusters;

    fn validate(config: &ClusterKubeconfigPartial, report: &mut Diagnostics) {
        checks::one_credential(config, report);
        checks::credential_fits_endpoint(config, report);
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let cluster = context
            .provider()
            .expect(&self.cluster_id, context.stopped())
            .await
            .map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        let host = self.host_of(&cluster)?;
        let name = self.name.clone().unwrap_or_else(|| cluster.name.clone());
        let (credential, redirect_uris) = self.credential(&cluster)?;
        let document = kubeconfig::Kubeconfig {
            name: name.clone(),
            server: host.clone(),
            ca_pem: set(self.ca_certificate.as_deref()),
            proxy_url: set(self.proxy_url.as_deref()),
            namespace: self.namespace.clone(),
            credential,
        };
        let text = document.to_yaml().map_err(|error| {
            Error::new("No kubeconfig", format!("{error}. Please report this to the provider's authors."))
        })?;
        Ok(Self {
            kubeconfig: Value::Known(text),
            host: Value::Known(host),
            context: Value::Known(name),
            redirect_uris: Value::Known(redirect_uris),
            ..self
        })
    }
}

impl ClusterKubeconfig {
    fn host_of(&self, cluster: &coreweave::Cluster) -> Result<String, Error> {
        let host = if checks::is_managed(self.endpoint.as_deref()) {
            cluster.managed_endpoint()
        } else {
            cluster.unmanaged_endpoint()
        };
        host.map_err(|error| {
            Error::new(
                "Cluster without an endpoint",
                format!("There is no address for a kubeconfig: {error}. Its status is {}. Apply again when it is STATUS_RUNNING.", cluster.status),
            )
            .at("cluster_id")
        })
    }

    /// What the user shows, and where an identity provider may send people back to.
    fn credential(&self, cluster: &coreweave::Cluster) -> Result<(Credential, Vec<String>), Error> {
        match (&self.oidc, &self.token, &self.exec) {
            (Some(input), None, None) => {
                let login = login::resolve(input, cluster)?;
                Ok((Credential::Oidc(login.exec()), login.redirect_uris()))
            }
            (None, Some(token), None) => Ok((Credential::Token(token.clone()), Vec::new())),
            (None, None, Some(exec)) => Ok((Credential::Exec(Exec::from(exec)), Vec::new())),
            _ => Err(checks::not_one_credential().into()),
        }
    }
}

/// An empty text is an unset one.
fn set(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
