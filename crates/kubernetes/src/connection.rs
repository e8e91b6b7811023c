//! Settings of a connection to a cluster's Kubernetes API, from which [`super::Client`] connects on first use.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use request_pipeline::{Backoff, BearerToken, LoginUrl, Network, Proxy, TokenFile};
use secrecy::SecretString;
use serde_json::Value;

use super::token_source::TokenSource;

/// Settings of the connection to one cluster.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Name of the connection in messages: `the managed endpoint of cluster 8154…`.
    pub title: String,
    /// The server.
    pub server: Server,
    /// Credentials. A kubeconfig has its own.
    pub credentials: Credentials,
    /// Certificates (PEM) to trust for the server instead of the system's roots, or of those in a kubeconfig.
    pub certificates: Option<String>,
    /// Certificates (PEM) to trust in addition.
    pub extra_roots: Option<String>,
    /// Name in the server's certificate, if it differs from the host.
    pub tls_server_name: Option<String>,
    /// Proxy of the requests.
    pub proxy: Proxy,
    /// User-Agent header.
    pub user_agent: String,
    /// Time limit of one request.
    pub request_timeout: Duration,
    /// Pauses and limit of retries.
    pub backoff: Backoff,
    /// Whether the server answers some requests without credentials too, as CoreWeave's unmanaged endpoints do.
    pub answers_anonymous: bool,
    /// A secret for another API, which an exec plugin must not inherit from the environment of this process.
    pub withheld: Option<BearerToken>,
    /// How many refreshes of a kind, in one namespace or of the whole cluster, are requests of their own before one list serves the others.
    pub single_reads: u64,
    /// What answers in place of the network, in tests.
    pub network: Option<Arc<dyn Network>>,
}

impl Connection {
    /// [`Connection::single_reads`] for users.
    pub const SINGLE_READS: u64 = 3;

    /// Whether CoreWeave's API named the endpoint for the cluster's id.
    pub(super) fn is_named_by_coreweave(&self) -> bool {
        matches!(self.server, Server::Endpoint(_))
    }
}

#[cfg(any(test, feature = "testing"))]
impl Connection {
    /// For tests: to a server with these certificates (PEM) as an endpoint of CoreWeave's, with short pauses.
    pub fn for_tests(url: &str, certificates: &str) -> Self {
        Self {
            title: "the scripted endpoint".to_owned(),
            server: Server::Endpoint(LoginUrl::new(url)),
            credentials: Credentials::Token {
                token: "eyJ-do-not-show".into(),
                source: "the test".to_owned(),
            },
            certificates: Some(certificates.to_owned()),
            extra_roots: None,
            tls_server_name: None,
            proxy: Proxy::ENVIRONMENT,
            user_agent: "cks-test/1".to_owned(),
            request_timeout: Duration::from_secs(5),
            backoff: request_pipeline::testing::quick_backoff(),
            answers_anonymous: false,
            withheld: None,
            single_reads: Self::SINGLE_READS,
            network: None,
        }
    }
}

/// Address of a server.
#[derive(Clone)]
pub enum Server {
    /// The URL of an endpoint at CoreWeave that an API named for the cluster's id, so that it leads to no other cluster.
    Endpoint(LoginUrl),
    /// The URL of an endpoint elsewhere that an API named: like an address in the configuration, it may lead anywhere.
    Named(LoginUrl),
    /// A URL that the configuration names.
    Url(LoginUrl),
    /// A kubeconfig and its context. Without a context, the kubeconfig must have only one.
    Kubeconfig {
        /// The document.
        text: SecretString,
        /// Name of the context; `None`: its only one. The document's current context is never used.
        context: Option<String>,
    },
    /// A kubeconfig file and its context.
    KubeconfigFile {
        /// Path of the file.
        path: PathBuf,
        /// Name of the context.
        context: String,
    },
}

/// What names the address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// The API that describes clusters.
    Api,
    /// The configuration, or a kubeconfig.
    Configuration,
}

impl Server {
    /// What names its address.
    pub fn named_by(&self) -> NamedBy {
        match self {
            Self::Endpoint(_) | Self::Named(_) => NamedBy::Api,
            Self::Url(_) | Self::Kubeconfig { .. } | Self::KubeconfigFile { .. } => NamedBy::Configuration,
        }
    }
}

/// Credentials.
#[derive(Clone)]
pub enum Credentials {
    /// A bearer token, with its source.
    Token {
        /// The token.
        token: SecretString,
        /// Source of the token, for messages.
        source: String,
    },
    /// A file with a bearer token, read again for each request.
    TokenFile(TokenFile),
    /// Tokens that are fetched from elsewhere, anew before they expire and once the server rejects them.
    Fetched(Arc<dyn TokenSource>),
    /// A client certificate and its key (PEM).
    Certificate {
        /// Certificate chain, PEM.
        certificate: String,
        /// Private key, PEM.
        key: SecretString,
    },
    /// A program that prints credentials.
    Exec(Exec),
    /// The credentials of the kubeconfig.
    OfKubeconfig,
}

/// An exec plugin (`client.authentication.k8s.io`).
#[derive(Clone)]
pub struct Exec {
    /// Version of the protocol between client and plugin.
    pub api_version: String,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Environment variables, which may contain secrets.
    pub env: BTreeMap<String, SecretString>,
    /// Description of the cluster for the plugin.
    pub cluster: Option<Value>,
    /// Message if the program is not installed.
    pub install_hint: Option<String>,
}

impl From<BearerToken> for Credentials {
    fn from(token: BearerToken) -> Self {
        match token {
            BearerToken::Value { token, source } => Self::Token { token, source },
            BearerToken::File(file) => Self::TokenFile(file),
        }
    }
}

// Values that may contain a secret are shown by kind only.

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(url) => out.debug_tuple("Endpoint").field(url).finish(),
            Self::Named(url) => out.debug_tuple("Named").field(url).finish(),
            Self::Url(url) => out.debug_tuple("Url").field(url).finish(),
            Self::Kubeconfig { context, .. } => out.debug_tuple("Kubeconfig").field(context).finish(),
            Self::KubeconfigFile { path, context } => {
                out.debug_tuple("KubeconfigFile").field(path).field(context).finish()
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_string())
    }
}

/// Source of the credentials, for messages.
impl fmt::Display for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { source, .. } => write!(out, "the token from {source}"),
            Self::TokenFile(file) => write!(out, "the token in {file}"),
            Self::Fetched(source) => write!(out, "{source}"),
            Self::Certificate { .. } => out.write_str("the client certificate"),
            Self::Exec(exec) => write!(out, "the credentials that the command {:?} gives", exec.command),
            Self::OfKubeconfig => out.write_str("the credentials of the kubeconfig"),
        }
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Exec").field("command", &self.command).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_contains_no_secret() {
        let shown = format!(
            "{:?}{:?}{:?}{:?}{:?}{:?}",
            Server::Url(LoginUrl::new("https://ada:hunter2@host")),
            Server::Kubeconfig { text: "hunter2".into(), context: None },
            Credentials::Token { token: "hunter2".into(), source: "the environment".to_owned() },
            Credentials::Certificate { certificate: String::new(), key: "hunter2".into() },
            Credentials::Exec(Exec {
                api_version: String::new(),
                command: "login".to_owned(),
                args: vec!["--secret=hunter2".to_owned()],
                env: BTreeMap::from([("SECRET".to_owned(), "hunter2".into())]),
                cluster: None,
                install_hint: None,
            }),
            Proxy::given("http://user:hunter2@proxy:1"),
        );
        assert!(shown.contains("login") && shown.contains("the environment"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
