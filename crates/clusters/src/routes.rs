//! How the Kubernetes API of each cluster is reached: by its managed endpoint with the CoreWeave token, unless the provider's
//! `kubernetes` entries say otherwise.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use coreweave::Cluster;
use kubernetes::{Connection, Credentials, Server};
use request_pipeline::{Backoff, Network, Proxy};
use secrecy::{ExposeSecret as _, SecretString};

use super::Error;

/// One of a cluster's two endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Takes CoreWeave tokens only.
    Managed,
    /// Takes OIDC and ServiceAccount tokens.
    Unmanaged,
}

impl Endpoint {
    /// By the name that users write.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Managed, Self::Unmanaged].into_iter().find(|endpoint| endpoint.to_string() == name)
    }

    /// Whether users may write this.
    pub fn check(name: &str) -> Result<(), String> {
        match Self::named(name) {
            Some(_) => Ok(()),
            None => Err(format!("{name:?} is neither \"managed\" nor \"unmanaged\".")),
        }
    }

    /// Why it would reject this token, if the token's form shows that: each endpoint accepts what the other rejects. Reported before a
    /// request is sent.
    pub fn refuses(self, token: &SecretString) -> Option<&'static str> {
        let is_coreweave = token.expose_secret().starts_with("CW-SECRET-");
        match (self, is_coreweave) {
            (Self::Unmanaged, true) => Some(
                "It is a CoreWeave API token, which the unmanaged endpoint refuses. Use endpoint = \"managed\".",
            ),
            (Self::Managed, false) => Some(
                "It is no CoreWeave API token (CW-SECRET-…), and the managed endpoint takes no other. Use endpoint = \"unmanaged\".",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Managed => "managed",
            Self::Unmanaged => "unmanaged",
        })
    }
}

/// Where an entry leads.
#[derive(Clone, Debug)]
pub enum Target {
    /// To an endpoint of whichever cluster it is, as CoreWeave's API names it.
    Endpoint(Endpoint),
    /// To this server.
    Server(Server),
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Route {
    /// Address.
    pub target: Target,
    /// `None`: the CoreWeave token.
    pub credentials: Option<Credentials>,
    /// Trusted roots of the endpoint, PEM.
    pub certificates: Option<String>,
    /// Name in the server's certificate, if not that of the URL.
    pub tls_server_name: Option<String>,
    /// `None`: the provider's.
    pub proxy: Option<Proxy>,
}

/// An entry that may not be known yet.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Its values are known.
    Known(Box<Route>),
    /// These attributes are known only after apply.
    Unknown(Vec<String>),
}

/// All entries, and what they have in common.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// What the configuration has, by the cluster's id.
    pub by_cluster: BTreeMap<String, Entry>,
    /// For all other clusters.
    pub default: Option<Entry>,
    /// An entry's cluster is known only after apply: it may be any.
    pub unknown_cluster: Vec<String>,
    /// What all connections share.
    pub common: Common,
}

/// What all connections have in common.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// The CoreWeave token and where it came from.
    pub token: Option<(SecretString, String)>,
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
}

impl Default for Route {
    /// The managed endpoint, with the CoreWeave token.
    fn default() -> Self {
        Self {
            target: Target::Endpoint(Endpoint::Managed),
            credentials: None,
            certificates: None,
            tls_server_name: None,
            proxy: None,
        }
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
            Some(Entry::Known(route)) => Ok(Route::clone(route)),
            Some(Entry::Unknown(attributes)) => {
                Err(Error::UnknownConfiguration { attributes: attributes.clone() })
            }
        }
    }

    /// The connection that a route means for a cluster that CoreWeave's API described, where it is needed.
    pub(super) fn connection(
        &self,
        id: &str,
        route: Route,
        cluster: Option<&Cluster>,
    ) -> Result<Connection, Error> {
        let Common { token, proxy, extra_roots, user_agent, request_timeout, network } = &self.common;
        let (title, server) = match (route.target, cluster) {
            (Target::Server(server), _) => {
                (format!("the Kubernetes API that `kubernetes` names for cluster {id}"), server)
            }
            (Target::Endpoint(endpoint), Some(cluster)) => {
                let url = match endpoint {
                    Endpoint::Managed => cluster.managed_endpoint(),
                    Endpoint::Unmanaged => cluster.unmanaged_endpoint(),
                };
                let url =
                    url.map_err(|error| Error::NoEndpoint { id: id.to_owned(), problem: error.to_string() })?;
                (format!("the {endpoint} endpoint of cluster {id}"), Server::Url(url))
            }
            (Target::Endpoint(_), None) => return Err(Error::NotFound { id: id.to_owned() }),
        };
        let credentials = match (route.credentials, &server) {
            (Some(credentials), _) => credentials,
            (None, Server::Kubeconfig { .. } | Server::KubeconfigFile { .. }) => Credentials::OfKubeconfig,
            (None, Server::Url(_)) => {
                let (token, source) = token.clone().ok_or(Error::MissingToken)?;
                Credentials::Token { token, source }
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
            network: network.clone(),
        })
    }
}

impl Route {
    /// The address has to be read from CoreWeave's API.
    pub(super) fn needs_cluster(&self) -> bool {
        matches!(self.target, Target::Endpoint(_))
    }
}
