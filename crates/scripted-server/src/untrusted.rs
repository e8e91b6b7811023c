//! Servers with which no client may speak: each has a certificate that is wrong in another way, or none. They count connections.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use local_cks::{Authority, Identity, Validity};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::acceptor;

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Another CA has signed its certificate.
    NotTrusted,
    /// Its certificate has expired.
    Expired,
    /// Its certificate is not valid yet.
    NotValidYet,
    /// Its certificate is for another host.
    OtherName,
    /// It answers in plain text.
    NoTls,
}

/// A server with which no client may speak.
#[derive(Debug)]
pub struct Untrusted {
    /// What is wrong.
    pub wrong: Wrong,
    /// Certificate (PEM) of the CA that clients trust.
    pub ca_pem: String,
    endpoint: String,
    connections: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Wrong {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::NotTrusted, Self::Expired, Self::NotValidYet, Self::OtherName, Self::NoTls];

    /// What a message about it contains.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotTrusted => "no trusted CA has signed it",
            Self::Expired => "the server's certificate has expired, at",
            Self::NotValidYet => "the server's certificate is not valid yet before",
            Self::OtherName => {
                "the server's certificate is for another name than \"127.0.0.1\", only for other.example.com"
            }
            Self::NoTls => "the server does not speak TLS",
        }
    }

    fn identity(self, authority: &Authority) -> Identity {
        let own = ["127.0.0.1"];
        let made = match self {
            Self::NotTrusted => {
                Authority::new("stranger").and_then(|other| other.server_of(&own, Validity::Now))
            }
            Self::Expired => authority.server_of(&own, Validity::Past),
            Self::NotValidYet => authority.server_of(&own, Validity::Future),
            Self::OtherName => authority.server_of(&["other.example.com"], Validity::Now),
            Self::NoTls => authority.server_of(&own, Validity::Now),
        };
        made.expect("a certificate")
    }
}

impl Untrusted {
    /// Starts it.
    pub async fn start(wrong: Wrong) -> Self {
        let authority = Authority::new("script").expect("a certificate");
        let tls = acceptor(&wrong.identity(&authority));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("https://{}", listener.local_addr().expect("bound"));
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(refused(wrong, tls.clone(), stream));
            }
        });
        Self { wrong, ca_pem: authority.pem().to_owned(), endpoint, connections, server }
    }

    /// URL of the server, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Untrusted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn refused(wrong: Wrong, tls: TlsAcceptor, mut stream: tokio::net::TcpStream) {
    if wrong == Wrong::NoTls {
        let _ = stream.read_u8().await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
        return;
    }
    if let Ok(mut stream) = tls.accept(stream).await {
        let read = stream.read_u8().await;
        assert!(read.is_err(), "a request came over a connection that is not trusted: {wrong:?}");
    }
}
