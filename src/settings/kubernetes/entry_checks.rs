//! The checks of a `kubernetes` entry: what is missing, set twice, or of the wrong endpoint is an error before any request.

use std::path::Path;

use clusters::{AccessEntry, Common, Endpoint, Route};
use coreweave::TokenShape;
use kubernetes::Credentials;
use request_pipeline::{ClientIdentity, Proxy};
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{AttributePath, Diagnostic, Diagnostics, Value, attribute::Secret, path::Step};

use super::{
    KubernetesAccessPartial,
    destination::{credentials, target},
};
use crate::errors::capitalised;

/// Checks one entry, and reports what is wrong with it.
pub(super) struct Checked<'a> {
    pub(super) index: usize,
    pub(super) report: &'a mut Diagnostics,
}

impl Checked<'_> {
    pub(super) fn complain(&mut self, attribute: &str, detail: &str) {
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

    pub(super) fn entry(&mut self, entry: &KubernetesAccessPartial, common: &Common) -> Option<AccessEntry> {
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

fn is_coreweaves(token: &SecretString) -> bool {
    TokenShape::of(token.expose_secret()) == TokenShape::CoreWeave
}
