//! The file's members (`k8s.io/client-go/tools/clientcmd/api/v1`), each struct in the order of its names: kubectl sorts them.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct File<'a> {
    #[serde(rename = "apiVersion")]
    pub(super) api_version: &'static str,
    pub(super) clusters: Vec<NamedCluster<'a>>,
    pub(super) contexts: Vec<NamedContext<'a>>,
    #[serde(rename = "current-context")]
    pub(super) current_context: &'a str,
    pub(super) kind: &'static str,
    pub(super) users: Vec<NamedUser<'a>>,
}

#[derive(Serialize)]
pub(super) struct NamedCluster<'a> {
    pub(super) cluster: Cluster<'a>,
    pub(super) name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cluster<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate_authority_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proxy_url: Option<&'a str>,
    pub(super) server: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tls_server_name: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct NamedContext<'a> {
    pub(super) context: Context<'a>,
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Context<'a> {
    pub(super) cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<&'a str>,
    pub(super) user: &'a str,
}

#[derive(Serialize)]
pub(super) struct NamedUser<'a> {
    pub(super) name: &'a str,
    pub(super) user: User<'a>,
}

#[derive(Serialize)]
pub(super) struct User<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exec: Option<Exec<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exec<'a> {
    api_version: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<&'a str>,
    command: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env: Vec<Variable<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    install_hint: Option<&'a str>,
    interactive_mode: &'static str,
}

#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Exec<'a> {
    pub(super) fn of(exec: &'a super::Exec) -> Self {
        let variables = exec.env.iter();
        Self {
            api_version: &exec.api_version,
            args: exec.args.iter().map(SecretString::expose_secret).collect(),
            command: &exec.command,
            env: variables.map(|(name, value)| Variable { name, value: value.expose_secret() }).collect(),
            install_hint: exec.install_hint.as_deref(),
            // Version v1 requires it. A program may prompt at a terminal, and scripts without one can still use cached tokens.
            interactive_mode: "IfAvailable",
        }
    }
}
