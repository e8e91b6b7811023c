//! A kubeconfig: server and user of one of its contexts. The current context and the environment are never used.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::GeneralPurpose};
use go_formats::GoUrl;
use http::Uri;
use kube::{
    Config,
    config::{AuthInfo, Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode, Kubeconfig},
};
use request_pipeline::{LoginUrl, TokenFile, shortened};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    connection::{Credentials, Exec, Server},
    plugin::API_VERSIONS,
    trust,
};

/// Server and user of a context.
#[derive(Debug)]
pub(super) struct Read {
    /// Address, trust, client certificate and impersonation.
    pub(super) config: Config,
    /// Credentials, except the client certificate.
    pub(super) credentials: Option<Credentials>,
    pub(super) proxy: Option<String>,
}

/// Reads the kubeconfig of a server; `None` for a server with a URL.
pub(super) fn read(server: &Server) -> Result<Option<Read>, String> {
    let (kubeconfig, context) = match server {
        Server::Endpoint(_) | Server::Named(_) | Server::Url(_) => return Ok(None),
        Server::Kubeconfig { text, context } => (of_text(text.expose_secret())?, context.clone()),
        Server::KubeconfigFile { path, context } => (of_file(path)?, Some(context.clone())),
    };
    meant(&kubeconfig, context.as_deref()).map(Some)
}

/// Whether the kubeconfig of a server turns off the verification of its certificate. `false` if it cannot be read: that is reported when it
/// is used.
pub fn skips_verification(server: &Server) -> bool {
    read(server).is_ok_and(|read| read.is_some_and(|read| read.config.accept_invalid_certs))
}

/// Describes an error without kube's own message, which quotes the text with its secrets.
const NOT_ONE: &str = "its kubeconfig is no valid YAML of a kubeconfig";

fn of_text(text: &str) -> Result<Kubeconfig, String> {
    let documents: Vec<Kubeconfig> = serde_saphyr::from_multiple(text).map_err(|_| NOT_ONE.to_owned())?;
    expect_unambiguous(&documents)?;
    Kubeconfig::from_yaml(text).map_err(|_| NOT_ONE.to_owned())
}

fn of_file(path: &Path) -> Result<Kubeconfig, String> {
    let place = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| format!("the file {place} cannot be read: {error}{}", tilde_hint(path)))?;
    // In UTF-16, kube's own reader expects whole characters.
    if matches!(bytes.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) && bytes.len() % 2 != 0 {
        return Err(format!("the file {place}: {NOT_ONE}"));
    }
    // Paths in it are relative to its directory.
    let read = Kubeconfig::read_from(path).map_err(|_| format!("the file {place}: {NOT_ONE}"))?;
    match std::str::from_utf8(&bytes).ok().map(of_text) {
        Some(Err(problem)) => Err(format!("the file {place}: {problem}")),
        _ => Ok(read),
    }
}

/// Terraform and Kubernetes leave a `~` as it is; only shells replace it.
fn tilde_hint(path: &Path) -> &'static str {
    if path.starts_with("~") {
        ". `~` is not replaced by the home directory: write pathexpand(\"~/…\") in Terraform, and the whole path in a kubeconfig"
    } else {
        ""
    }
}

/// kubectl rejects a kubeconfig that has two entries of one name, since only one of them could be meant.
fn expect_unambiguous(documents: &[Kubeconfig]) -> Result<(), String> {
    let lists: [(&str, Vec<&str>); 3] = [
        (
            "clusters",
            documents.iter().flat_map(|one| &one.clusters).map(|named| named.name.as_str()).collect(),
        ),
        (
            "users",
            documents.iter().flat_map(|one| &one.auth_infos).map(|named| named.name.as_str()).collect(),
        ),
        (
            "contexts",
            documents.iter().flat_map(|one| &one.contexts).map(|named| named.name.as_str()).collect(),
        ),
    ];
    for (list, mut names) in lists {
        names.sort_unstable();
        if let Some([twice, _]) = names.array_windows().find(|[one, other]| one == other) {
            return Err(format!(
                "its kubeconfig has two {list} named {twice:?}: rename or remove one of them"
            ));
        }
    }
    Ok(())
}

/// A text that is set: an empty one counts as unset, as in kubectl.
fn set(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn is_set(secret: Option<&SecretString>) -> bool {
    secret.is_some_and(|secret| !secret.expose_secret().is_empty())
}

fn meant(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<Read, String> {
    let name = chosen_context(kubeconfig, wanted)?;
    let context = kubeconfig.contexts.iter().find(|named| named.name == name);
    let context = context.and_then(|named| named.context.as_ref());
    let context =
        context.ok_or_else(|| format!("its kubeconfig has a context {name:?} that holds nothing"))?;
    let cluster = kubeconfig.clusters.iter().find(|named| named.name == context.cluster);
    let cluster = cluster
        .and_then(|named| named.cluster.as_ref())
        .ok_or_else(|| format!("its kubeconfig has no cluster {:?}", context.cluster))?;
    let user = context.user.as_deref().unwrap_or_default();
    let auth_info = kubeconfig.auth_infos.iter().find(|named| named.name == user);
    let auth_info = auth_info
        .and_then(|named| named.auth_info.as_ref())
        .ok_or_else(|| format!("its kubeconfig has no user {user:?}"))?;

    let mut config = server_of(cluster)?;
    let credentials = credentials_of(auth_info, cluster)?;
    let certificate = client_certificate(auth_info)?;
    if credentials.is_none() && certificate.is_none() {
        return Err(format!("its kubeconfig's user {user:?} has no credentials"));
    }
    let (data, key) = certificate.unzip();
    config.auth_info = AuthInfo {
        client_certificate_data: data,
        client_key_data: key,
        impersonate: set(auth_info.impersonate.as_ref()).map(str::to_owned),
        impersonate_uid: auth_info.impersonate_uid.clone(),
        impersonate_groups: auth_info.impersonate_groups.clone(),
        impersonate_user_extra: auth_info.impersonate_user_extra.clone(),
        ..AuthInfo::default()
    };
    Ok(Read { config, credentials, proxy: set(cluster.proxy_url.as_ref()).map(str::to_owned) })
}

/// A client certificate and its key, each base64 of PEM.
fn client_certificate(user: &AuthInfo) -> Result<Option<(String, SecretString)>, String> {
    let part = |data: Option<&str>, path: Option<&str>, name: &str| match (data, path) {
        (Some(_), Some(_)) => {
            Err(format!("its kubeconfig's user has both {name} and {name}-data: remove one of them"))
        }
        (Some(data), None) => decoded(data, &format!("{name}-data")).map(Some),
        (None, Some(path)) => read_file(path).map(Some),
        (None, None) => Ok(None),
    };
    let key_data =
        user.client_key_data.as_ref().map(SecretString::expose_secret).filter(|key| !key.is_empty());
    let certificate = part(
        set(user.client_certificate_data.as_ref()),
        set(user.client_certificate.as_ref()),
        "client-certificate",
    )?;
    let Some(certificate) = certificate else { return Ok(None) };
    let key = part(key_data, set(user.client_key.as_ref()), "client-key")?
        .ok_or("its kubeconfig's user has a client certificate without its client-key")?;
    Ok(Some((BASE64.encode(certificate), BASE64.encode(key).into())))
}

fn read_file(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path)
        .map_err(|error| format!("the file {path} cannot be read: {error}{}", tilde_hint(Path::new(path))))
}

/// The context. The current one is not used, since other tools change it.
fn chosen_context(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<String, String> {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (_, []) => Err("its kubeconfig has no context".to_owned()),
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), names) => {
            Err(format!("its kubeconfig has no context {wanted:?}, only {}", some_of(names)))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, names) => Err(format!(
            "its kubeconfig has several contexts, and `config_context` names none of {}",
            some_of(names)
        )),
    }
}

/// The first names of a list that may be long.
fn some_of(names: &[&str]) -> String {
    const MOST: usize = 8;
    let shown: Vec<_> = names.iter().take(MOST).map(|name| shortened(name)).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn server_of(cluster: &Cluster) -> Result<Config, String> {
    let url = set(cluster.server.as_ref()).ok_or("its kubeconfig's cluster has no server")?;
    let mut config = Config::new(https(&LoginUrl::new(url))?);
    let data = set(cluster.certificate_authority_data.as_ref());
    let pem = match (data, set(cluster.certificate_authority.as_ref())) {
        (Some(_), Some(_)) => {
            return Err("its kubeconfig's cluster has both certificate-authority and certificate-authority-data: remove one of them"
                .to_owned());
        }
        (Some(data), None) => Some(decoded(data, "certificate-authority-data")?),
        (None, Some(path)) => Some(read_file(path)?),
        (None, None) => None,
    };
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or_default();
    if config.accept_invalid_certs && pem.is_some() {
        return Err("its kubeconfig's cluster has insecure-skip-tls-verify, with which its certificate-authority has no effect: remove one of them"
            .to_owned());
    }
    config.root_cert = pem.map(|pem| trust::of_kubeconfig(&pem)).transpose()?;
    config.tls_server_name = set(cluster.tls_server_name.as_ref()).map(str::to_owned);
    Ok(config)
}

/// The address of a server, https so that credentials are encrypted, as Go reads it. A login in it is left out: Kubernetes has no
/// passwords, and kubectl prefers the other credentials too.
pub(super) fn https(url: &LoginUrl) -> Result<Uri, String> {
    let go = GoUrl::parse(url.expose()).map_err(|error| format!("{url:?} is no URL: {error}"))?;
    if go.scheme != "https" || go.host.is_empty() {
        return Err(format!("{url:?} is no https URL: write https://HOST:PORT"));
    }
    let parsed: Uri = url.expose().parse().map_err(|_| format!("{url:?} is no URL"))?;
    let Some(authority) = parsed.authority() else { return Err(format!("{url:?} is no https URL")) };
    let Some((_, host)) = authority.as_str().rsplit_once('@') else { return Ok(parsed) };
    let host = host.parse().map_err(|_| format!("{url:?} is no https URL"))?;
    let mut parts = parsed.into_parts();
    parts.authority = Some(host);
    Uri::from_parts(parts).map_err(|_| format!("{url:?} is no https URL"))
}

const BASE64: GeneralPurpose = base64::engine::general_purpose::STANDARD;

/// Base64 with any line breaks and spaces, which YAML's block scalars leave in it. A text that is marked as `!!binary` is decoded already.
fn decoded(data: &str, name: &str) -> Result<Vec<u8>, String> {
    if data.trim_start().starts_with("-----BEGIN") {
        return Ok(data.as_bytes().to_vec());
    }
    let packed: String = data.split_ascii_whitespace().collect();
    BASE64.decode(packed).map_err(|_| format!("its kubeconfig's {name} is no base64"))
}

/// Precedence as in kubectl: a token file, then a token, then a plugin.
fn credentials_of(user: &AuthInfo, cluster: &Cluster) -> Result<Option<Credentials>, String> {
    if user.auth_provider.is_some() {
        return Err(
            "its kubeconfig's user has an auth-provider, which Kubernetes no longer supports: use exec"
                .to_owned(),
        );
    }
    if set(user.username.as_ref()).is_some() || is_set(user.password.as_ref()) {
        return Err("its kubeconfig's user has a password, which Kubernetes no longer takes".to_owned());
    }
    if let Some(path) = set(user.token_file.as_ref()) {
        let source = "its kubeconfig".to_owned();
        // What a kubeconfig sends where is its author's choice.
        let file = TokenFile { path: path.into(), source, refuses_coreweave_token: false };
        return Ok(Some(Credentials::TokenFile(file)));
    }
    if let Some(token) = user.token.as_ref().filter(|token| is_set(Some(token))) {
        return Ok(Some(Credentials::Token { token: token.clone(), source: "its kubeconfig".to_owned() }));
    }
    user.exec.as_ref().map(|exec| plugin(exec, cluster).map(Credentials::Exec)).transpose()
}

fn plugin(exec: &ExecConfig, cluster: &Cluster) -> Result<Exec, String> {
    let command = set(exec.command.as_ref()).ok_or("its kubeconfig's exec plugin has no command")?.to_owned();
    if matches!(exec.interactive_mode, Some(ExecInteractiveMode::Always)) {
        return Err("its kubeconfig's exec plugin has the interactiveMode Always, and Terraform has no terminal for it: set IfAvailable or Never"
            .to_owned());
    }
    let api_version = exec.api_version.clone().unwrap_or_default();
    if !API_VERSIONS.contains(&api_version.as_str()) {
        return Err(format!(
            "its kubeconfig's exec plugin has the apiVersion {api_version:?}, and not one of {}",
            API_VERSIONS.join(", ")
        ));
    }
    let variable = |pair: &std::collections::HashMap<String, String>| {
        Some((pair.get("name")?.clone(), SecretString::from(pair.get("value")?.clone())))
    };
    let env: BTreeMap<_, _> = exec.env.iter().flatten().filter_map(variable).collect();
    let described = if exec.provide_cluster_info {
        let described =
            ExecAuthCluster::try_from(cluster).ok().and_then(|info| serde_json::to_value(info).ok());
        Some(described.ok_or("its kubeconfig's cluster cannot be described to the exec plugin")?)
    } else {
        None
    };
    Ok(Exec {
        api_version,
        command,
        args: exec.args.clone().unwrap_or_default(),
        env,
        cluster: described,
        install_hint: set(exec.install_hint.as_ref()).map(str::to_owned),
    })
}

#[cfg(test)]
mod kubectl_tests;
#[cfg(test)]
mod tests;
