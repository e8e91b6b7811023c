//! The connections to the servers behind one address. Each is known by the certificate of the server at its other end, so that whoever
//! sends a request can say to which server, wherever the address leads meanwhile.
//!
//! hyper-util's own pool opens connections as it likes, and tells nobody where they lead.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, uri::PathAndQuery};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use kube::client::middleware::{BaseUriLayer, ExtraHeadersLayer};
use request_pipeline::{Network, NetworkConnection, Unanswered};
use tokio::{sync::oneshot, time::Instant};
use tower::{BoxError, Layer as _, ServiceExt as _, service_fn};

use super::identity::Evidence;

/// How long a connection without requests is kept, as in hyper-util.
const LONGEST_IDLE: Duration = Duration::from_secs(90);

/// More than Terraform has operations at a time, unless it is told to.
const MOST_IDLE: usize = 32;

/// A server: all connections whose other end presented the same certificate.
#[derive(Debug)]
pub(super) struct KnownServer {
    certificate: Vec<u8>,
    /// What shows which cluster it belongs to.
    pub(super) evidence: Evidence,
}

impl KnownServer {
    /// Whether both presented the same certificate, perhaps to connections with other credentials.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.certificate == other.certificate
    }
}

/// The connections of one client, with what its requests have in common.
pub(super) struct Pool {
    open: Open,
    base: BaseUriLayer,
    headers: ExtraHeadersLayer,
    tells_servers_apart: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<PooledConnection>,
    servers: Vec<Arc<KnownServer>>,
    /// How often connections led to a server that was not known, or one was forgotten.
    changes: u64,
}

/// One connection, for one request at a time.
pub(super) struct PooledConnection {
    server: Arc<KnownServer>,
    carrier: Carrier,
    /// Since when it has been without a request; `None` if it was just opened.
    idle_since: Option<Instant>,
}

/// How a connection is opened.
pub(super) type Open = Box<dyn Fn() -> Opening + Send + Sync>;
/// A connection with the certificate of its server.
pub(super) type Opening = Pin<Box<dyn Future<Output = Result<(Carrier, Vec<u8>), Failure>> + Send>>;

/// What carries the requests of one connection.
pub(super) enum Carrier {
    Http {
        sender: SendRequest<Full<Bytes>>,
        /// Why the connection ended.
        ended: oneshot::Receiver<hyper::Error>,
    },
    Simulated(Arc<dyn NetworkConnection>),
}

/// Why a request has no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There is no connection.
    #[error(transparent)]
    NotConnected(BoxError),
    /// No connection leads to the server that the request is for; nothing was sent.
    #[error("the address leads to another server")]
    OtherServer,
    /// The connection broke: the request may have taken effect.
    #[error(transparent)]
    Broken(BoxError),
    /// The answer is longer than this many bytes.
    #[error("the answer is longer than {longest} bytes")]
    TooLong { status: u16, longest: usize },
    /// As a network of a test says.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
}

impl Pool {
    /// `tells_servers_apart`: whether it matters to which of the servers behind the address a connection leads.
    pub(super) fn new(
        open: Open,
        base: BaseUriLayer,
        headers: ExtraHeadersLayer,
        tells_servers_apart: bool,
    ) -> Self {
        Self { open, base, headers, tells_servers_apart, state: Mutex::default() }
    }

    /// The server to which a connection leads that is there now, or else a new one.
    pub(super) async fn server(&self) -> Result<Arc<KnownServer>, Failure> {
        let connection = match self.idle(None).await {
            Some(connection) => connection,
            None => self.opened().await?,
        };
        let server = Arc::clone(&connection.server);
        self.put_back(connection);
        Ok(server)
    }

    /// All servers to which connections have led.
    pub(super) fn servers(&self) -> Vec<Arc<KnownServer>> {
        self.state().servers.clone()
    }

    /// Changes with the servers to which connections lead.
    pub(super) fn changes(&self) -> u64 {
        self.state().changes
    }

    /// Closes the connections to a server that are without requests.
    pub(super) fn close(&self, server: &Arc<KnownServer>) {
        self.state().idle.retain(|connection| !Arc::ptr_eq(&connection.server, server));
    }

    /// Forgets what was found about a server, so that it is checked anew if connections lead there again.
    pub(super) fn forget(&self, server: &Arc<KnownServer>) {
        self.close(server);
        let mut state = self.state();
        state.servers.retain(|known| !Arc::ptr_eq(known, server));
        state.changes += 1;
    }

    /// A connection to this server: one that is there, or a new one if that leads there.
    pub(super) async fn to(&self, server: &Arc<KnownServer>) -> Result<PooledConnection, Failure> {
        if let Some(connection) = self.idle(Some(server)).await {
            return Ok(connection);
        }
        let connection = self.opened().await?;
        if Arc::ptr_eq(&connection.server, server) {
            return Ok(connection);
        }
        // For those who look where the address leads now.
        self.put_back(connection);
        Err(Failure::OtherServer)
    }

    /// Sends a request on this connection, and receives the whole response, of at most this many bytes. If the server has closed the
    /// connection while it was idle, the request is sent on another one to the same server.
    pub(super) async fn send(
        &self,
        mut connection: PooledConnection,
        request: Request<Full<Bytes>>,
        longest: usize,
    ) -> Result<Response<Bytes>, Failure> {
        let mut request = self.completed(request).await;
        loop {
            let server = Arc::clone(&connection.server);
            match connection.carrier {
                Carrier::Simulated(ref simulated) => {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
                    let body = body.unwrap_or_else(|never| match never {});
                    let response = simulated.exchange(Request::from_parts(head, body)).await?;
                    self.put_back(connection);
                    return Ok(response);
                }
                Carrier::Http { ref mut sender, ref mut ended } => {
                    match sender.try_send_request(in_origin_form(request)).await {
                        Ok(response) => {
                            let response = received(response, longest).await?;
                            self.put_back(connection);
                            return Ok(response);
                        }
                        Err(mut error) => match (error.take_message(), connection.idle_since) {
                            (Some(unsent), Some(_)) => request = unsent,
                            (Some(_), None) => {
                                let cause = ended.await.unwrap_or_else(|_| error.into_error());
                                return Err(Failure::Broken(cause.into()));
                            }
                            (None, _) => return Err(Failure::Broken(error.into_error().into())),
                        },
                    }
                }
            }
            connection = self.to(&server).await?;
        }
    }

    /// With the whole URL, and with the headers of all requests.
    async fn completed(&self, request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
        let unchanged = service_fn(|request| std::future::ready(Ok::<_, Infallible>(request)));
        let completed = self.base.layer(self.headers.layer(unchanged)).oneshot(request).await;
        completed.unwrap_or_else(|never| match never {})
    }

    async fn opened(&self) -> Result<PooledConnection, Failure> {
        let (carrier, certificate) = (self.open)().await?;
        // One server for all, if it does not matter which.
        let certificate = if self.tells_servers_apart { certificate } else { Vec::new() };
        Ok(PooledConnection { server: self.server_with(certificate), carrier, idle_since: None })
    }

    fn server_with(&self, certificate: Vec<u8>) -> Arc<KnownServer> {
        let mut state = self.state();
        if let Some(known) = state.servers.iter().find(|server| server.certificate == certificate) {
            return Arc::clone(known);
        }
        let server = Arc::new(KnownServer { certificate, evidence: Evidence::default() });
        state.servers.push(Arc::clone(&server));
        state.changes += 1;
        server
    }

    /// The connection that was used last, to this server or to any.
    async fn idle(&self, to: Option<&Arc<KnownServer>>) -> Option<PooledConnection> {
        loop {
            let mut found = self.state().take(to)?;
            if found.is_usable().await {
                return Some(found);
            }
        }
    }

    fn put_back(&self, mut connection: PooledConnection) {
        connection.idle_since = Some(Instant::now());
        let idle = &mut self.state().idle;
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.push(connection);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, to: Option<&Arc<KnownServer>>) -> Option<PooledConnection> {
        let fits = |connection: &PooledConnection| to.is_none_or(|to| Arc::ptr_eq(to, &connection.server));
        let index = self.idle.iter().rposition(fits)?;
        Some(self.idle.remove(index))
    }
}

impl PooledConnection {
    async fn is_usable(&mut self) -> bool {
        if self.idle_since.is_some_and(|since| since.elapsed() > LONGEST_IDLE) {
            return false;
        }
        match &mut self.carrier {
            Carrier::Http { sender, .. } => sender.ready().await.is_ok(),
            Carrier::Simulated(connection) => connection.is_open(),
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// HTTP on a connection that was just opened.
pub(super) async fn http<C>(connection: C) -> Result<Carrier, Failure>
where
    C: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
{
    let shaken = http1::handshake(connection).await;
    let (sender, connection) = shaken.map_err(|error| Failure::NotConnected(error.into()))?;
    let (end, ended) = oneshot::channel();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Nobody receives it unless a request waits.
            let _ = end.send(error);
        }
    });
    Ok(Carrier::Http { sender, ended })
}

/// The whole response.
async fn received(response: Response<Incoming>, longest: usize) -> Result<Response<Bytes>, Failure> {
    let (head, body) = response.into_parts();
    match Limited::new(body, longest).collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Failure::TooLong { status: head.status.as_u16(), longest })
        }
        Err(error) => Err(Failure::Broken(error)),
    }
}

/// Connections of a test's network to this server.
pub(super) fn simulated(network: &Arc<dyn Network>, server: &Uri) -> Open {
    let (network, server) = (Arc::clone(network), server.clone());
    Box::new(move || {
        let (network, server) = (Arc::clone(&network), server.clone());
        Box::pin(async move {
            let connection = network.connect(&server).await?;
            let certificate = connection.certificate().to_vec();
            Ok((Carrier::Simulated(connection), certificate))
        })
    })
}

/// As HTTP/1.1 has it: the host in a header, without the URL's login.
fn in_origin_form(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let uri = request.uri();
    let Some(host) = uri.host() else { return request };
    let host = match uri.port_u16() {
        None | Some(443) => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    };
    let target = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    if let Ok(host) = HeaderValue::try_from(host) {
        request.headers_mut().insert(header::HOST, host);
    }
    *request.uri_mut() = target.into();
    request
}
