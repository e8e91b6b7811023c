//! The kubeconfig document for kubectl and other clients of Kubernetes. The same input gives the same text, byte for byte.
//!
//! It has one cluster, one user and one context, with names that do not collide in a merge with other files. Its members are in
//! kubectl's order. This module depends on neither Terraform nor CoreWeave.

mod file;

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use request_pipeline::LoginUrl;
use secrecy::{ExposeSecret as _, SecretString};

/// The connection of one user to one cluster.
#[derive(Debug)]
pub(crate) struct Kubeconfig {
    /// Name of the cluster and of the context, and beginning of the user's name.
    pub name: String,
    /// URL of the API server.
    pub server: String,
    /// Name in the server's certificate; `None`: the host of `server`.
    pub tls_server_name: Option<String>,
    /// Certificates (PEM) to trust for the server; `None`: the system's roots.
    pub ca_pem: Option<String>,
    /// URL of the proxy.
    pub proxy_url: Option<LoginUrl>,
    /// Namespace of the context; `None`: `default`.
    pub namespace: Option<String>,
    /// Credential of the user.
    pub credential: Credential,
}

/// Credential that is sent to the API server.
#[derive(Debug)]
pub(crate) enum Credential {
    /// A bearer token.
    Token(SecretString),
    /// The token of an OIDC login by this program.
    Oidc(Exec),
    /// The credential that this program prints.
    Exec(Exec),
}

/// A program that client-go runs for a credential (`ExecConfig` of `client.authentication.k8s.io`).
#[derive(Debug, Default)]
pub(crate) struct Exec {
    /// Version of the plugin's API, such as `client.authentication.k8s.io/v1`. The program must support it.
    pub api_version: String,
    /// The program, found on `PATH`.
    pub command: String,
    /// Arguments; some contain secrets.
    pub args: Vec<SecretString>,
    /// Environment variables added for the program.
    pub env: BTreeMap<String, SecretString>,
    /// Message that a client shows if the program is not installed.
    pub install_hint: Option<String>,
}

/// The document cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the kubeconfig cannot be written as YAML")]
pub(crate) struct WriteError(#[from] serde_saphyr::ser_error::Error);

impl Kubeconfig {
    /// The document's text.
    pub(crate) fn to_yaml(&self) -> Result<SecretString, WriteError> {
        let options = serde_saphyr::ser_options! {
            // kubectl writes long texts on one line.
            prefer_block_scalars: false,
        };
        let ca = self.ca_pem.as_ref().map(|pem| STANDARD.encode(pem));
        let user = self.user_name();
        Ok(serde_saphyr::to_string_with_options(&self.file(&user, ca.as_deref()), options)?.into())
    }

    fn user_name(&self) -> String {
        let kind = match &self.credential {
            Credential::Token(_) => "token",
            Credential::Oidc(_) => "oidc",
            Credential::Exec(_) => "exec",
        };
        format!("{}-{kind}", self.name)
    }

    fn file<'a>(&'a self, user: &'a str, ca: Option<&'a str>) -> file::File<'a> {
        let credential = match &self.credential {
            Credential::Token(token) => file::User { exec: None, token: Some(token.expose_secret()) },
            Credential::Oidc(exec) | Credential::Exec(exec) => {
                file::User { exec: Some(file::Exec::of(exec)), token: None }
            }
        };
        file::File {
            api_version: "v1",
            clusters: vec![file::NamedCluster {
                cluster: file::Cluster {
                    certificate_authority_data: ca,
                    proxy_url: self.proxy_url.as_ref().map(LoginUrl::expose),
                    server: &self.server,
                    tls_server_name: self.tls_server_name.as_deref(),
                },
                name: &self.name,
            }],
            contexts: vec![file::NamedContext {
                context: file::Context { cluster: &self.name, namespace: self.namespace.as_deref(), user },
                name: &self.name,
            }],
            current_context: &self.name,
            kind: "Config",
            users: vec![file::NamedUser { name: user, user: credential }],
        }
    }
}

#[cfg(test)]
mod tests;
