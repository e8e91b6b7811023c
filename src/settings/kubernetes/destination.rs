//! Where a checked `kubernetes` entry leads to, and with which credentials.

use clusters::{Argument, Common, Endpoint, EntryServer, ManagedCredentials, Target};
use kubernetes::{Credentials, Exec};
use request_pipeline::{LoginUrl, TokenFile};
use tfplugin::Value;

use super::KubernetesAccessPartial;
use crate::settings::id_tokens;

/// Address and credentials; `None` without an address, or without the credentials that it needs.
pub(super) fn target(entry: &KubernetesAccessPartial, credentials: Option<Credentials>) -> Option<Target> {
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
pub(super) fn server(entry: &KubernetesAccessPartial, name: &str) -> EntryServer {
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

/// `attribute`: path of the attribute with the path of the file.
/// `refuses_coreweave_token`: it is not for a managed endpoint.
fn token_file(path: &str, attribute: String, refuses_coreweave_token: bool) -> Credentials {
    Credentials::TokenFile(TokenFile { path: path.into(), source: attribute, refuses_coreweave_token })
}

/// `name`: of the entry, such as `kubernetes[0]`.
pub(super) fn credentials(
    entry: &KubernetesAccessPartial,
    name: &str,
    common: &Common,
) -> Option<Credentials> {
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
