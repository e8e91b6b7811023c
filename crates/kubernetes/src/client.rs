//! The client of one cluster: it connects on first use, and keeps the connection as long as its credentials are valid.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{HeaderName, HeaderValue, Uri, header};
use jiff::Timestamp;
use kube::{Config, config::AuthInfo};
use request_pipeline::{Call, LoginUrl, TokenFile, chain};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::Mutex, time::Instant};

use super::{
    connection::{Connection, Credentials, Server},
    credentials_in_use::CredentialsInUse,
    errors::Error,
    kubeconfig,
    memory::Memory,
    plugin,
    pool::Pool,
    token_source::FetchedToken,
    transport, trust,
};

/// How long before expiry a plugin's credentials are renewed, since a request takes a while.
const BEFORE_THE_END: Duration = Duration::from_secs(10);

/// A client of one cluster. Clones share their connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    connection: Connection,
    cache: Mutex<Cache>,
    succeeded: AtomicBool,
    issuer_shown: AtomicBool,
    memory: Memory,
}

/// The last connection, or its error.
#[derive(Default)]
struct Cache {
    connected: Option<Arc<Connected>>,
    /// An error, for all that waited: a failing plugin must not run once for each resource.
    failed: Option<(Instant, Error)>,
    /// The token that the server rejected last.
    rejected: Option<SecretString>,
}

/// An address with its credentials, and the connections there.
pub(super) struct Connected {
    /// The connections to the servers behind the address.
    pub(super) pool: Arc<Pool>,
    /// URL of the server, without its login, for messages.
    pub(super) server: String,
    /// URL of the proxy, without its login, for messages.
    pub(super) proxy: Option<String>,
    bearer: Bearer,
    validity: Validity,
    /// Whether connecting again may return other credentials.
    may_change: bool,
    /// Tells it from others.
    mark: Arc<()>,
}

/// Credentials of requests, except a client certificate.
enum Bearer {
    Nothing,
    Token(SecretString),
    /// Read for each request.
    File(TokenFile),
}

/// How long credentials can be used.
#[derive(Clone, Copy)]
enum Validity {
    /// Until the server rejects them.
    Open,
    /// Until they expire.
    Until(Timestamp),
    /// Until others are to be fetched.
    RenewAt(Instant),
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connected").field("server", &self.server).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Client").field(&self.0.connection).finish()
    }
}

impl Client {
    /// Reads and connects nothing before the first request.
    pub fn new(connection: Connection) -> Self {
        Self(Arc::new(Inner {
            connection,
            cache: Mutex::default(),
            succeeded: AtomicBool::new(false),
            issuer_shown: AtomicBool::new(false),
            memory: Memory::default(),
        }))
    }

    /// Settings of the connection.
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// Whether a good response was received, so that address, proxy and certificates are right.
    pub(super) fn has_succeeded(&self) -> bool {
        self.0.succeeded.load(Ordering::Relaxed)
    }

    pub(super) fn note_success(&self) {
        self.0.succeeded.store(true, Ordering::Relaxed);
    }

    /// Whether an issuer showed that one of its connections leads to the expected cluster.
    pub(super) fn has_shown_issuer(&self) -> bool {
        self.0.issuer_shown.load(Ordering::Relaxed)
    }

    pub(super) fn note_issuer(&self) {
        self.0.issuer_shown.store(true, Ordering::Relaxed);
    }

    /// What this part of the crate remembers for the run.
    pub(super) fn remembered<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.0.memory.of()
    }

    /// The credentials that the next request has.
    pub(super) async fn credentials_in_use(&self, call: &Call) -> Result<CredentialsInUse, Error> {
        let connected = self.connected(call).await?;
        let token = connected.token().map_err(|problem| self.unusable(problem))?;
        Ok(CredentialsInUse::new(&connected.mark, token))
    }

    /// The connection, which all callers share.
    pub(super) async fn connected(&self, call: &Call) -> Result<Arc<Connected>, Error> {
        let connecting = tokio::time::timeout_at(call.deadline, self.shared());
        match call.cancelled.run_until_cancelled(connecting).await {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(self.unusable("its credentials did not come in time")),
            None => Err(Error::Cancelled { what: format!("connecting to {}", self.0.connection.title) }),
        }
    }

    async fn shared(&self) -> Result<Arc<Connected>, Error> {
        let waiting_since = Instant::now();
        let mut cache = self.0.cache.lock().await;
        if let Some(connected) = cache.connected.as_ref().filter(|connected| connected.is_good()) {
            return Ok(Arc::clone(connected));
        }
        if let Some((_, error)) = cache.failed.as_ref().filter(|(when, _)| *when > waiting_since) {
            return Err(error.clone());
        }
        let rejected = cache.rejected.clone();
        match connect(&self.0.connection, rejected.as_ref()).await {
            Ok(connected) => {
                cache.rejected = None;
                Ok(Arc::clone(cache.connected.insert(Arc::new(connected))))
            }
            Err(problem) => {
                let error = self.unusable(problem);
                cache.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// After the server rejected these credentials: whether there may be others.
    pub(super) async fn renew(&self, refused: &Arc<Connected>) -> bool {
        let mut cache = self.0.cache.lock().await;
        // Unless another request has renewed them.
        if cache.connected.as_ref().is_some_and(|connected| Arc::ptr_eq(connected, refused)) {
            cache.connected = None;
            cache.rejected = refused.fixed_token().cloned();
        }
        refused.may_change
    }

    /// An error about the connection's settings.
    pub(super) fn unusable(&self, problem: impl Into<String>) -> Error {
        Error::Unusable { title: self.0.connection.title.clone(), problem: problem.into() }
    }
}

impl Connected {
    fn is_good(&self) -> bool {
        match self.validity {
            Validity::Open => true,
            Validity::Until(end) => Timestamp::now() + BEFORE_THE_END < end,
            Validity::RenewAt(time) => Instant::now() < time,
        }
    }

    fn fixed_token(&self) -> Option<&SecretString> {
        match &self.bearer {
            Bearer::Token(token) => Some(token),
            Bearer::Nothing | Bearer::File(_) => None,
        }
    }

    /// After the server rejected this token: the one that has replaced it in its file since it was read.
    pub(super) fn replacement_of(&self, rejected: &SecretString) -> Option<SecretString> {
        match &self.bearer {
            Bearer::File(file) => file.replacement_of(rejected),
            Bearer::Nothing | Bearer::Token(_) => None,
        }
    }

    /// The token of the next request.
    pub(super) fn token(&self) -> Result<Option<SecretString>, String> {
        match &self.bearer {
            Bearer::Nothing => Ok(None),
            Bearer::Token(token) => Ok(Some(token.clone())),
            Bearer::File(file) => file.read().map(Some).map_err(|error| error.to_string()),
        }
    }
}

/// `rejected`: the token that the server rejected, so that another one is needed.
pub(super) async fn connect(
    connection: &Connection,
    rejected: Option<&SecretString>,
) -> Result<Connected, String> {
    let of_kubeconfig = kubeconfig::read(&connection.server)?;
    let (mut config, found, own_proxy) = match (&connection.server, of_kubeconfig) {
        (_, Some(read)) => (read.config, read.credentials, read.proxy),
        (Server::Endpoint(url) | Server::Named(url) | Server::Url(url), None) => {
            (Config::new(kubeconfig::https(url)?), None, None)
        }
        (Server::Kubeconfig { .. } | Server::KubeconfigFile { .. }, None) => {
            return Err("its kubeconfig was not read".to_owned());
        }
    };
    let credentials = match &connection.credentials {
        Credentials::OfKubeconfig => found,
        given => Some(given.clone()),
    };
    let Authenticated { bearer, validity, may_change } =
        authenticated(credentials.as_ref(), connection, &mut config.auth_info, rejected).await?;
    set_trust(&mut config, connection)?;
    if let Some(name) = &connection.tls_server_name {
        config.tls_server_name = Some(name.clone());
    }
    config.headers.push(user_agent(&connection.user_agent)?);
    let proxy = transport::proxy_for(&config.cluster_url, &connection.proxy, own_proxy.as_deref())?;
    // Shorter than the whole request, to distinguish a failed connection from a missing response.
    let connect_timeout = connection.request_timeout.mul_f64(0.75);
    let pool = transport::pool(
        &config,
        proxy.as_ref(),
        connection.extra_roots.as_deref(),
        connect_timeout,
        connection.network.as_ref(),
        !connection.is_named_by_coreweave(),
    )
    .map_err(|error| chain(&error))?;
    let plain = |url: &Uri| LoginUrl::new(url.to_string()).to_string();
    let (server, proxy) = (plain(&config.cluster_url), proxy.map(|proxy| plain(proxy.address.uri())));
    let may_change = may_change || matches!(connection.server, Server::KubeconfigFile { .. });
    Ok(Connected { pool: Arc::new(pool), server, proxy, bearer, validity, may_change, mark: Arc::default() })
}

/// Credentials, except a client certificate.
struct Authenticated {
    bearer: Bearer,
    validity: Validity,
    /// Whether others may be had.
    may_change: bool,
}

/// Sets a client certificate, and returns the other credentials.
async fn authenticated(
    credentials: Option<&Credentials>,
    connection: &Connection,
    auth_info: &mut AuthInfo,
    rejected: Option<&SecretString>,
) -> Result<Authenticated, String> {
    let mut show = |certificate: &str, key: &SecretString| {
        auth_info.client_certificate_data = Some(base64(certificate));
        auth_info.client_key_data = Some(SecretString::from(base64(key.expose_secret())));
    };
    let bearer = match credentials {
        None | Some(Credentials::OfKubeconfig) => Bearer::Nothing,
        Some(Credentials::Token { token, source }) => {
            expect_header(token, || format!("the token from {source}"))?;
            Bearer::Token(token.clone())
        }
        Some(Credentials::TokenFile(file)) => Bearer::File(file.clone()),
        Some(Credentials::Fetched(source)) => {
            let FetchedToken { token, renew_at, may_change } = source.token(rejected).await?;
            expect_header(&token, || source.to_string())?;
            let validity = renew_at.map_or(Validity::Open, Validity::RenewAt);
            return Ok(Authenticated { bearer: Bearer::Token(token), validity, may_change });
        }
        Some(Credentials::Certificate { certificate, key }) => {
            show(certificate, key);
            Bearer::Nothing
        }
        Some(Credentials::Exec(exec)) => {
            // From a file that cannot be read there is none to withhold.
            let withheld = connection.withheld.as_ref().and_then(|token| token.read().ok());
            let printed = plugin::run(exec, withheld.as_ref()).await?;
            if let Some((certificate, key)) = &printed.certificate {
                show(certificate, key);
            }
            let bearer = printed.token.map_or(Bearer::Nothing, Bearer::Token);
            let validity = printed.until.map_or(Validity::Open, Validity::Until);
            return Ok(Authenticated { bearer, validity, may_change: true });
        }
    };
    Ok(Authenticated { bearer, validity: Validity::Open, may_change: false })
}

/// `name`: of the token, for messages.
fn expect_header(token: &SecretString, name: impl Fn() -> String) -> Result<(), String> {
    if bearer_header(token).is_some() {
        return Ok(());
    }
    Err(format!("{} holds characters that no token has, such as a line break", name()))
}

/// The `Authorization` of a token; `None` if it is not valid in a header.
pub(super) fn bearer_header(token: &SecretString) -> Option<HeaderValue> {
    let token = token.expose_secret();
    let is_plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok().filter(|_| is_plain)?;
    header.set_sensitive(true);
    Some(header)
}

fn set_trust(config: &mut Config, connection: &Connection) -> Result<(), String> {
    if let Some(pem) = &connection.certificates {
        config.root_cert = Some(trust::certificates(pem)?);
        // With certificates of its own, the server is always verified.
        config.accept_invalid_certs = false;
    }
    let Some(extra) = connection.extra_roots.as_deref() else { return Ok(()) };
    let extra = trust::certificates(extra)?;
    config.root_cert = Some(match config.root_cert.take() {
        Some(own) => own.into_iter().chain(extra).collect(),
        None => trust::system_and(extra),
    });
    Ok(())
}

fn user_agent(value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let value = HeaderValue::from_str(value)
        .map_err(|_| "TF_APPEND_USER_AGENT holds what no header can".to_owned())?;
    Ok((header::USER_AGENT, value))
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[cfg(test)]
mod tests;
