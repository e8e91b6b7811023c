//! The command line of kubelogin, and the redirect URIs at which it receives the authorization code.
//!
//! Without `extra_args`, version 1.28 has all that is used. That version forces PKCE with `--oidc-use-pkce` (newer ones print to
//! stderr that `--oidc-pkce-method` replaces it) and supports `client.authentication.k8s.io/v1beta1` only.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

use super::checks::one_of;
use crate::kubeconfig::Exec;

const KUBECTL: &str = "kubectl";
const KUBELOGIN: &str = "kubelogin";
const API_VERSION: &str = "client.authentication.k8s.io/v1beta1";
const INSTALL_HINT: &str =
    "kubelogin is needed to log in to this cluster, see https://github.com/int128/kubelogin#setup";

/// The settings of kubelogin.
#[derive(Debug, Default)]
pub(super) struct Kubelogin {
    pub(super) command: Option<String>,
    pub(super) api_version: Option<String>,
    pub(super) issuer_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    pub(super) scopes: Vec<String>,
    pub(super) ca_pem: Option<String>,
    pub(super) grant_type: Option<String>,
    pub(super) pkce: Option<bool>,
    pub(super) extra_args: Vec<String>,
}

/// A command that runs kubelogin.
pub(super) fn validate_command(text: &str) -> Result<(), String> {
    one_of(text, &[KUBECTL, KUBELOGIN])
}

impl Kubelogin {
    /// The exec plugin for clients.
    pub(super) fn exec(&self) -> Exec {
        let command = self.command.as_deref().unwrap_or(KUBECTL);
        let plugin = (command == KUBECTL).then(|| "oidc-login".into());
        Exec {
            api_version: self.api_version.as_deref().unwrap_or(API_VERSION).to_owned(),
            command: command.to_owned(),
            args: plugin.into_iter().chain(["get-token".into()]).chain(self.flags()).collect(),
            install_hint: Some(INSTALL_HINT.to_owned()),
            ..Exec::default()
        }
    }

    fn flags(&self) -> Vec<SecretString> {
        let flag = |name: &str, value: &str| SecretString::from(format!("--{name}={value}"));
        let secret =
            self.client_secret.as_ref().map(|secret| flag("oidc-client-secret", secret.expose_secret()));
        // kubelogin requests `openid` itself.
        let scopes = self.scopes.iter().filter(|scope| *scope != "openid");
        let ca = self.ca_pem.as_ref().map(|pem| flag("certificate-authority-data", &STANDARD.encode(pem)));
        [flag("oidc-issuer-url", &self.issuer_url), flag("oidc-client-id", &self.client_id)]
            .into_iter()
            .chain(secret)
            .chain(scopes.map(|scope| flag("oidc-extra-scope", scope)))
            .chain(self.forces_pkce().then(|| "--oidc-use-pkce".into()))
            .chain(ca)
            .chain(self.grant_type.as_ref().map(|grant| flag("grant-type", grant)))
            .chain(self.extra_args.iter().map(|argument| argument.as_str().into()))
            .collect()
    }

    /// Only PKCE protects the code of a public client, and some issuers support PKCE without listing it in their discovery document.
    fn forces_pkce(&self) -> bool {
        self.pkce.unwrap_or(self.client_secret.is_none() && self.grant() != Grant::WithoutCode)
    }

    fn grant(&self) -> Grant {
        match self.last("grant-type").or(self.grant_type.as_deref()).unwrap_or("auto") {
            "authcode" => Grant::Browser,
            "auto" if self.last("username").is_none() => Grant::Browser,
            "authcode-keyboard" => Grant::Keyboard,
            _ => Grant::WithoutCode,
        }
    }

    /// The redirect URIs, in the order in which kubelogin tries them.
    pub(super) fn redirect_uris(&self) -> Vec<String> {
        let grant = self.grant();
        if grant == Grant::WithoutCode {
            return Vec::new();
        }
        // Newer versions only, for both grants with a code.
        if let Some(uri) = self.last("oidc-redirect-url") {
            return vec![uri.to_owned()];
        }
        if grant == Grant::Keyboard {
            let out_of_band = "urn:ietf:wg:oauth:2.0:oob";
            return vec![self.last("oidc-redirect-url-authcode-keyboard").unwrap_or(out_of_band).to_owned()];
        }
        let scheme = if self.last("local-server-cert").is_some() { "https" } else { "http" };
        let host = self.last("oidc-redirect-url-hostname").unwrap_or("localhost");
        let uri = |port| match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        self.ports().into_iter().map(uri).collect()
    }

    /// The ports that kubelogin tries to listen on. `None` is one that the operating system chooses: the issuer must ignore the port.
    fn ports(&self) -> Vec<Option<u16>> {
        let addresses =
            [self.all("listen-port"), self.all("listen-address"), vec!["127.0.0.1:8000,127.0.0.1:18000"]];
        let given = addresses.into_iter().find(|given| !given.is_empty()).unwrap_or_default();
        let port = |address: &str| address.rsplit(':').next()?.parse().ok().filter(|port| *port != 0);
        given.into_iter().flat_map(|list| list.split(',')).map(port).collect()
    }

    /// The value of a flag in `extra_args`. The last one takes effect.
    fn last(&self, flag: &str) -> Option<&str> {
        self.all(flag).pop()
    }

    /// All values of a flag in `extra_args`, as `--flag=value` or as `--flag` and `value`.
    fn all(&self, flag: &str) -> Vec<&str> {
        let mut values = Vec::new();
        let mut arguments = self.extra_args.iter();
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--").and_then(|rest| rest.strip_prefix(flag)) {
                Some("") => values.extend(arguments.next().map(String::as_str)),
                Some(rest) => values.extend(rest.strip_prefix('=')),
                None => {}
            }
        }
        values
    }
}

/// How a grant returns to the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grant {
    /// A code, sent to a port of the client's machine.
    Browser,
    /// A code, typed in.
    Keyboard,
    /// Nothing is returned by redirect.
    WithoutCode,
}

#[cfg(test)]
mod tests;
