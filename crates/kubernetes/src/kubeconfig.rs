//! A kubeconfig: server and user of one of its contexts. The current context and the environment are never used.

use std::collections::BTreeMap;

use http::Uri;
use kube::{
    Config,
    config::{AuthInfo, Cluster, ExecAuthCluster, ExecConfig, Kubeconfig, KubeconfigError},
};
use request_pipeline::LoginUrl;
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
        Server::Endpoint(_) | Server::Url(_) => return Ok(None),
        Server::Kubeconfig { text, context } => {
            (Kubeconfig::from_yaml(text.expose_secret()).map_err(|_| NOT_ONE.to_owned())?, context.clone())
        }
        Server::KubeconfigFile { path, context } => {
            let place = path.display();
            let read = Kubeconfig::read_from(path).map_err(|error| match error {
                KubeconfigError::ReadConfig(error, _) => format!("the file {place} cannot be read: {error}"),
                _ => format!("the file {place}: {NOT_ONE}"),
            });
            (read?, Some(context.clone()))
        }
    };
    meant(&kubeconfig, context.as_deref()).map(Some)
}

/// Describes an error without kube's own message, which quotes the text with its secrets.
const NOT_ONE: &str = "its kubeconfig is no valid YAML of a kubeconfig";

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
    if credentials.is_none()
        && auth_info.client_certificate.is_none()
        && auth_info.client_certificate_data.is_none()
    {
        return Err(format!("its kubeconfig's user {user:?} has no credentials"));
    }
    config.auth_info = AuthInfo { token: None, token_file: None, exec: None, ..auth_info.clone() };
    Ok(Read { config, credentials, proxy: cluster.proxy_url.clone().filter(|url| !url.is_empty()) })
}

/// The context. The current one is not used, since other tools change it.
fn chosen_context(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<String, String> {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (_, []) => Err("its kubeconfig has no context".to_owned()),
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), names) => {
            Err(format!("its kubeconfig has no context {wanted:?}, only {}", names.join(", ")))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, names) => Err(format!(
            "its kubeconfig has several contexts, and `config_context` names none of {}",
            names.join(", ")
        )),
    }
}

fn server_of(cluster: &Cluster) -> Result<Config, String> {
    let url = cluster.server.as_deref().ok_or("its kubeconfig's cluster has no server")?;
    let mut config = Config::new(https(&LoginUrl::new(url))?);
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) => Some(decoded(data)?),
        (None, Some(path)) => {
            let read = std::fs::read_to_string(path);
            Some(read.map_err(|error| format!("the certificates in {path} cannot be read: {error}"))?)
        }
        (None, None) => None,
    };
    config.root_cert = pem.map(|pem| trust::certificates(&pem)).transpose()?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or_default();
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    Ok(config)
}

/// The address of a server, https so that credentials are encrypted. A login in it is left out: Kubernetes has no passwords, and kubectl
/// prefers the other credentials too.
pub(super) fn https(url: &LoginUrl) -> Result<Uri, String> {
    let parsed: Uri = url.expose().parse().map_err(|_| format!("{url:?} is no URL"))?;
    let (Some("https"), Some(authority)) = (parsed.scheme_str(), parsed.authority()) else {
        return Err(format!("{url:?} is no https URL"));
    };
    let Some((_, host)) = authority.as_str().rsplit_once('@') else { return Ok(parsed) };
    let host = host.parse().map_err(|_| format!("{url:?} is no https URL"))?;
    let mut parts = parsed.into_parts();
    parts.authority = Some(host);
    Uri::from_parts(parts).map_err(|_| format!("{url:?} is no https URL"))
}

fn decoded(data: &str) -> Result<String, String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| "its kubeconfig's certificate-authority-data is no base64 of PEM".to_owned())
}

/// Precedence as in kubectl: a token file, then a token, then a plugin.
fn credentials_of(user: &AuthInfo, cluster: &Cluster) -> Result<Option<Credentials>, String> {
    if user.auth_provider.is_some() {
        return Err(
            "its kubeconfig's user has an auth-provider, which Kubernetes no longer supports: use exec"
                .to_owned(),
        );
    }
    if user.username.is_some() || user.password.is_some() {
        return Err("its kubeconfig's user has a password, which Kubernetes no longer takes".to_owned());
    }
    if let Some(path) = &user.token_file {
        return Ok(Some(Credentials::TokenFile(path.into())));
    }
    if let Some(token) = &user.token {
        return Ok(Some(Credentials::Token { token: token.clone(), source: "its kubeconfig".to_owned() }));
    }
    user.exec.as_ref().map(|exec| plugin(exec, cluster).map(Credentials::Exec)).transpose()
}

fn plugin(exec: &ExecConfig, cluster: &Cluster) -> Result<Exec, String> {
    let command = exec.command.clone().ok_or("its kubeconfig's exec plugin has no command")?;
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
        install_hint: exec.install_hint.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kubeconfig(contexts: &[&str]) -> Kubeconfig {
        let contexts: Vec<_> = contexts
            .iter()
            .map(|name| json!({"name": name, "context": {"cluster": name, "user": name}}))
            .collect();
        serde_json::from_value(json!({"contexts": contexts, "current-context": "b"})).expect("a kubeconfig")
    }

    #[test]
    fn the_current_context_is_never_used() {
        #[track_caller]
        fn check(contexts: &[&str], wanted: Option<&str>, expected: Result<&str, &str>) {
            match (chosen_context(&kubeconfig(contexts), wanted), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                other => panic!("{other:?}"),
            }
        }
        check(&["a"], None, Ok("a"));
        check(&["a", "b"], Some("a"), Ok("a"));
        check(&["a", "b"], None, Err("several contexts"));
        check(&["a", "b"], Some("c"), Err("no context \"c\""));
        check(&[], None, Err("no context"));
        check(&[], Some("a"), Err("no context"));
    }

    /// A kubeconfig with this cluster and user.
    fn read_of(cluster: &Value, user: &Value) -> Result<Read, String> {
        let text = json!({
            "apiVersion": "v1", "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        let server = Server::Kubeconfig { text: text.to_string().into(), context: None };
        read(&server).map(|read| read.expect("a kubeconfig"))
    }

    #[test]
    fn a_context_has_a_server_and_credentials() {
        let cluster = json!({"server": "https://h:6443", "tls-server-name": "n", "proxy-url": "http://p:1"});
        let read = read_of(&cluster, &json!({"token": "t", "as": "ada"})).expect("it is whole");
        assert_eq!(read.config.cluster_url.to_string(), "https://h:6443/");
        assert_eq!(read.config.tls_server_name.as_deref(), Some("n"));
        assert_eq!(read.config.auth_info.impersonate.as_deref(), Some("ada"));
        assert_eq!(read.proxy.as_deref(), Some("http://p:1"));
        assert!(matches!(read.credentials, Some(Credentials::Token { .. })));
        assert!(read.config.auth_info.token.is_none(), "it is sent by ourselves");
        let both = read_of(&cluster, &json!({"token": "t", "tokenFile": "/f"})).expect("it is whole");
        assert!(matches!(both.credentials, Some(Credentials::TokenFile(_))));
    }

    #[test]
    fn a_plugin_gets_the_cluster_if_the_kubeconfig_requests_that() {
        let cluster = json!({"server": "https://h", "certificate-authority-data": ""});
        let exec = json!({
            "apiVersion": API_VERSIONS[0], "command": "login", "args": ["-v"], "installHint": "Get it",
            "env": [{"name": "A", "value": "b"}], "provideClusterInfo": true,
        });
        let read = read_of(&json!({"server": "https://h"}), &json!({"exec": exec})).expect("it is whole");
        let Some(Credentials::Exec(exec)) = read.credentials else { panic!("no plugin") };
        assert_eq!((exec.command.as_str(), exec.args.as_slice()), ("login", ["-v".to_owned()].as_slice()));
        assert_eq!(exec.env["A"].expose_secret(), "b");
        assert_eq!(exec.cluster.expect("described")["server"], "https://h");
        assert_eq!(exec.install_hint.as_deref(), Some("Get it"));
        // Empty certificates are an error, and do not mean the system's roots.
        assert!(read_of(&cluster, &json!({"token": "t"})).is_err());
    }

    #[test]
    fn a_login_in_the_servers_address_is_neither_used_nor_shown() {
        let read = read_of(&json!({"server": "https://ada:hunter2@h:6443/k"}), &json!({"token": "t"}));
        assert_eq!(read.expect("it is whole").config.cluster_url.to_string(), "https://h:6443/k");
    }

    #[test]
    fn missing_values_of_a_kubeconfig_are_errors() {
        let server = json!({"server": "https://h"});
        let token = json!({"token": "hunter2"});
        for (cluster, user, expected) in [
            (json!({}), token.clone(), "has no server"),
            (json!({"server": "http://h"}), token.clone(), "no https URL"),
            (json!({"server": "http://ada:hunter2@h"}), token.clone(), "\"http://h\" is no https URL"),
            (json!({"server": "https://ada:hunter2@"}), token.clone(), "no URL"),
            (json!({"server": "https://ada:hunter2@h h"}), token.clone(), "no URL"),
            (json!({"server": "ada:hunter2@h:6443"}), token.clone(), "no https URL"),
            (json!({"server": "localhost:8080"}), token.clone(), "no https URL"),
            (
                json!({"server": "https://h", "certificate-authority": "/nowhere"}),
                token,
                "/nowhere cannot be read",
            ),
            (server.clone(), json!({}), "has no credentials"),
            (server.clone(), json!({"username": "a", "password": "hunter2"}), "a password"),
            (server.clone(), json!({"auth-provider": {"name": "gcp", "config": {}}}), "auth-provider"),
            (
                server,
                json!({"exec": {"command": "x", "apiVersion": "client.authentication.k8s.io/v1alpha1"}}),
                "v1alpha1",
            ),
        ] {
            let said = read_of(&cluster, &user).expect_err(expected);
            assert!(said.contains(expected) && !said.contains("hunter2"), "{said}");
        }
        let garbled = Server::Kubeconfig { text: "token: [hunter2".into(), context: None };
        let said = read(&garbled).expect_err("no YAML");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
