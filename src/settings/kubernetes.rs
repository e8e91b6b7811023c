//! The provider's `kubernetes` entries, and the routes that they define.
//!
//! There is no fallback to localhost, to `~/.kube/config` or to a current context: a missing value is an error.

use std::{collections::BTreeMap, path::Path};

use clusters::{
    AccessEntry, Argument, Common, Endpoint, EntryServer, ManagedCredentials, Route, Routes, Target,
};
use coreweave::TokenShape;
use kubernetes::{Credentials, EXEC_VERSIONS, Exec};
use request_pipeline::{BearerToken, ClientIdentity, LoginUrl, Proxy, TokenFile};
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{AttributePath, Diagnostic, Diagnostics, Error, Schema, Value, attribute::Secret, path::Step};

use crate::{checks, errors::capitalised};

use super::id_tokens;

/// A connection to Kubernetes that replaces the managed endpoint with the CoreWeave token.
#[derive(Clone, Debug, Schema)]
pub(crate) struct KubernetesAccess {
    /// Id of the cluster that the entry applies to. Without it, the entry applies to all clusters that have no entry of their own, and
    /// sets `endpoint` and credentials only, so that no write reaches another cluster.
    #[schema(optional, validate(checks::cluster_id))]
    cluster_id: Option<String>,
    /// Endpoint of the cluster: `"managed"`, which accepts CoreWeave API tokens only, or `"unmanaged"`, which accepts every
    /// credential except CoreWeave tokens.
    #[schema(optional, validate(Endpoint::check))]
    endpoint: Option<String>,
    /// URL of the cluster's Kubernetes API, such as `https://10.0.0.1:6443`.
    #[schema(optional, validate(checks::https_host))]
    host: Option<String>,
    /// Text of a kubeconfig, which sets the credentials too.
    #[schema(optional, sensitive)]
    kubeconfig: Option<SecretString>,
    /// Path of a kubeconfig file, which sets the credentials too. Requires `config_context`.
    #[schema(optional)]
    config_path: Option<String>,
    /// Context of the kubeconfig. With `kubeconfig`, required unless the text has a single context. The file's current context is never used.
    #[schema(optional)]
    config_context: Option<String>,
    /// Bearer token.
    #[schema(optional, sensitive)]
    token: Option<SecretString>,
    /// Path of a file with a bearer token. The file is read again for each request.
    #[schema(optional)]
    token_file: Option<String>,
    /// ID token of this run, such as that of a pipeline's job, for the unmanaged endpoint or `host`. Set exactly one of its attributes
    /// `env`, `file`, `github_actions`.
    #[schema(optional)]
    oidc_token: Option<OidcTokenAccess>,
    /// Client certificate (PEM). Requires `client_key`.
    #[schema(optional, validate(checks::pem_certificates))]
    client_certificate: Option<String>,
    /// Private key of `client_certificate` (PEM).
    #[schema(optional, sensitive)]
    client_key: Option<SecretString>,
    /// Exec plugin: a program that prints credentials, as Kubernetes' clients run it.
    #[schema(optional)]
    exec: Option<ExecAccess>,
    /// Certificates (PEM) to trust for the Kubernetes API, instead of the system's roots. Default: the system's roots.
    #[schema(optional, validate(checks::pem_certificates))]
    ca_certificate: Option<String>,
    /// Name in the server's certificate, if it differs from the host.
    #[schema(optional)]
    tls_server_name: Option<String>,
    /// URL of the proxy for this Kubernetes API. Default: the provider's `proxy_url`, else the kubeconfig's `proxy-url`, else
    /// `HTTPS_PROXY` and `NO_PROXY`, which never apply to loopback addresses.
    #[schema(optional, sensitive)]
    proxy_url: Option<SecretString>,
}

/// The ID token of a run.
#[derive(Clone, Debug, Schema)]
pub(crate) struct OidcTokenAccess {
    /// Name of the environment variable with the token, such as `TFC_WORKLOAD_IDENTITY_TOKEN_CKS`.
    #[schema(optional)]
    env: Option<String>,
    /// Path of a file with the token. The file is read again for each request.
    #[schema(optional)]
    file: Option<String>,
    /// Whether to request tokens of GitHub Actions, which needs `permissions: id-token: write` in the workflow. Another one is requested
    /// before a token expires. Defaults to `false`.
    #[schema(optional)]
    github_actions: Option<bool>,
    /// Audience of the tokens of GitHub Actions: the `client_id` of the cluster's OIDC issuer. Requires `github_actions`. Defaults to GitHub's
    /// own, the URL of the repository's owner.
    #[schema(optional)]
    audience: Option<String>,
}

/// An exec plugin.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ExecAccess {
    /// Version of the plugin's API: `client.authentication.k8s.io/v1`, or `client.authentication.k8s.io/v1beta1` for older plugins.
    #[schema(required, validate(exec_version))]
    api_version: String,
    /// Program to run, found on `PATH`.
    #[schema(required)]
    command: String,
    /// Arguments of the program.
    #[schema(optional)]
    args: Option<Vec<String>>,
    /// Environment variables added for the program.
    #[schema(optional, sensitive)]
    env: Option<BTreeMap<String, SecretString>>,
}

fn exec_version(version: &str) -> Result<(), String> {
    if EXEC_VERSIONS.contains(&version) {
        return Ok(());
    }
    Err(format!("{version:?} is not a supported version. Set one of {}.", EXEC_VERSIONS.join(", ")))
}

type AccessList = Value<Vec<Value<KubernetesAccessPartial>>>;

/// Reports invalid entries. Unknown values are not reported.
pub(crate) fn check_routes(entries: &AccessList, report: &mut Diagnostics) {
    gather(entries, Routes::default(), report);
}

/// All entries as routes.
pub(crate) fn routes(
    entries: &AccessList,
    coreweave_token: Option<BearerToken>,
    common: Common,
) -> Result<Routes, Error> {
    let mut report = Diagnostics::default();
    let routes = gather(entries, Routes { coreweave_token, common, ..Routes::default() }, &mut report);
    Error::all(report).map_or(Ok(routes), Err)
}

fn gather(entries: &AccessList, mut routes: Routes, report: &mut Diagnostics) -> Routes {
    let entries = match entries {
        Value::Null => return routes,
        Value::Unknown => {
            routes.unknown_cluster.push("kubernetes".to_owned());
            return routes;
        }
        Value::Known(entries) => entries,
    };
    for (index, entry) in entries.iter().enumerate() {
        let name = format!("kubernetes[{index}]");
        let mut checked = Checked { index, report: &mut *report };
        let entry = match entry {
            Value::Known(entry) => entry,
            Value::Unknown => {
                routes.unknown_cluster.push(name);
                continue;
            }
            // Refused by the framework.
            Value::Null => continue,
        };
        let Some(route) = checked.entry(entry, &routes.common) else { continue };
        match &entry.cluster_id {
            Value::Unknown => routes.unknown_cluster.push(format!("{name}.cluster_id")),
            Value::Null if routes.default.is_some() => checked.complain(
                "cluster_id",
                "There is an entry without cluster_id already: only one can be for all other clusters. Set cluster_id, or remove one of the two.",
            ),
            Value::Null => routes.default = Some(route),
            Value::Known(id) if routes.by_cluster.contains_key(id) => {
                checked.complain(
                    "cluster_id",
                    "There is an entry for this cluster already. Keep one of the two.",
                );
            }
            Value::Known(id) => {
                routes.servers.insert(id.clone(), server(entry, &name));
                routes.by_cluster.insert(id.clone(), route);
            }
        }
    }
    routes
}

/// Checks one entry, and reports what is wrong with it.
struct Checked<'a> {
    index: usize,
    report: &'a mut Diagnostics,
}

impl Checked<'_> {
    fn complain(&mut self, attribute: &str, detail: &str) {
        let path = self.path(attribute);
        let diagnostic = Diagnostic::error(format!("Invalid kubernetes[{}].{attribute}", self.index), detail);
        self.report.push(diagnostic.at_path(path));
    }

    fn path(&self, attribute: &str) -> AttributePath {
        let index = i64::try_from(self.index).unwrap_or_default();
        let entry = AttributePath::attribute("kubernetes").then(Step::Index(index));
        // An attribute of an object has the object's name before it.
        attribute.split('.').fold(entry, |path, name| path.then(Step::Attribute(name.to_owned())))
    }

    fn entry(&mut self, entry: &KubernetesAccessPartial, common: &Common) -> Option<AccessEntry> {
        self.check_empty(entry)?;
        self.check_paths(entry)?;
        self.check_combination(entry)?;
        let unknown = unknown_attributes(entry);
        if !unknown.is_empty() {
            let name = |attribute: &&str| format!("kubernetes[{}].{attribute}", self.index);
            return Some(AccessEntry::Unknown(unknown.iter().map(name).collect()));
        }
        let credentials = credentials(entry, &format!("kubernetes[{}]", self.index), common);
        self.check_credentials(entry, credentials.as_ref())?;
        let target = target(entry, credentials)?;
        let proxy = match entry.proxy_url.as_known() {
            None => None,
            // The value may hold a password: it is not repeated.
            Some(text) => {
                let Ok(proxy) = Proxy::given(text.expose_secret()) else {
                    self.complain(
                        "proxy_url",
                        "It is not an http, https or socks5 URL. Use a URL such as http://proxy.example.com:3128.",
                    );
                    return None;
                };
                Some(proxy)
            }
        };
        Some(AccessEntry::Known(Box::new(Route {
            target,
            certificates: entry.ca_certificate.as_known().filter(|pem| !pem.is_empty()).cloned(),
            tls_server_name: entry.tls_server_name.as_known().cloned(),
            proxy,
        })))
    }

    /// A fallback for an empty value could reach another cluster than the intended one.
    fn check_empty(&mut self, entry: &KubernetesAccessPartial) -> Option<()> {
        let oidc_token = entry.oidc_token.as_known().cloned().unwrap_or_default();
        let is_empty = |text: &Value<String>| text.as_known().is_some_and(String::is_empty);
        let is_empty_secret =
            |text: &Value<Secret>| text.as_known().is_some_and(|text| text.expose_secret().is_empty());
        let found = [
            ("host", is_empty(&entry.host)),
            ("kubeconfig", is_empty_secret(&entry.kubeconfig)),
            ("config_path", is_empty(&entry.config_path)),
            ("config_context", is_empty(&entry.config_context)),
            ("token", is_empty_secret(&entry.token)),
            ("token_file", is_empty(&entry.token_file)),
            ("oidc_token.env", is_empty(&oidc_token.env)),
            ("oidc_token.file", is_empty(&oidc_token.file)),
            ("oidc_token.audience", is_empty(&oidc_token.audience)),
            ("client_key", is_empty_secret(&entry.client_key)),
            ("proxy_url", is_empty_secret(&entry.proxy_url)),
            ("tls_server_name", is_empty(&entry.tls_server_name)),
        ];
        match found.into_iter().find(|(_, empty)| *empty) {
            Some((attribute, _)) => {
                self.complain(attribute, "It is empty. Set a value, or remove the attribute.");
                None
            }
            None => Some(()),
        }
    }

    /// Terraform leaves a `~` as it is.
    fn check_paths(&mut self, entry: &KubernetesAccessPartial) -> Option<()> {
        let oidc_token = entry.oidc_token.as_known().cloned().unwrap_or_default();
        for (attribute, path) in [
            ("config_path", &entry.config_path),
            ("token_file", &entry.token_file),
            ("oidc_token.file", &oidc_token.file),
        ] {
            if path.as_known().is_some_and(|path| Path::new(path).starts_with("~")) {
                self.complain(
                    attribute,
                    "Terraform does not replace `~` by the home directory. Use pathexpand(), such as pathexpand(\"~/.kube/config\").",
                );
                return None;
            }
        }
        Some(())
    }

    fn check_combination(&mut self, entry: &KubernetesAccessPartial) -> Option<()> {
        let targets = [
            ("endpoint", State::of(&entry.endpoint)),
            ("host", State::of(&entry.host)),
            ("kubeconfig", State::of(&entry.kubeconfig)),
            ("config_path", State::of(&entry.config_path)),
        ];
        let callers = [
            ("token", State::of(&entry.token)),
            ("token_file", State::of(&entry.token_file)),
            ("oidc_token", State::of(&entry.oidc_token)),
            ("client_certificate", State::of(&entry.client_certificate)),
            ("exec", State::of(&entry.exec)),
        ];
        let given = |of: &[(&'static str, State)]| -> Vec<&'static str> {
            of.iter().filter(|(_, state)| *state == State::Given).map(|(name, _)| *name).collect()
        };
        let may_come = |of: &[(&'static str, State)]| of.iter().any(|(_, state)| *state == State::Unknown);
        let (there, credentials) = (given(&targets), given(&callers));
        let is_default = entry.cluster_id.is_null();
        let managed = entry.endpoint.as_known().is_some_and(|endpoint| endpoint == "managed");
        let own = there.first().is_some_and(|first| matches!(*first, "kubeconfig" | "config_path"));
        let complaint = match (there.as_slice(), credentials.as_slice()) {
            ([], _) if !may_come(&targets) => {
                Some(("endpoint", "No address set. Set one of endpoint, host, kubeconfig, config_path."))
            }
            ([_, second, ..], _) => Some((
                *second,
                "Multiple addresses set. Set only one of endpoint, host, kubeconfig, config_path.",
            )),
            ([first], _) if is_default && *first != "endpoint" => Some((
                *first,
                "An entry without cluster_id applies to all clusters, so it can set `endpoint` and credentials only: an address could \
                 lead writes to another cluster. Set cluster_id.",
            )),
            (_, [_, second, ..]) => Some((
                *second,
                "Multiple credentials set. Set only one of token, token_file, oidc_token, client_certificate, exec.",
            )),
            ([_], [first]) if own => {
                Some((*first, "A kubeconfig has its own credentials. Remove one of the two."))
            }
            ([first], []) if !own && !managed && !may_come(&callers) && !entry.endpoint.is_unknown() => {
                Some((
                    *first,
                    "No credentials set, and the CoreWeave token is sent to managed endpoints only. Set one of token, token_file, \
                 oidc_token, client_certificate, exec.",
                ))
            }
            _ => pairs(entry).or_else(|| oidc_token_source(entry)),
        };
        match complaint {
            Some((attribute, detail)) => {
                self.complain(attribute, detail);
                None
            }
            None => Some(()),
        }
    }

    /// Each endpoint rejects the other's credentials, and an address gets no CoreWeave token: reported before any request is sent.
    fn check_credentials(
        &mut self,
        entry: &KubernetesAccessPartial,
        credentials: Option<&Credentials>,
    ) -> Option<()> {
        if let Some(Credentials::Certificate { certificate, key }) = credentials
            && let Err(error) = ClientIdentity::new(certificate.as_bytes(), key)
        {
            let detail = format!("{}.", capitalised(&error.to_string()));
            self.complain("client_key", &detail);
            return None;
        }
        let endpoint = entry.endpoint.as_known().and_then(|name| Endpoint::named(name));
        let complaint = match (credentials, endpoint) {
            (Some(Credentials::Token { token, .. }), Some(endpoint)) => {
                endpoint.refuses(token).map(|detail| ("token", detail))
            }
            (Some(Credentials::Token { token, .. }), None) if is_coreweaves(token) => Some((
                "token",
                "It is a CoreWeave API token, which is valid for the whole organisation, so that it is sent to managed endpoints only. Set \
                 endpoint = \"managed\" in place of the address, or another token.",
            )),
            (Some(Credentials::Certificate { .. }), Some(Endpoint::Managed)) => Some((
                "client_certificate",
                "The managed endpoint accepts CoreWeave API tokens only. Set endpoint = \"unmanaged\", or host.",
            )),
            (_, Some(Endpoint::Managed)) if !entry.oidc_token.is_null() => Some((
                "oidc_token",
                "The managed endpoint accepts CoreWeave API tokens only, no ID tokens. Set endpoint = \"unmanaged\", or host.",
            )),
            _ => None,
        };
        match complaint {
            Some((attribute, detail)) => {
                self.complain(attribute, detail);
                None
            }
            None => Some(()),
        }
    }
}

/// The one source of an ID token.
fn oidc_token_source(entry: &KubernetesAccessPartial) -> Option<(&'static str, &'static str)> {
    let oidc_token = entry.oidc_token.as_known()?;
    let github_actions = match &oidc_token.github_actions {
        Value::Known(false) => State::Missing,
        other => State::of(other),
    };
    let sources = [State::of(&oidc_token.env), State::of(&oidc_token.file), github_actions];
    let count = |wanted: State| sources.iter().filter(|state| **state == wanted).count();
    match (count(State::Given), count(State::Unknown)) {
        (0, 0) => {
            Some(("oidc_token", "No source of the ID token set. Set one of env, file, github_actions."))
        }
        (2.., _) => Some((
            "oidc_token",
            "Multiple sources of the ID token set. Set only one of env, file, github_actions.",
        )),
        _ if !oidc_token.audience.is_null() && github_actions == State::Missing => Some((
            "oidc_token.audience",
            "It has no effect without github_actions = true: the token of a variable or file has an audience already. Remove it.",
        )),
        _ => None,
    }
}

/// Attributes that require another one.
fn pairs(entry: &KubernetesAccessPartial) -> Option<(&'static str, &'static str)> {
    let lone = |one: State, other: State| one == State::Given && other == State::Missing;
    let (path, text, context) =
        (State::of(&entry.config_path), State::of(&entry.kubeconfig), State::of(&entry.config_context));
    let (certificate, key) = (State::of(&entry.client_certificate), State::of(&entry.client_key));
    if lone(path, context) {
        return Some((
            "config_path",
            "The file's current context is never used, since other tools change it. Set config_context.",
        ));
    }
    if lone(context, path) && text == State::Missing {
        return Some(("config_context", "It has no effect alone. Set config_path or kubeconfig too."));
    }
    if lone(certificate, key) {
        return Some(("client_certificate", "It requires the private key. Set client_key too."));
    }
    lone(key, certificate)
        .then_some(("client_key", "It requires the certificate. Set client_certificate too."))
}

/// Whether an attribute is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Given,
    Unknown,
}

impl State {
    fn of<T>(value: &Value<T>) -> Self {
        match value {
            Value::Null => Self::Missing,
            Value::Known(_) => Self::Given,
            Value::Unknown => Self::Unknown,
        }
    }
}

fn unknown_attributes(entry: &KubernetesAccessPartial) -> Vec<&'static str> {
    let oidc_token_unknown = parts_unknown(&entry.oidc_token, |oidc_token| {
        oidc_token.env.is_unknown()
            || oidc_token.file.is_unknown()
            || oidc_token.github_actions.is_unknown()
            || oidc_token.audience.is_unknown()
    });
    let exec_unknown = match &entry.exec {
        Value::Unknown => true,
        Value::Null => false,
        Value::Known(exec) => {
            exec.api_version.is_unknown()
                || exec.command.is_unknown()
                || parts_unknown(&exec.args, |args| args.iter().any(Value::is_unknown))
                || parts_unknown(&exec.env, |env| env.values().any(Value::is_unknown))
        }
    };
    [
        ("endpoint", entry.endpoint.is_unknown()),
        ("host", entry.host.is_unknown()),
        ("kubeconfig", entry.kubeconfig.is_unknown()),
        ("config_path", entry.config_path.is_unknown()),
        ("config_context", entry.config_context.is_unknown()),
        ("token", entry.token.is_unknown()),
        ("token_file", entry.token_file.is_unknown()),
        ("oidc_token", oidc_token_unknown),
        ("client_certificate", entry.client_certificate.is_unknown()),
        ("client_key", entry.client_key.is_unknown()),
        ("exec", exec_unknown),
        ("ca_certificate", entry.ca_certificate.is_unknown()),
        ("tls_server_name", entry.tls_server_name.is_unknown()),
        ("proxy_url", entry.proxy_url.is_unknown()),
    ]
    .into_iter()
    .filter_map(|(name, unknown)| unknown.then_some(name))
    .collect()
}

fn parts_unknown<T>(value: &Value<T>, any: impl FnOnce(&T) -> bool) -> bool {
    match value {
        Value::Unknown => true,
        Value::Null => false,
        Value::Known(known) => any(known),
    }
}

/// Address and credentials; `None` without an address, or without the credentials that it needs.
fn target(entry: &KubernetesAccessPartial, credentials: Option<Credentials>) -> Option<Target> {
    let context = entry.config_context.as_known().cloned();
    if let Some(endpoint) = entry.endpoint.as_known() {
        return Some(match (Endpoint::named(endpoint)?, credentials) {
            (Endpoint::Managed, None) => Target::Managed(ManagedCredentials::CoreWeaveToken),
            (Endpoint::Managed, Some(own)) => Target::Managed(ManagedCredentials::Own(own)),
            (Endpoint::Unmanaged, credentials) => Target::Unmanaged(credentials?),
        });
    }
    if let Some(host) = entry.host.as_known() {
        return Some(Target::Host { url: LoginUrl::new(host.clone()), credentials: credentials? });
    }
    if let Some(text) = entry.kubeconfig.as_known() {
        return Some(Target::Kubeconfig { text: text.clone().into(), context });
    }
    let path = entry.config_path.as_known()?.into();
    Some(Target::KubeconfigFile { path, context: context? })
}

/// Address and certificates, as far as known.
fn server(entry: &KubernetesAccessPartial, name: &str) -> EntryServer {
    fn argument<T: Clone>(value: &Value<T>, path: String) -> Argument<T> {
        match value {
            Value::Null => Argument::Unset,
            Value::Known(known) => Argument::Known(known.clone()),
            Value::Unknown => Argument::Unknown(path),
        }
    }
    let endpoint = match argument(&entry.endpoint, format!("{name}.endpoint")) {
        Argument::Known(endpoint) => Endpoint::named(&endpoint).map_or(Argument::Unset, Argument::Known),
        Argument::Unset => Argument::Unset,
        Argument::Unknown(path) => Argument::Unknown(path),
    };
    let certificates = match argument(&entry.ca_certificate, format!("{name}.ca_certificate")) {
        Argument::Known(pem) if pem.is_empty() => Argument::Unset,
        certificates => certificates,
    };
    EntryServer { endpoint, host: argument(&entry.host, format!("{name}.host")), certificates }
}

fn is_coreweaves(token: &SecretString) -> bool {
    TokenShape::of(token.expose_secret()) == TokenShape::CoreWeave
}

/// `attribute`: path of the attribute with the path of the file.
/// `refuses_coreweave_token`: it is not for a managed endpoint.
fn token_file(path: &str, attribute: String, refuses_coreweave_token: bool) -> Credentials {
    Credentials::TokenFile(TokenFile { path: path.into(), source: attribute, refuses_coreweave_token })
}

/// `name`: of the entry, such as `kubernetes[0]`.
fn credentials(entry: &KubernetesAccessPartial, name: &str, common: &Common) -> Option<Credentials> {
    if let Some(token) = entry.token.as_known() {
        let source = "the provider's `kubernetes` entry".to_owned();
        return Some(Credentials::Token { token: token.clone().into(), source });
    }
    if let Some(path) = entry.token_file.as_known() {
        let endpoint = entry.endpoint.as_known().and_then(|name| Endpoint::named(name));
        let is_managed = endpoint == Some(Endpoint::Managed);
        return Some(token_file(path, format!("{name}.token_file"), !is_managed));
    }
    if let Some(oidc_token) = entry.oidc_token.as_known() {
        if let Some(variable) = oidc_token.env.as_known() {
            return Some(id_tokens::in_variable(variable, format!("{name}.oidc_token.env")));
        }
        if let Some(path) = oidc_token.file.as_known() {
            return Some(token_file(path, format!("{name}.oidc_token.file"), true));
        }
        let issuers = openid::Client {
            request_timeout: common.request_timeout,
            proxy: common.proxy.clone(),
            extra_roots_pem: common.extra_roots.clone(),
            user_agent: common.user_agent.clone(),
            retry_limit: openid::RetryLimit::default(),
        };
        return Some(id_tokens::of_github_actions(oidc_token.audience.as_known().cloned(), issuers));
    }
    if let (Some(certificate), Some(key)) = (entry.client_certificate.as_known(), entry.client_key.as_known())
    {
        return Some(Credentials::Certificate { certificate: certificate.clone(), key: key.clone().into() });
    }
    let exec = entry.exec.as_known()?;
    let args =
        exec.args.as_known().into_iter().flatten().filter_map(|text| text.as_known().cloned()).collect();
    let env = exec.env.as_known().into_iter().flatten();
    let env = env.filter_map(|(name, value)| Some((name.clone(), value.as_known()?.clone().into())));
    Some(Credentials::Exec(Exec {
        api_version: exec.api_version.as_known()?.clone(),
        command: exec.command.as_known()?.clone(),
        args,
        env: env.collect(),
        cluster: None,
        install_hint: None,
    }))
}

#[cfg(test)]
mod tests;
