//! The provider block, and the list of all resources, data sources and functions.

use std::sync::Arc;

use clusters::Clusters;
use request_pipeline::Network;
use secrecy::SecretString;
use tfplugin::{Diagnostics, Error, Offers, Provider, Schema, duration, provider::Configuration};

use crate::{
    checks, data_sources, functions, resources,
    settings::{self, Given, KubernetesAccess},
};

/// Manages access to CoreWeave Kubernetes Service (CKS) clusters: who can authenticate to a cluster's unmanaged endpoint (OIDC,
/// webhooks, ServiceAccount tokens), what they may do (roles and bindings), and the kubeconfigs that they use.
#[derive(Clone, Debug, Schema)]
pub struct Cks {
    /// CoreWeave API access token, which begins with `CW-SECRET-`. Default: the environment variable `COREWEAVE_API_TOKEN`.
    #[schema(optional, sensitive)]
    token: Option<SecretString>,
    /// URL of CoreWeave's API. Default: the environment variable `COREWEAVE_API_ENDPOINT`, else `https://api.coreweave.com`.
    #[schema(optional)]
    endpoint: Option<String>,
    /// Time limit of one request as a Go duration, such as `30s`. Default: the environment variable `COREWEAVE_HTTP_TIMEOUT`, else `10s`.
    #[schema(optional, validate(duration::validate))]
    http_timeout: Option<String>,
    /// URL of the proxy for all requests, such as `http://proxy.example.com:3128`. Default: the environment variables `HTTPS_PROXY`
    /// and `NO_PROXY`, which never apply to loopback addresses, and have no effect once this is set.
    #[schema(optional)]
    proxy_url: Option<String>,
    /// Certificates (PEM) to trust in addition to the system's roots, or to those in the file that the environment variable
    /// `SSL_CERT_FILE` names.
    #[schema(optional, validate(checks::pem_certificates))]
    ca_certificate: Option<String>,
    /// Connections to Kubernetes that replace the default, which is each cluster's managed endpoint with the CoreWeave token. Each
    /// entry sets an address (`endpoint`, `host`, `kubeconfig` or `config_path`) and, except with a kubeconfig, credentials (`token`,
    /// `token_file`, `client_certificate` or `exec`). The file `~/.kube/config` is read only if `config_path` names it.
    #[schema(optional)]
    kubernetes: Option<Vec<KubernetesAccess>>,
}

impl Provider for Cks {
    type Data = Clusters;

    fn validate(config: &CksPartial, report: &mut Diagnostics) {
        settings::check_routes(&config.kubernetes, report);
    }

    async fn configure(config: CksPartial, host: Configuration) -> Result<Clusters, Error> {
        Self::configure_on(&config, &host, None)
    }

    fn offers() -> Offers<Clusters> {
        Offers::new()
            .resource::<resources::cluster_authn_webhook::ClusterAuthnWebhook>()
            .resource::<resources::cluster_authz_webhook::ClusterAuthzWebhook>()
            .resource::<resources::cluster_oidc::ClusterOidc>()
            .resource::<resources::namespace::Namespace>()
            .resource::<resources::rbac_binding::RbacBinding>()
            .resource::<resources::rbac_role::RbacRole>()
            .resource::<resources::service_account::ServiceAccount>()
            .resource::<resources::service_account_token::ServiceAccountToken>()
            .data_source::<data_sources::cluster::Cluster>()
            .data_source::<data_sources::clusters::ClusterList>()
            .data_source::<data_sources::kubeconfig::ClusterKubeconfig>()
            .data_source::<data_sources::oidc_discovery::OidcDiscovery>()
            .data_source::<data_sources::self_subject_review::SelfSubjectReview>()
            .data_source::<data_sources::subject_access_review::SubjectAccessReview>()
            .function::<functions::oidc_group::OidcGroup>()
            .function::<functions::oidc_username::OidcUsername>()
            .function::<functions::unmanaged_endpoint::UnmanagedEndpoint>()
    }
}

impl Cks {
    /// The clients of a configuration. `network`: what answers their requests in place of the network, for tests; the client for
    /// OpenID issuers has no such thing.
    ///
    /// # Errors
    /// An invalid setting, with its source.
    pub fn configure_on(
        config: &CksPartial,
        host: &Configuration,
        network: Option<Arc<dyn Network>>,
    ) -> Result<Clusters, Error> {
        let (given, unknown) = given(config);
        let environment = |name: &str| std::env::var(name).ok();
        let issuers = match unknown_among(&unknown, &settings::OF_ISSUERS) {
            unknown if unknown.is_empty() => {
                Ok(settings::issuers(&given, &environment, &host.terraform_version)?)
            }
            unknown => Err(unknown),
        };
        if !unknown.is_empty() {
            return Ok(Clusters::unknown(&unknown, issuers));
        }
        let (access, common) = settings::resolve(given, &environment, &host.terraform_version, network)?;
        Ok(Clusters::new(access, settings::routes(&config.kubernetes, common)?, issuers))
    }
}

/// The configured values, and the names of the attributes that are known only after apply.
fn given(config: &CksPartial) -> (Given, Vec<String>) {
    let unknown = [
        ("token", config.token.is_unknown()),
        ("endpoint", config.endpoint.is_unknown()),
        ("http_timeout", config.http_timeout.is_unknown()),
        ("proxy_url", config.proxy_url.is_unknown()),
        ("ca_certificate", config.ca_certificate.is_unknown()),
    ]
    .into_iter()
    .filter(|(_, is_unknown)| *is_unknown)
    .map(|(attribute, _)| attribute.to_owned())
    .collect();
    let given = Given {
        token: config.token.clone().known().map(Into::into),
        endpoint: config.endpoint.clone().known(),
        http_timeout: config.http_timeout.clone().known(),
        proxy_url: config.proxy_url.clone().known(),
        ca_certificate: config.ca_certificate.clone().known(),
    };
    (given, unknown)
}

fn unknown_among(unknown: &[String], attributes: &[&str]) -> Vec<String> {
    unknown.iter().filter(|attribute| attributes.contains(&attribute.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_offered_has_a_sound_schema() {
        assert_eq!(Cks::offers().check(), Ok(()));
    }

    #[test]
    fn every_unknown_attribute_is_named_when_a_client_is_needed() {
        let config = CksPartial {
            token: tfplugin::Value::Unknown,
            endpoint: tfplugin::Value::Unknown,
            ..CksPartial::default()
        };
        let (_, unknown) = given(&config);
        assert_eq!(unknown, ["token", "endpoint"]);
        assert_eq!(unknown_among(&unknown, &settings::OF_ISSUERS), [""; 0], "issuers need neither");
    }
}
