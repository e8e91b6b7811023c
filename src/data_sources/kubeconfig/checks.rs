//! Rules for the arguments of a kubeconfig, alone and in combination. No message repeats a secret.

use clusters::Endpoint;
use coreweave::TokenShape;
use secrecy::{ExposeSecret as _, SecretString};
use tfplugin::{Diagnostic, Diagnostics};
use url::Url;

use super::ClusterKubeconfigPartial;
use crate::checks as rules;

const MANAGED: &str = "managed";

/// The presets of `exec`.
pub(super) const GITHUB_ACTIONS: &str = "github-actions";
pub(super) const VARIABLE: &str = "variable";

/// Whether this is the managed endpoint. The default is the unmanaged one.
pub(super) fn is_managed(endpoint: Option<&str>) -> bool {
    endpoint == Some(MANAGED)
}

/// Exactly one of the three credentials is set, as far as known.
pub(super) fn one_credential(config: &ClusterKubeconfigPartial, report: &mut Diagnostics) {
    let given =
        [&config.oidc.as_ref().map(drop), &config.token.as_ref().map(drop), &config.exec.as_ref().map(drop)];
    let known = given.iter().filter(|value| value.as_known().is_some()).count();
    let unknown = given.iter().any(|value| value.is_unknown());
    if known > 1 || (known == 0 && !unknown) {
        report.push(not_one_credential());
    }
}

pub(super) fn not_one_credential() -> Diagnostic {
    Diagnostic::error(
        "Set exactly one of oidc, token, exec",
        "Set exactly one of `oidc`, `token` and `exec`. For a login of people with the cluster's own issuer, set `oidc = {}`.",
    )
}

/// The server is that of `host` or that of `endpoint`.
pub(super) fn one_address(config: &ClusterKubeconfigPartial, report: &mut Diagnostics) {
    if config.host.as_known().is_some() && config.endpoint.as_known().is_some() {
        let detail = "Each is the address of the API server. Remove `endpoint` to write the address `host` into the kubeconfig, or remove `host`.";
        report.push(Diagnostic::error("host conflicts with endpoint", detail).at("host"));
    }
    if config.tls_server_name.as_known().is_some() && config.host.is_null() {
        let detail = "The certificates of the endpoints have the names of the endpoints. Remove `tls_server_name`, or set `host` to the URL of the \
             server that has this name in its certificate.";
        report.push(Diagnostic::error("tls_server_name requires host", detail).at("tls_server_name"));
    }
}

/// Each endpoint rejects the other's credentials, and a CoreWeave token goes to no host but CoreWeave's. What a JWT is for, only its issuer
/// knows: it is a warning.
pub(super) fn credential_fits_address(config: &ClusterKubeconfigPartial, report: &mut Diagnostics) {
    if config.endpoint.is_unknown() || config.host.is_unknown() {
        return;
    }
    if let Some(host) = config.host.as_known() {
        let shape = config.token.as_known().map(|token| TokenShape::of(token.expose_secret()));
        if shape == Some(TokenShape::CoreWeave) && !coreweave::is_managed_endpoint(host) {
            report
                .push(coreweave_token_elsewhere("a CoreWeave API access token (it begins with CW-SECRET-)"));
        }
        return;
    }
    let is_managed = is_managed(config.endpoint.as_known().map(String::as_str));
    let shape = config.token.as_known().map(|token| TokenShape::of(token.expose_secret()));
    if is_managed && config.oidc.as_known().is_some() {
        let detail = "The managed endpoint accepts CoreWeave API access tokens only, and no token of an OIDC issuer. Remove `endpoint`, so that \
             people log in at the unmanaged endpoint.";
        report.push(Diagnostic::error("oidc conflicts with endpoint = \"managed\"", detail).at("oidc"));
    }
    match (is_managed, shape) {
        (true, Some(TokenShape::Jwt)) => {
            let detail = "This is a JWT, the form of ServiceAccount and ID tokens, and the managed endpoint accepts CoreWeave API access \
                 tokens only. Remove `endpoint`, or set a token that begins with CW-SECRET-.";
            report.push(
                Diagnostic::warning("Token may be rejected by the managed endpoint", detail).at("token"),
            );
        }
        (false, Some(TokenShape::CoreWeave)) => {
            let detail = "This is a CoreWeave API access token (it begins with CW-SECRET-), and the unmanaged endpoint accepts every \
                 credential except those. Set endpoint = \"managed\", or the token of a ServiceAccount.";
            report.push(Diagnostic::error("Token not accepted by this endpoint", detail).at("token"));
        }
        _ => {}
    }
}

/// This token is valid for the whole organisation.
pub(super) fn coreweave_token_elsewhere(what: &str) -> Diagnostic {
    let detail = format!(
        "This is {what}, which is valid for the whole organisation, and `host` is not a managed endpoint of CoreWeave's, such as \
         https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com. Set the token of a ServiceAccount, or replace `host` with endpoint = \"managed\"."
    );
    Diagnostic::error("CoreWeave token conflicts with host", detail).at("token")
}

/// The kubeconfig may be of no use, or may be used in the private network only.
pub(super) fn endpoint_of_private_cluster(cluster_id: &str, endpoint: Endpoint, url: &str) -> Diagnostic {
    let detail = format!(
        "Cluster {cluster_id} is private (`public = false`), so its {endpoint} endpoint cannot be reached from the internet. If clients reach \
         the cluster at another address, by Tailscale or Direct Connect for example, set that address as `host`, with `tls_server_name` and \
         `ca_certificate` if its certificate requires them. If their network leads to this endpoint, replace `endpoint` with host = {url:?}."
    );
    Diagnostic::warning("Kubeconfig leads to a private cluster's endpoint", detail).at("cluster_id")
}

/// One of the two endpoints.
pub(super) fn endpoint(text: &str) -> Result<(), String> {
    one_of(text, &["unmanaged", MANAGED])
}

/// A token that is valid in an Authorization header.
pub(super) fn bearer_token(token: &SecretString) -> Result<(), String> {
    secret(token)?;
    match token.expose_secret() {
        "" => Err("The token is empty. Set a token, or remove the attribute.".to_owned()),
        token if TokenShape::of(token) == TokenShape::BearerPrefix => {
            Err("The word `Bearer` is not part of a token. Remove it: clients add it.".to_owned())
        }
        _ => Ok(()),
    }
}

/// A secret without surrounding whitespace, such as the line break at the end of a file.
pub(super) fn secret(secret: &SecretString) -> Result<(), String> {
    let secret = secret.expose_secret();
    if secret.trim() != secret || secret.chars().any(char::is_control) {
        return Err("It has spaces or line breaks around it, or control characters in it. Remove them, for example with trimspace(…)."
            .to_owned());
    }
    Ok(())
}

/// An issuer, or empty for the cluster's own.
pub(super) fn issuer(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { rules::https_issuer(text) }
}

/// One scope (RFC 6749, 3.3). kubelogin's command line would split a scope at a comma, which the RFC allows.
pub(super) fn scope(text: &str) -> Result<(), String> {
    let is_scope = |sign: char| sign.is_ascii_graphic() && !matches!(sign, '"' | '\\' | ',');
    if text.is_empty() || !text.chars().all(is_scope) {
        return Err(format!(
            "{text:?} is not one scope. Write each scope as an element of its own, such as [\"email\", \"profile\"]."
        ));
    }
    Ok(())
}

/// A grant type of kubelogin's.
pub(super) fn grant_type(text: &str) -> Result<(), String> {
    one_of(text, &["auto", "authcode", "authcode-keyboard", "password", "device-code", "client-credentials"])
}

/// A version of the protocol between clients and credential plugins.
pub(super) fn exec_version(text: &str) -> Result<(), String> {
    one_of(text, &["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"])
}

/// A preset of `exec`.
pub(super) fn preset(text: &str) -> Result<(), String> {
    one_of(text, &[GITHUB_ACTIONS, VARIABLE])
}

/// Name of a variable that a shell can have. It is not repeated: it may be a token in place of a name.
pub(super) fn variable_name(text: &str) -> Result<(), String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    if text.starts_with(|sign: char| sign.is_ascii_digit()) || text.is_empty() || !text.chars().all(is_part) {
        return Err("This is not the name of an environment variable. Write letters, digits and `_`, such as KUBERNETES_ID_TOKEN."
            .to_owned());
    }
    Ok(())
}

/// A proxy that client-go can use; empty counts as unset. It may contain a password, so it is not repeated.
pub(super) fn proxy_url(url: &SecretString) -> Result<(), String> {
    let text = url.expose_secret();
    let is_proxy = |url: &Url| ["http", "https", "socks5"].contains(&url.scheme()) && url.has_host();
    match Url::parse(text) {
        _ if text.is_empty() => Ok(()),
        Ok(url) if is_proxy(&url) => Ok(()),
        _ => Err("This is not the URL of a proxy. Write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT."
            .to_owned()),
    }
}

/// One of these words.
pub(super) fn one_of(text: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&text) {
        return Ok(());
    }
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    Err(format!("{text:?} is not valid. Set one of {}.", words.join(", ")))
}

#[cfg(test)]
mod tests;
