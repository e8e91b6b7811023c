//! The provider block, and the list of all that it offers.

use std::sync::Arc;

use clusters::{Clusters, Common, ForeignHost};
use request_pipeline::{LoginUrl, Network};
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Diagnostic, Diagnostics, Error, Offers, Provider, Schema, duration, provider::Configuration};

use crate::{
    actions, checks, data_sources, ephemeral_resources, functions, list_resources, resources,
    settings::{self, Given, KubernetesAccess},
};

/// Manages access to CoreWeave Kubernetes Service (CKS) clusters: who can authenticate to a cluster's unmanaged endpoint (OIDC,
/// webhooks, ServiceAccount tokens), what they may do (roles and bindings), and the kubeconfigs that they use.
#[derive(Clone, Debug, Schema)]
pub struct Cks {
    /// CoreWeave API access token, which begins with `CW-SECRET-`. Default: the environment variable `COREWEAVE_API_TOKEN`.
    #[schema(optional, sensitive)]
    token: Option<SecretString>,
    /// Path of a file with the CoreWeave API access token, such as `/var/run/secrets/coreweave/token`. The file is read again for each
    /// request, so that another program may renew the token. Default: the environment variable `COREWEAVE_API_TOKEN_FILE`. Conflicts with
    /// `token`.
    #[schema(optional)]
    token_file: Option<String>,
    /// URL of CoreWeave's API. Default: the environment variable `COREWEAVE_API_ENDPOINT`, else `https://api.coreweave.com`.
    #[schema(optional)]
    endpoint: Option<String>,
    /// Time limit of one request as a Go duration, such as `30s`. Default: the environment variable `COREWEAVE_HTTP_TIMEOUT`, else `10s`.
    #[schema(optional, validate(duration::validate))]
    http_timeout: Option<String>,
    /// URL of the proxy for all requests: `http://`, `https://` or `socks5://`, such as `http://proxy.example.com:3128`. Unencrypted requests
    /// to this machine use none. Default: the environment variables `HTTPS_PROXY` and `NO_PROXY`, which never apply to loopback addresses, and
    /// have no effect once this is set.
    #[schema(optional, sensitive)]
    proxy_url: Option<SecretString>,
    /// Certificates (PEM) to trust in addition to the system's roots, or to those in the file that the environment variable
    /// `SSL_CERT_FILE` names.
    #[schema(optional, validate(checks::pem_certificates))]
    ca_certificate: Option<String>,
    /// Connections to Kubernetes that replace the default, which is each cluster's managed endpoint with the CoreWeave token. Each
    /// entry sets an address (`endpoint`, `host`, `kubeconfig` or `config_path`) and, except with a kubeconfig, credentials (`token`,
    /// `token_file`, `oidc_token`, `client_certificate` or `exec`). The file `~/.kube/config` is read only if `config_path` names it.
    #[schema(optional)]
    kubernetes: Option<Vec<KubernetesAccess>>,
}

impl Provider for Cks {
    type Data = Clusters;

    fn validate(config: &CksPartial, report: &mut Diagnostics) {
        settings::check_routes(&config.kubernetes, report);
        let (given, unknown) = given(config);
        settings::check(given, &unknown, &|name| std::env::var(name).ok(), report);
    }

    async fn configure(config: CksPartial, host: Configuration) -> Result<Clusters, Error> {
        Self::configure_on(&config, &host, None, None)
    }

    fn notices(clusters: &Clusters) -> Diagnostics {
        let mut notices = Diagnostics::default();
        if let Some(host) = clusters.take_foreign_host() {
            notices.push(foreign_host(&host));
        }
        notices
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
            .data_source::<data_sources::rbac_bindings::RbacBindingList>()
            .data_source::<data_sources::self_subject_review::SelfSubjectReview>()
            .data_source::<data_sources::service_accounts::ServiceAccountList>()
            .data_source::<data_sources::subject_access_review::SubjectAccessReview>()
            .ephemeral_resource::<ephemeral_resources::kubeconfig::EphemeralKubeconfig>()
            .ephemeral_resource::<ephemeral_resources::service_account_token::EphemeralToken>()
            .list_resource::<list_resources::cluster_authn_webhook::ClusterAuthnWebhooks>()
            .list_resource::<list_resources::cluster_authz_webhook::ClusterAuthzWebhooks>()
            .list_resource::<list_resources::cluster_oidc::ClusterOidcs>()
            .list_resource::<list_resources::namespace::Namespaces>()
            .list_resource::<list_resources::rbac_binding::RbacBindings>()
            .list_resource::<list_resources::rbac_role::RbacRoles>()
            .list_resource::<list_resources::service_account::ServiceAccounts>()
            .action::<actions::revoke_service_account_tokens::RevokeServiceAccountTokens>()
            .function::<functions::oidc_group::OidcGroup>()
            .function::<functions::oidc_username::OidcUsername>()
            .function::<functions::unmanaged_endpoint::UnmanagedEndpoint>()
    }
}

impl Cks {
    /// The clients of a configuration. For tests are `network`, what answers their requests in place of the network (the client for OpenID
    /// issuers has no such thing), and `single_reads`, how many refreshes of a kind are requests of their own before a list serves the
    /// others.
    ///
    /// # Errors
    /// An invalid setting, with its source.
    pub fn configure_on(
        config: &CksPartial,
        host: &Configuration,
        network: Option<Arc<dyn Network>>,
        single_reads: Option<u64>,
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
        let settings::Resolved { access, coreweave_token, common } =
            settings::resolve(given, &environment, &host.terraform_version, network)?;
        let common = Common { single_reads, ..common };
        let routes = settings::routes(&config.kubernetes, coreweave_token, common)?;
        Ok(Clusters::new(access, routes, issuers))
    }
}

/// The configured values, and the names of the attributes that are known only after apply.
fn given(config: &CksPartial) -> (Given, Vec<String>) {
    let unknown = [
        ("token", config.token.is_unknown()),
        ("token_file", config.token_file.is_unknown()),
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
        token_file: config.token_file.clone().known(),
        endpoint: config.endpoint.clone().known(),
        http_timeout: config.http_timeout.clone().known(),
        proxy_url: config.proxy_url.as_known().map(|url| LoginUrl::new(url.expose_secret())),
        ca_certificate: config.ca_certificate.clone().known(),
    };
    (given, unknown)
}

fn unknown_among(unknown: &[String], attributes: &[&str]) -> Vec<String> {
    unknown.iter().filter(|attribute| attributes.contains(&attribute.as_str())).cloned().collect()
}

/// A host that is not CoreWeave's and to which credentials go because an API which is not CoreWeave's names it.
fn foreign_host(host: &ForeignHost) -> Diagnostic {
    let ForeignHost { host, api, api_source } = host;
    Diagnostic::warning(
        "Credentials go to a host that is not CoreWeave's",
        format!(
            "The API at {api} (from {api_source}) names {host} as the Kubernetes API of a cluster. Neither is CoreWeave's, so the host was not \
             checked, and the credentials for Kubernetes are sent there. If that is not intended, correct the value of {api_source}, and \
             replace the credentials."
        ),
    )
}

#[cfg(test)]
mod collections;
#[cfg(test)]
mod completed;
#[cfg(test)]
mod deferral;
#[cfg(test)]
mod foreign_host;
#[cfg(test)]
mod kubeconfig_server;
#[cfg(test)]
mod long_values;
#[cfg(test)]
mod moves;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_offered_has_a_sound_schema() {
        assert_eq!(Cks::offers().check(), Ok(()));
    }

    /// A provider block in which one attribute is set.
    fn refused() -> [(&'static str, CksPartial); 11] {
        let text = |text: &str| tfplugin::Value::Known(text.to_owned());
        let secret = |text: &str| tfplugin::Value::Known(SecretString::from(text).into());
        let none = CksPartial::default;
        [
            ("endpoint", CksPartial { endpoint: text("coreweave"), ..none() }),
            ("endpoint", CksPartial { endpoint: text(""), ..none() }),
            ("endpoint", CksPartial { endpoint: text("http://api.example.com"), ..none() }),
            ("http_timeout", CksPartial { http_timeout: text("0s"), ..none() }),
            ("proxy_url", CksPartial { proxy_url: secret("ftp://proxy"), ..none() }),
            ("ca_certificate", CksPartial { ca_certificate: text(""), ..none() }),
            ("token", CksPartial { token: secret(""), ..none() }),
            ("token_file", CksPartial { token_file: text(""), ..none() }),
            ("token_file", CksPartial { token_file: text("~/token"), ..none() }),
            ("token_file", CksPartial { token: secret("CW-SECRET-a"), token_file: text("token"), ..none() }),
            ("proxy_url", CksPartial { token: tfplugin::Value::Unknown, proxy_url: secret(""), ..none() }),
        ]
    }

    #[test]
    fn what_configure_refuses_without_a_request_is_refused_by_validate() {
        for (attribute, config) in refused() {
            let mut report = Diagnostics::default();
            Cks::validate(&config, &mut report);
            let found: Vec<_> = report.iter().map(|message| message.path.to_string()).collect();
            assert_eq!(found, [attribute], "{config:?}");
            let configured = settings::resolve(given(&config).0, &|_| None, "1.16.0", None);
            let refused = configured.expect_err("it is refused");
            assert_eq!(refused.messages()[0].path.to_string(), attribute);
        }
    }

    #[test]
    fn what_is_unknown_or_refused_already_is_not_reported_again() {
        let mut report = Diagnostics::default();
        let open = CksPartial {
            token: tfplugin::Value::Unknown,
            token_file: tfplugin::Value::Unknown,
            endpoint: tfplugin::Value::Unknown,
            http_timeout: tfplugin::Value::Unknown,
            proxy_url: tfplugin::Value::Unknown,
            ca_certificate: tfplugin::Value::Unknown,
            kubernetes: tfplugin::Value::Unknown,
        };
        Cks::validate(&open, &mut report);
        assert!(report.is_empty(), "{report:?}");
        report.push(tfplugin::Diagnostic::error("Invalid value", "It is.").at("endpoint"));
        let endpoint = tfplugin::Value::Known("coreweave".to_owned());
        Cks::validate(&CksPartial { endpoint, ..CksPartial::default() }, &mut report);
        assert_eq!(report.iter().count(), 1);
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
