//! The objects of which one says who the user is.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tfplugin::Schema;

use super::{checks, kubelogin};
use crate::{checks as rules, kubeconfig::Exec};

/// A login with OpenID Connect.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct OidcInput {
    /// Issuer to log in at. Default: the one that the cluster trusts.
    #[schema(optional, validate(checks::issuer))]
    pub(super) issuer_url: Option<String>,
    /// Client id at the issuer. Default: the one that the cluster wants in tokens.
    #[schema(optional, validate(rules::plain))]
    pub(super) client_id: Option<String>,
    /// Certificates (PEM) to trust for the issuer, and no others. Default: the cluster's, where `issuer_url` is the cluster's too;
    /// without any, those of the client's system.
    #[schema(optional, validate(rules::pem_certificates))]
    pub(super) ca_certificate: Option<String>,
    /// Secret of the client, for issuers that give no token to public clients. Everyone who has the kubeconfig can read it, and it
    /// shows in process lists. Default: none; the login is made safe by PKCE instead.
    #[schema(optional, sensitive, validate(checks::secret))]
    pub(super) client_secret: Option<SecretString>,
    /// Scopes to ask for beside `openid`. Default: the standard one that gives the cluster's `username_claim`, such as `["email"]`
    /// for the claim `email`. Groups often need a scope that only the issuer's documentation knows.
    #[schema(optional, validate_each(checks::scope))]
    pub(super) extra_scopes: Option<Vec<String>>,
    /// How to log in: `auto`, `authcode`, `authcode-keyboard`, `password`, `device-code`, or `client-credentials` with a kubelogin
    /// newer than 1.28. Default: kubelogin's own, which is the authorization code in a browser.
    #[schema(optional, validate(checks::grant_type))]
    pub(super) grant_type: Option<String>,
    /// Whether to insist on PKCE (`--oidc-use-pkce`); otherwise kubelogin uses it where the issuer's discovery document names it.
    /// Default: true for an authorization code without `client_secret`.
    #[schema(optional)]
    pub(super) pkce: Option<bool>,
    /// `kubectl` (default) runs kubelogin as kubectl's plugin `oidc-login`, as Krew installs it; `kubelogin` runs it by its own
    /// name.
    #[schema(optional, validate(kubelogin::validate_command))]
    pub(super) command: Option<String>,
    /// Version of the answer that clients expect. Default: `client.authentication.k8s.io/v1beta1`, the only one that kubelogin 1.28
    /// knows; newer ones answer `client.authentication.k8s.io/v1` too.
    #[schema(optional, validate(checks::exec_version))]
    pub(super) api_version: Option<String>,
    /// More arguments of kubelogin, such as `--listen-address=127.0.0.1:8100`, behind all others.
    #[schema(optional)]
    pub(super) extra_args: Option<Vec<String>>,
}

/// A credential plugin.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ExecInput {
    /// Version of the plugin's answer: `client.authentication.k8s.io/v1` or `client.authentication.k8s.io/v1beta1`.
    #[schema(required, validate(checks::exec_version))]
    api_version: String,
    /// The program, found on `PATH`.
    #[schema(required, validate(rules::not_empty))]
    command: String,
    /// Its arguments.
    #[schema(optional)]
    args: Option<Vec<String>>,
    /// What is added to its environment.
    #[schema(optional, sensitive)]
    env: Option<BTreeMap<String, SecretString>>,
    /// What a client shows where the program is missing.
    #[schema(optional)]
    install_hint: Option<String>,
}

impl From<&ExecInput> for Exec {
    fn from(input: &ExecInput) -> Self {
        let args = input.args.iter().flatten();
        Self {
            api_version: input.api_version.clone(),
            command: input.command.clone(),
            args: args.map(|argument| argument.as_str().into()).collect(),
            env: input.env.clone().unwrap_or_default(),
            install_hint: super::set(input.install_hint.as_deref()),
        }
    }
}
