//! A scripted server for tests of both APIs' clients: a real socket that expects exactly these requests, in this order.
//!
//! A request that does not come, comes too often, or is another one fails the test when the script ends.

mod forwarder;
mod relay;
mod untrusted;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

pub use self::{
    forwarder::Forwarder,
    relay::Relay,
    untrusted::{Untrusted, Wrong},
};

/// One expected request and what it is answered.
#[derive(Debug)]
pub struct Step {
    request: String,
    body: Option<Value>,
    reply: Reply,
    kept: bool,
    meanwhile: Option<Meanwhile>,
}

/// What happens elsewhere before the answer.
struct Meanwhile(Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Meanwhile").finish_non_exhaustive()
    }
}

/// An answer, or what comes in its place.
#[derive(Debug)]
pub enum Reply {
    /// A whole answer.
    Http {
        /// Status code.
        status: u16,
        /// Header lines, each ended by CRLF.
        headers: String,
        /// Body.
        body: String,
    },
    /// The connection breaks after the request was read.
    Reset,
    /// The body ends before the length that was announced.
    CutShort(String),
    /// No answer at all, as long as the client holds on.
    Silence,
}

/// A request such as `GET /path?query`, with any body.
pub fn step(request: &str) -> Step {
    Step { request: request.to_owned(), body: None, reply: Reply::Silence, kept: false, meanwhile: None }
}

impl Step {
    /// Only with exactly this body.
    #[must_use]
    pub fn sending(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// Answered with this JSON.
    #[must_use]
    pub fn json(self, status: u16, body: &Value) -> Self {
        self.text(status, "content-type: application/json\r\n", &body.to_string())
    }

    /// `headers`: each ended by CRLF.
    #[must_use]
    pub fn text(self, status: u16, headers: &str, body: &str) -> Self {
        self.reply(Reply::Http { status, headers: headers.to_owned(), body: body.to_owned() })
    }

    /// Answered on a connection that stays open for further requests.
    #[must_use]
    pub fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    /// After the request was read and before it is answered, this happens elsewhere.
    #[must_use]
    pub fn meanwhile(self, happens: impl FnOnce() + Send + 'static) -> Self {
        Self { meanwhile: Some(Meanwhile(Box::new(happens))), ..self }
    }

    /// Answered with this.
    #[must_use]
    pub fn reply(self, reply: Reply) -> Self {
        Self { reply, ..self }
    }
}

/// The running script.
#[derive(Debug)]
pub struct Script {
    endpoint: String,
    ca_pem: String,
    progress: Arc<Mutex<Progress>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Progress {
    left: Vec<Step>,
    wrong: Vec<String>,
    headers: Vec<String>,
}

impl Script {
    /// Over plain http.
    pub async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::serving("http", steps, None, String::new()).await
    }

    /// Over https, with a certificate for 127.0.0.1 of a CA of its own.
    pub async fn start_tls(steps: impl IntoIterator<Item = Step>) -> Self {
        let authority = local_cks::Authority::new("script").expect("a certificate");
        Self::start_tls_of(&authority, steps).await
    }

    /// The same, with a certificate of this CA.
    pub async fn start_tls_of(
        authority: &local_cks::Authority,
        steps: impl IntoIterator<Item = Step>,
    ) -> Self {
        let identity = authority.server(&["kube.example.com"]).expect("a certificate");
        Self::serving("https", steps, Some(acceptor(&identity)), authority.pem().to_owned()).await
    }

    async fn serving(
        scheme: &str,
        steps: impl IntoIterator<Item = Step>,
        tls: Option<TlsAcceptor>,
        ca_pem: String,
    ) -> Self {
        let mut left: Vec<Step> = steps.into_iter().collect();
        left.reverse();
        let progress = Arc::new(Mutex::new(Progress { left, ..Progress::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("{scheme}://{}/", listener.local_addr().expect("bound"));
        let shared = Arc::clone(&progress);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, tls.clone(), Arc::clone(&shared)));
            }
        });
        Self { endpoint, ca_pem, progress, server }
    }

    /// URL of the server.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The CA of its certificate.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Until every expected request has come.
    pub async fn until_all_asked(&self) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while !self.progress.lock().expect("no panic inside").left.is_empty() {
            assert!(tokio::time::Instant::now() < deadline, "the requests did not come");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Nobody listens any more.
    pub async fn stop(self) {
        self.server.abort();
        assert!(self.server.await.expect_err("it never ends by itself").is_cancelled());
    }

    /// Fails unless exactly the expected requests came; gives their header sections.
    #[track_caller]
    pub fn finish(self) -> Vec<String> {
        self.server.abort();
        let mut progress = self.progress.lock().expect("no panic inside");
        let left: Vec<&str> = progress.left.iter().rev().map(|step| step.request.as_str()).collect();
        assert!(progress.wrong.is_empty(), "wrong requests: {:#?}", progress.wrong);
        assert!(left.is_empty(), "requests that never came: {left:#?}");
        std::mem::take(&mut progress.headers)
    }
}

/// TLS with this certificate.
fn acceptor(identity: &local_cks::Identity) -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes()).map(|der| der.expect("PEM"));
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret().as_bytes()).expect("PEM");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(chain.collect(), key)
        .expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, progress: Arc<Mutex<Progress>>) {
    match tls {
        None => serve(stream, TcpStream::set_zero_linger, &progress).await,
        Some(tls) => {
            // A client that does not trust us goes away.
            let Ok(stream) = tls.accept(stream).await else { return };
            serve(stream, |stream| stream.get_ref().0.set_zero_linger(), &progress).await;
        }
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    reset: impl Fn(&S) -> std::io::Result<()>,
    progress: &Mutex<Progress>,
) {
    let reply = loop {
        let Some((head, body)) = read_request(&mut stream).await else {
            return;
        };
        let request: String = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let (reply, kept) = expect(&mut progress.lock().expect("no panic inside"), &request, head, &body);
        let Reply::Http { status, headers, body } = &reply else { break reply };
        let close = if kept { "" } else { "connection: close\r\n" };
        let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n{close}\r\n", body.len());
        let _ = stream.write_all((head + body).as_bytes()).await;
        let _ = stream.flush().await;
        if !kept {
            break reply;
        }
    };
    match reply {
        Reply::Http { .. } => {
            let _ = stream.shutdown().await;
        }
        Reply::CutShort(body) => {
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n", body.len() + 10);
            let _ = stream.write_all((head + &body).as_bytes()).await;
            let _ = stream.flush().await;
        }
        Reply::Reset => reset(&stream).expect("a socket"),
        Reply::Silence => {
            let _ = stream.read_u8().await;
        }
    }
}

fn expect(progress: &mut Progress, request: &str, head: String, body: &str) -> (Reply, bool) {
    progress.headers.push(head);
    let fits = progress.left.last().is_some_and(|step| {
        step.request == request
            && step
                .body
                .as_ref()
                .is_none_or(|expected| serde_json::from_str(body).ok().as_ref() == Some(expected))
    });
    if let (true, Some(step)) = (fits, progress.left.pop_if(|_| fits)) {
        if let Some(Meanwhile(happens)) = step.meanwhile {
            happens();
        }
        return (step.reply, step.kept);
    }
    let expected = progress.left.last().map(|step| format!("{} {:?}", step.request, step.body));
    progress.wrong.push(format!("{request} {body}, expected {expected:?}"));
    (Reply::Http { status: 418, headers: String::new(), body: "not in the script".into() }, false)
}

/// Headers and body; `None` when the client went away.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").and_then(|length| length.trim().parse::<usize>().ok())
            });
            if body.len() >= length.unwrap_or_default() {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
