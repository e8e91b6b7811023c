//! How a cluster's Kubernetes API is reached: plain data, from which [`super::Client`] makes connections when they are needed.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use request_pipeline::{Backoff, Proxy};
use secrecy::SecretString;
use serde_json::Value;

/// Everything that is to be known to reach one cluster.
#[derive(Clone, Debug)]
pub struct Connection {
    /// What is reached, in words: `the managed endpoint of cluster 8154…`.
    pub title: String,
    /// Where it is.
    pub server: Server,
    /// Who calls. A kubeconfig brings its own.
    pub credentials: Credentials,
    /// Certificates (PEM) to trust for the server in place of the system's roots, or of those in a kubeconfig.
    pub certificates: Option<String>,
    /// Certificates (PEM) to trust beside those.
    pub extra_roots: Option<String>,
    /// Name that the server's certificate must have, when that is not the host's.
    pub tls_server_name: Option<String>,
    /// Proxy of the requests.
    pub proxy: Proxy,
    /// Sent with every request.
    pub user_agent: String,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How fast to repeat, and when to give up.
    pub backoff: Backoff,
}

/// Where a server is.
#[derive(Clone)]
pub enum Server {
    /// At this address.
    Url(String),
    /// Where this kubeconfig says, in this context. Without one there must be only one.
    Kubeconfig {
        /// The document.
        text: SecretString,
        /// Name of the context; without it, the document's current one.
        context: Option<String>,
    },
    /// Where this kubeconfig file says, in this context.
    KubeconfigFile {
        /// Path of the file.
        path: PathBuf,
        /// Name of the context; without it, the document's current one.
        context: String,
    },
}

/// Who calls.
#[derive(Clone)]
pub enum Credentials {
    /// A bearer token, and where it came from, in words.
    Token {
        /// The token.
        token: SecretString,
        /// Where the token comes from, for messages.
        source: String,
    },
    /// A file with a bearer token, read again for each request.
    TokenFile(PathBuf),
    /// A client certificate and its key (PEM).
    Certificate {
        /// Certificate chain, PEM.
        certificate: String,
        /// Private key, PEM.
        key: SecretString,
    },
    /// A program that prints credentials.
    Exec(Exec),
    /// Those of the kubeconfig.
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
    /// May hold secrets.
    pub env: BTreeMap<String, SecretString>,
    /// What it is told of the cluster.
    pub cluster: Option<Value>,
    /// What to do when it is not there.
    pub install_hint: Option<String>,
}

// What may hold a secret shows what it is, not what it holds.

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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

/// Where they come from, for messages.
impl fmt::Display for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { source, .. } => write!(out, "the token from {source}"),
            Self::TokenFile(path) => write!(out, "the token in the file {}", path.display()),
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
    fn debug_output_holds_no_secret() {
        let shown = format!(
            "{:?}{:?}{:?}{:?}{:?}",
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
