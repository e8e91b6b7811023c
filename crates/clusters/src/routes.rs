//! How the Kubernetes API of each cluster is reached: by its managed endpoint with the CoreWeave token, unless the provider's
//! `kubernetes` entries say otherwise.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use coreweave::{Cluster, HostError, NamedEndpoint};
use kubernetes::{Connection, Credentials, Server};
use request_pipeline::{Backoff, BearerToken, LoginUrl, Network, Proxy};
use secrecy::SecretString;

use super::{Endpoint, EntryServer, Error};

/// Where an entry leads, with the credentials that go there.
#[derive(Clone, Debug)]
pub enum Target {
    /// To the managed endpoint of whichever cluster it is, as CoreWeave's API names it.
    Managed(ManagedCredentials),
    /// To its unmanaged endpoint.
    Unmanaged(Credentials),
    /// To this server.
    Host {
        /// Its URL.
        url: LoginUrl,
        /// Credentials for it.
        credentials: Credentials,
    },
    /// To the server of a kubeconfig, with the credentials there.
    Kubeconfig {
        /// The document.
        text: SecretString,
        /// Name of the context. `None`: its only one.
        context: Option<String>,
    },
    /// To the server of a kubeconfig file, with the credentials there.
    KubeconfigFile {
        /// Path of the file.
        path: PathBuf,
        /// Name of the context.
        context: String,
    },
}

/// Credentials for a managed endpoint.
#[derive(Clone, Debug)]
pub enum ManagedCredentials {
    /// The provider's CoreWeave token. Nothing else leads it to a Kubernetes API.
    CoreWeaveToken,
    /// Others.
    Own(Credentials),
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Route {
    /// Address and credentials.
    pub target: Target,
    /// Trusted roots of the endpoint, PEM.
    pub certificates: Option<String>,
    /// Name in the server's certificate, if not that of the URL.
    pub tls_server_name: Option<String>,
    /// `None`: the provider's.
    pub proxy: Option<Proxy>,
}

/// A `kubernetes` entry of the configuration, which may not be known yet.
#[derive(Clone, Debug)]
pub enum AccessEntry {
    /// Its values are known.
    Known(Box<Route>),
    /// These attributes are known only after apply.
    Unknown(Vec<String>),
}

/// All entries, and what they have in common.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// What the configuration has, by the cluster's id.
    pub by_cluster: BTreeMap<String, AccessEntry>,
    /// For all other clusters.
    pub default: Option<AccessEntry>,
    /// An entry's cluster is known only after apply: it may be any.
    pub unknown_cluster: Vec<String>,
    /// What the entries of clusters state about their servers, as far as known, by the cluster's id.
    pub servers: BTreeMap<String, EntryServer>,
    /// For managed endpoints.
    pub coreweave_token: Option<BearerToken>,
    /// What all connections share.
    pub common: Common,
}

/// What all connections have in common.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// Proxy of its requests.
    pub proxy: Proxy,
    /// Further trusted roots, PEM.
    pub extra_roots: Option<String>,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// Time limit of one request.
    pub request_timeout: Duration,
    /// What answers in place of the network, in tests.
    pub network: Option<Arc<dyn Network>>,
    /// How many refreshes of a kind are requests of their own before a list serves the others; `None`: as for users.
    pub single_reads: Option<u64>,
}

impl Default for Route {
    /// The managed endpoint, with the CoreWeave token.
    fn default() -> Self {
        Self {
            target: Target::Managed(ManagedCredentials::CoreWeaveToken),
            certificates: None,
            tls_server_name: None,
            proxy: None,
        }
    }
}

impl Route {
    /// Whether its kubeconfig turns off the verification of the server's certificate, and nothing else turns it on.
    pub(super) fn skips_verification(&self) -> bool {
        let server = match &self.target {
            Target::Kubeconfig { text, context } => {
                Server::Kubeconfig { text: text.clone(), context: context.clone() }
            }
            Target::KubeconfigFile { path, context } => {
                Server::KubeconfigFile { path: path.clone(), context: context.clone() }
            }
            Target::Managed(_) | Target::Unmanaged(_) | Target::Host { .. } => return false,
        };
        self.certificates.is_none() && kubernetes::skips_verification(&server)
    }
}

impl Routes {
    /// How this cluster is reached.
    pub(super) fn to(&self, cluster_id: &str) -> Result<Route, Error> {
        let entry = match self.by_cluster.get(cluster_id) {
            Some(entry) => Some(entry),
            None if !self.unknown_cluster.is_empty() => {
                return Err(Error::UnknownConfiguration { attributes: self.unknown_cluster.clone() });
            }
            None => self.default.as_ref(),
        };
        match entry {
            None => Ok(Route::default()),
            Some(AccessEntry::Known(route)) => Ok(Route::clone(route)),
            Some(AccessEntry::Unknown(attributes)) => {
                Err(Error::UnknownConfiguration { attributes: attributes.clone() })
            }
        }
    }

    /// The connection that a route means. `endpoint`: what CoreWeave's API named, where the route leads to an endpoint.
    pub(super) fn connection(
        &self,
        id: &str,
        route: Route,
        endpoint: Option<NamedEndpoint>,
    ) -> Result<Connection, Error> {
        let Common { proxy, extra_roots, user_agent, request_timeout, network, single_reads } = &self.common;
        let named = route.target.endpoint();
        let answers_anonymous = named == Some(Endpoint::Unmanaged);
        let title = match named {
            Some(named) => format!("the {named} endpoint of cluster {id}"),
            None => format!("the Kubernetes API that `kubernetes` names for cluster {id}"),
        };
        let server_of_endpoint = || match endpoint {
            // Only a host of CoreWeave's shows by itself which cluster it is.
            Some(NamedEndpoint { url, is_coreweaves: true }) => Ok(Server::Endpoint(LoginUrl::new(url))),
            Some(NamedEndpoint { url, is_coreweaves: false }) => Ok(Server::Named(LoginUrl::new(url))),
            None => Err(Error::NotFound { id: id.to_owned() }),
        };
        let (server, credentials) = match route.target {
            Target::Managed(credentials) => (server_of_endpoint()?, self.managed_credentials(credentials)?),
            Target::Unmanaged(credentials) => (server_of_endpoint()?, credentials),
            Target::Host { url, credentials } => (Server::Url(url), credentials),
            Target::Kubeconfig { text, context } => {
                (Server::Kubeconfig { text, context }, Credentials::OfKubeconfig)
            }
            Target::KubeconfigFile { path, context } => {
                (Server::KubeconfigFile { path, context }, Credentials::OfKubeconfig)
            }
        };
        Ok(Connection {
            title,
            server,
            credentials,
            certificates: route.certificates,
            extra_roots: extra_roots.clone(),
            tls_server_name: route.tls_server_name,
            proxy: route.proxy.unwrap_or_else(|| proxy.clone()),
            user_agent: user_agent.clone(),
            request_timeout: *request_timeout,
            backoff: Backoff::default(),
            answers_anonymous,
            withheld: self.coreweave_token.clone(),
            single_reads: single_reads.unwrap_or(Connection::SINGLE_READS),
            network: network.clone(),
        })
    }

    fn managed_credentials(&self, credentials: ManagedCredentials) -> Result<Credentials, Error> {
        match credentials {
            ManagedCredentials::Own(credentials) => Ok(credentials),
            ManagedCredentials::CoreWeaveToken => {
                self.coreweave_token.clone().map(Credentials::from).ok_or(Error::MissingToken)
            }
        }
    }
}

impl Endpoint {
    /// This endpoint of a cluster that an API described. A host that is not CoreWeave's is no endpoint of CoreWeave's own API.
    pub(super) fn of(self, cluster: &Cluster) -> Result<NamedEndpoint, Error> {
        let named = match self {
            Self::Managed => cluster.managed_endpoint(),
            Self::Unmanaged => cluster.unmanaged_endpoint(),
        };
        let id = cluster.id.clone();
        named.map_err(|error| match error {
            HostError::Foreign { host } => Error::ForeignHost { id, endpoint: self, host },
            error => Error::NoEndpoint { id, problem: error.to_string() },
        })
    }
}

impl Target {
    /// The endpoint that it leads to; `None` for an address in the configuration.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Managed(_) => Some(Endpoint::Managed),
            Self::Unmanaged(_) => Some(Endpoint::Unmanaged),
            Self::Host { .. } | Self::Kubeconfig { .. } | Self::KubeconfigFile { .. } => None,
        }
    }
}

impl Route {
    /// The address has to be read from CoreWeave's API.
    pub(super) fn needs_cluster(&self) -> bool {
        self.target.endpoint().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "CW-SECRET-of-the-organisation";

    fn routes() -> Routes {
        let token = BearerToken::Value { token: SECRET.into(), source: "the environment".to_owned() };
        Routes { coreweave_token: Some(token), ..Routes::default() }
    }

    fn own() -> Credentials {
        Credentials::Token { token: "eyJ-own".into(), source: "the entry".to_owned() }
    }

    fn named(is_coreweaves: bool) -> NamedEndpoint {
        NamedEndpoint { url: "https://endpoint".to_owned(), is_coreweaves }
    }

    fn connection(routes: &Routes, target: Target) -> Result<Connection, Error> {
        let endpoint = target.endpoint().map(|_| named(true));
        routes.connection("a", Route { target, ..Route::default() }, endpoint)
    }

    #[test]
    fn the_coreweave_token_goes_to_a_managed_endpoint_only() {
        let (text, context) = (SecretString::from("{}"), None);
        for (target, expected) in [
            (Target::Managed(ManagedCredentials::CoreWeaveToken), "the token from the environment"),
            (Target::Managed(ManagedCredentials::Own(own())), "the token from the entry"),
            (Target::Unmanaged(own()), "the token from the entry"),
            (
                Target::Host { url: LoginUrl::new("https://h"), credentials: own() },
                "the token from the entry",
            ),
            (Target::Kubeconfig { text, context }, "the credentials of the kubeconfig"),
            (
                Target::KubeconfigFile { path: "f".into(), context: "c".to_owned() },
                "the credentials of the kubeconfig",
            ),
        ] {
            let found = connection(&routes(), target).expect("a connection").credentials;
            assert_eq!(found.to_string(), expected);
        }
        let without = connection(&Routes::default(), Target::Managed(ManagedCredentials::CoreWeaveToken));
        assert!(matches!(without, Err(Error::MissingToken)), "{without:?}");
        assert!(!format!("{:?}", routes()).contains(SECRET));
    }

    #[test]
    fn only_a_host_of_coreweaves_that_an_api_named_shows_the_cluster_by_itself() {
        for target in [Target::Unmanaged(own()), Target::Managed(ManagedCredentials::CoreWeaveToken)] {
            let to = |is_coreweaves| {
                let route = Route { target: target.clone(), ..Route::default() };
                routes().connection("a", route, Some(named(is_coreweaves))).expect("a connection").server
            };
            assert!(matches!(to(true), Server::Endpoint(_)), "{:?}", to(true));
            assert!(matches!(to(false), Server::Named(_)), "{:?}", to(false));
        }
        let given = Target::Host { url: LoginUrl::new("https://endpoint"), credentials: own() };
        let given = connection(&routes(), given).expect("a connection").server;
        assert!(matches!(given, Server::Url(_)), "{given:?}");
        let nowhere = routes().connection("a", Route::default(), None);
        assert!(matches!(nowhere, Err(Error::NotFound { .. })), "{nowhere:?}");
    }
    #[test]
    fn a_kubeconfig_may_skip_verification_unless_the_entry_has_certificates() {
        let with = |more: &str, certificates: Option<&str>| {
            let text = format!(
                r#"{{"clusters": [{{"name": "c", "cluster": {{"server": "https://h"{more}}}}}], "users": [{{"name": "u", "user": {{"token": "t"}}}}],
                    "contexts": [{{"name": "x", "context": {{"cluster": "c", "user": "u"}}}}]}}"#
            );
            let target = Target::Kubeconfig { text: text.into(), context: None };
            Route { target, certificates: certificates.map(str::to_owned), ..Route::default() }
        };
        let skips = r#", "insecure-skip-tls-verify": true"#;
        assert!(with(skips, None).skips_verification());
        assert!(!with(skips, Some("PEM")).skips_verification(), "the entry's certificates verify it");
        assert!(!with("", None).skips_verification());
        assert!(!Route::default().skips_verification());
    }
}
