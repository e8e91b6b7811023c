//! The credential arguments that are objects.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tfplugin::Schema;

use super::{checks, kubelogin};
use crate::checks as rules;

/// A login with OIDC.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct OidcInput {
    /// URL of the issuer. Default: the issuer that the cluster trusts.
    #[schema(optional, validate(checks::issuer))]
    pub(super) issuer_url: Option<String>,
    /// Client id at the issuer. Default: the client id of the cluster's `oidc`.
    #[schema(optional, validate(rules::plain))]
    pub(super) client_id: Option<String>,
    /// Certificates (PEM) to trust for the issuer instead of the system's roots. Default: those of the cluster's `oidc` if
    /// `issuer_url` is the same, otherwise the roots of the client's system.
    #[schema(optional, validate(rules::pem_certificates))]
    pub(super) ca_certificate: Option<String>,
    /// Client secret, for issuers that do not support public clients. Everyone who has the kubeconfig can read it, and it is visible
    /// in process lists. Default: none; PKCE protects the login instead.
    /// The data source's secret is stored in state: restrict access to it, or use the ephemeral resource of the same name.
    #[schema(optional, sensitive, validate(checks::secret))]
    pub(super) client_secret: Option<SecretString>,
    /// Scopes to request in addition to `openid`, such as `["email", "profile"]`. Default: the standard scope of the cluster's
    /// `username_claim`, such as `["email"]` for the claim `email`. Many issuers require a further scope for groups; see the issuer's
    /// documentation.
    #[schema(optional, validate_each(checks::scope))]
    pub(super) extra_scopes: Option<Vec<String>>,
    /// Grant type: `auto`, `authcode`, `authcode-keyboard`, `password`, `device-code`, or, with a kubelogin newer than 1.28,
    /// `client-credentials`. Default: kubelogin's own, the authorization code flow in a browser.
    #[schema(optional, validate(checks::grant_type))]
    pub(super) grant_type: Option<String>,
    /// Whether to force PKCE (`--oidc-use-pkce`). If false, kubelogin uses PKCE if the issuer's discovery document lists it. Default:
    /// true for the authorization code flow without `client_secret`.
    #[schema(optional)]
    pub(super) pkce: Option<bool>,
    /// Command that runs kubelogin: `kubectl` for the plugin `oidc-login`, as Krew installs it, or `kubelogin` for the program of that
    /// name. Default: `kubectl`.
    #[schema(optional, validate(kubelogin::validate_command))]
    pub(super) command: Option<String>,
    /// Version of the exec plugin's API. Default: `client.authentication.k8s.io/v1beta1`, the only version that kubelogin 1.28 supports.
    /// Newer ones support `client.authentication.k8s.io/v1` too.
    #[schema(optional, validate(checks::exec_version))]
    pub(super) api_version: Option<String>,
    /// Additional arguments of kubelogin, such as `--listen-address=127.0.0.1:8100`. They follow all others.
    #[schema(optional)]
    pub(super) extra_args: Option<Vec<String>>,
}

/// An exec plugin: a program of one's own, or a preset.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct ExecInput {
    /// Exec plugin that logs a pipeline's job in with its own ID token: `github-actions` requests one of GitHub Actions, which needs
    /// `permissions: id-token: write` in the workflow; `variable` reads it from the environment variable that `variable` names, such as that
    /// of a GitLab job with `id_tokens`. The kubeconfig contains no secret. Needs `sh`, `base64`, `cut`, `date`, `sed` and `tr` (those of
    /// busybox are enough), and `curl` for `github-actions`. Set either `preset` or `command`.
    #[schema(optional, validate(checks::preset))]
    pub(super) preset: Option<String>,
    /// Audience of the ID tokens of the preset `github-actions`. Default: the client id of the cluster's `oidc`.
    #[schema(optional, validate(rules::plain))]
    pub(super) audience: Option<String>,
    /// Name of the environment variable with the ID token, such as `KUBERNETES_ID_TOKEN`. Required by the preset `variable`.
    #[schema(optional, validate(checks::variable_name))]
    pub(super) variable: Option<String>,
    /// Version of the plugin's API: `client.authentication.k8s.io/v1` or `client.authentication.k8s.io/v1beta1`. Required with `command`. A
    /// preset supports both, and defaults to the former.
    #[schema(optional, validate(checks::exec_version))]
    pub(super) api_version: Option<String>,
    /// Program to run, found on `PATH`.
    #[schema(optional, validate(rules::not_empty))]
    pub(super) command: Option<String>,
    /// Arguments of the program.
    #[schema(optional)]
    pub(super) args: Option<Vec<String>>,
    /// Environment variables added for the program.
    #[schema(optional, sensitive)]
    pub(super) env: Option<BTreeMap<String, SecretString>>,
    /// Message that a client shows if the program is not installed. Default: none, or for a preset what it needs.
    #[schema(optional)]
    pub(super) install_hint: Option<String>,
}
