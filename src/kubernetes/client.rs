//! The connections to one cluster: made when first needed, pooled, with kube's TLS, proxies, kubeconfigs and exec plugins.

use std::{
    collections::HashMap,
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{HeaderName, HeaderValue, Uri, header};
use hyper_util::client::proxy::matcher::Matcher;
use kube::{
    client::{AuthError, ClientBuilder},
    config::{AuthInfo, Config, ExecConfig, ExecInteractiveMode, KubeConfigOptions, Kubeconfig},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;

use super::{
    connection::{Connection, Credentials, Exec, Proxy, Server},
    errors::Error,
    trust,
};
use crate::requests::chain;

/// A client of one cluster. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    connection: Connection,
    made: OnceCell<Made>,
    succeeded: AtomicBool,
}

/// What a connection came to.
pub(super) struct Made {
    pub(super) kube: kube::Client,
    /// URL of the server, for messages.
    pub(super) server: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Client").field(&self.0.connection).finish()
    }
}

impl Client {
    /// Nothing is read or connected before the first request.
    pub(crate) fn new(connection: Connection) -> Self {
        Self(Arc::new(Inner { connection, made: OnceCell::new(), succeeded: AtomicBool::new(false) }))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// A good answer came before, so that address, proxy and certificates are right.
    pub(super) fn has_succeeded(&self) -> bool {
        self.0.succeeded.load(Ordering::Relaxed)
    }

    pub(super) fn note_success(&self) {
        self.0.succeeded.store(true, Ordering::Relaxed);
    }

    pub(super) async fn made(&self) -> Result<&Made, Error> {
        self.0.made.get_or_try_init(|| make(&self.0.connection)).await
    }

    /// An error that says the connection's settings are of no use.
    pub(super) fn unusable(&self, problem: impl Into<String>) -> Error {
        unusable(&self.0.connection, problem)
    }
}

fn unusable(connection: &Connection, problem: impl Into<String>) -> Error {
    Error::Unusable { title: connection.title.clone(), problem: problem.into() }
}

async fn make(connection: &Connection) -> Result<Made, Error> {
    let mut config = match &connection.server {
        Server::Url(url) => Config::new(uri(url).map_err(|problem| unusable(connection, problem))?),
        Server::Kubeconfig { .. } | Server::KubeconfigFile { .. } => from_kubeconfig(connection).await?,
    };
    set_credentials(&mut config, &connection.credentials);
    set_trust(&mut config, connection).map_err(|problem| unusable(connection, problem))?;
    if let Some(name) = &connection.tls_server_name {
        config.tls_server_name = Some(name.clone());
    }
    set_proxy(&mut config, &connection.proxy).map_err(|problem| unusable(connection, problem))?;
    config.headers.push(user_agent(connection)?);
    config.connect_timeout = Some(connection.request_timeout);
    config.read_timeout = Some(connection.request_timeout);
    // Else the time for which a pooled connection was idle would count.
    config.reset_reader_on_write = true;
    // Ours knows which requests may be repeated, and for how long.
    config.default_retry = false;
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    // An exec plugin runs right here, and may take its time.
    let built =
        tokio::task::spawn_blocking(move || ClientBuilder::try_from(config).map(ClientBuilder::build));
    let kube = match built.await {
        Ok(Ok(kube)) => kube,
        Ok(Err(error)) => return Err(unusable(connection, problem_of(&error))),
        Err(_) => return Err(unusable(connection, "the program that gives credentials could not be run")),
    };
    Ok(Made { kube, server })
}

async fn from_kubeconfig(connection: &Connection) -> Result<Config, Error> {
    let fails = |problem: String| unusable(connection, problem);
    let (kubeconfig, context) = match &connection.server {
        Server::Kubeconfig { text, context } => {
            // kube's own words quote the text, with its secrets.
            let parsed = Kubeconfig::from_yaml(text.expose_secret());
            (
                parsed.map_err(|_| fails("its kubeconfig is no valid YAML of a kubeconfig".to_owned()))?,
                context.clone(),
            )
        }
        Server::KubeconfigFile { path, context } => {
            let read = Kubeconfig::read_from(path).map_err(|error| match error {
                kube::config::KubeconfigError::ReadConfig(error, _) => {
                    fails(format!("the file {} cannot be read: {error}", path.display()))
                }
                _ => fails(format!("the file {} is no valid YAML of a kubeconfig", path.display())),
            })?;
            (read, Some(context.clone()))
        }
        Server::Url(url) => return uri(url).map(Config::new).map_err(fails),
    };
    let context = chosen_context(&kubeconfig, context).map_err(fails)?;
    let proxy = proxy_of(&kubeconfig, &context);
    let options = KubeConfigOptions { context: Some(context), ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| fails(format!("its kubeconfig cannot be used: {}", chain(&error))))?;
    // kube compares NO_PROXY with the proxy's address in place of the server's: we decide ourselves.
    config.proxy_url = proxy;
    Ok(config)
}

/// Never the "current" one: which that is changes with whatever somebody did last.
fn chosen_context(kubeconfig: &Kubeconfig, wanted: Option<String>) -> Result<String, String> {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (Some(wanted), _) if names.contains(&wanted.as_str()) => Ok(wanted),
        (Some(wanted), _) => {
            Err(format!("its kubeconfig has no context {wanted:?}, only {}", names.join(", ")))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err("its kubeconfig has no context".to_owned()),
        (None, _) => Err(format!(
            "its kubeconfig has several contexts, and `config_context` names none of {}",
            names.join(", ")
        )),
    }
}

fn proxy_of(kubeconfig: &Kubeconfig, context: &str) -> Option<Uri> {
    let context = kubeconfig.contexts.iter().find(|named| named.name == context)?.context.as_ref()?;
    let cluster = kubeconfig.clusters.iter().find(|named| named.name == context.cluster)?;
    cluster.cluster.as_ref()?.proxy_url.as_ref()?.parse().ok()
}

fn set_credentials(config: &mut Config, credentials: &Credentials) {
    config.auth_info = match credentials {
        Credentials::OfKubeconfig => {
            // Terraform's standard input is not a person's.
            if let Some(exec) = &mut config.auth_info.exec {
                exec.interactive_mode = Some(ExecInteractiveMode::Never);
            }
            return;
        }
        Credentials::Token { token, .. } => AuthInfo { token: Some(token.clone()), ..AuthInfo::default() },
        // Read for each request, in `http`.
        Credentials::TokenFile(_) => AuthInfo::default(),
        Credentials::Certificate { certificate, key } => AuthInfo {
            client_certificate_data: Some(base64(certificate)),
            client_key_data: Some(SecretString::from(base64(key.expose_secret()))),
            ..AuthInfo::default()
        },
        Credentials::Exec(exec) => AuthInfo { exec: Some(exec_config(exec)), ..AuthInfo::default() },
    };
}

fn exec_config(exec: &Exec) -> ExecConfig {
    let variable = |(name, value): (&String, &SecretString)| {
        HashMap::from([
            ("name".to_owned(), name.clone()),
            ("value".to_owned(), value.expose_secret().to_owned()),
        ])
    };
    ExecConfig {
        api_version: Some(exec.api_version.clone()),
        command: Some(exec.command.clone()),
        args: Some(exec.args.clone()),
        env: Some(exec.env.iter().map(variable).collect()),
        drop_env: None,
        install_hint: None,
        interactive_mode: Some(ExecInteractiveMode::Never),
        provide_cluster_info: false,
        cluster: None,
        other: std::collections::BTreeMap::new(),
    }
}

fn set_trust(config: &mut Config, connection: &Connection) -> Result<(), String> {
    if let Some(pem) = &connection.certificates {
        config.root_cert = Some(trust::certificates(pem)?);
    }
    let Some(extra) = connection.extra_roots.as_deref() else { return Ok(()) };
    let extra = trust::certificates(extra)?;
    config.root_cert = Some(match config.root_cert.take() {
        Some(own) => own.into_iter().chain(extra).collect(),
        None => trust::system_and(extra),
    });
    Ok(())
}

fn set_proxy(config: &mut Config, proxy: &Proxy) -> Result<(), String> {
    match proxy {
        Proxy::Given(url) => {
            // The value may hold a password: it is not repeated.
            config.proxy_url =
                Some(url.as_str().parse().map_err(|_| "its proxy's address is no URL".to_owned())?);
        }
        Proxy::Environment if config.proxy_url.is_none() => {
            config.proxy_url =
                Matcher::from_system().intercept(&config.cluster_url).and_then(|found| with_login(&found));
        }
        Proxy::Environment => {}
    }
    Ok(())
}

/// The matcher takes user and password out of the address, kube wants them in it.
fn with_login(found: &hyper_util::client::proxy::matcher::Intercept) -> Option<Uri> {
    let Some((user, password)) = found.raw_auth() else { return Some(found.uri().clone()) };
    let mut url = url::Url::parse(&found.uri().to_string()).ok()?;
    url.set_username(user).ok()?;
    url.set_password(Some(password)).ok()?;
    url.as_str().parse().ok()
}

fn user_agent(connection: &Connection) -> Result<(HeaderName, HeaderValue), Error> {
    let value = HeaderValue::from_str(&connection.user_agent)
        .map_err(|_| unusable(connection, "TF_APPEND_USER_AGENT holds what no header can"))?;
    Ok((header::USER_AGENT, value))
}

fn uri(url: &str) -> Result<Uri, String> {
    let parsed: Uri = url.parse().map_err(|_| format!("{url:?} is no URL"))?;
    match (parsed.scheme_str(), parsed.host()) {
        (Some("https"), Some(_)) => Ok(parsed),
        _ => Err(format!("{url:?} is no https URL")),
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// What is wrong, in words that hold nothing of what an exec plugin printed: that may be a token.
pub(super) fn problem_of(error: &(dyn StdError + 'static)) -> String {
    auth_problem(error).unwrap_or_else(|| chain(error))
}

/// The same, if it is about the credentials: trying again would not help.
pub(super) fn auth_problem(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(auth) = cause.downcast_ref::<AuthError>() {
            return Some(match auth {
                AuthError::AuthExecStart(error) => format!("its exec plugin cannot be started: {error}"),
                AuthError::AuthExecRun { cmd, out } => {
                    let program = cmd.split_whitespace().next().unwrap_or("exec plugin").trim_matches('"');
                    format!(
                        "its exec plugin {program:?} ended with {}; run it by hand to see what it says",
                        out.status
                    )
                }
                AuthError::AuthExecParse(_) => "its exec plugin printed no ExecCredential".to_owned(),
                AuthError::AuthExec(_) => "its exec plugin could not be run".to_owned(),
                AuthError::ReadTokenFile(error, path) => {
                    format!("the token file {} cannot be read: {error}", path.display())
                }
                _ => "its credentials cannot be used".to_owned(),
            });
        }
        next = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(contexts: &[&str]) -> Kubeconfig {
        let contexts: Vec<_> = contexts
            .iter()
            .map(|name| serde_json::json!({"name": name, "context": {"cluster": name, "user": name}}))
            .collect();
        serde_json::from_value(serde_json::json!({"contexts": contexts, "current-context": "b"}))
            .expect("a kubeconfig")
    }

    #[test]
    fn the_current_context_is_never_taken() {
        #[track_caller]
        fn check(contexts: &[&str], wanted: Option<&str>, expected: Result<&str, &str>) {
            let found = chosen_context(&kubeconfig(contexts), wanted.map(str::to_owned));
            match (found, expected) {
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
    }

    #[test]
    fn only_https_is_spoken() {
        assert!(uri("https://host:6443").is_ok());
        for wrong in ["http://host", "host:6443", "https://", ""] {
            assert!(uri(wrong).is_err(), "{wrong}");
        }
    }
}
