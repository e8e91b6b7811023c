//! Proxies for tests of the clients: one of HTTP (`CONNECT`) and SOCKS5 on the same port, in front of one server, whatever host is asked for.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::acceptor;

/// A proxy that leads to one server.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    targets: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Relay {
    /// In front of the server with this URL.
    pub async fn to(url: &str) -> Self {
        Self::start(url, None).await
    }

    /// The same behind TLS with this certificate: an `https` proxy.
    pub async fn with_tls(url: &str, identity: &local_cks::Identity) -> Self {
        Self::start(url, Some(acceptor(identity))).await
    }

    async fn start(url: &str, tls: Option<TlsAcceptor>) -> Self {
        let server = url.split("://").nth(1).unwrap_or_default().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let targets = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&targets);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepted(stream, tls.clone(), server.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, targets, server }
    }

    /// Its URL with this scheme: `http` or `socks5`, or `https`.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// Host and port of each connection that was asked for.
    pub fn targets(&self) -> Vec<String> {
        self.targets.lock().expect("no panic inside").clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accepted(
    mut client: TcpStream,
    tls: Option<TlsAcceptor>,
    server: String,
    targets: Arc<Mutex<Vec<String>>>,
) -> io::Result<()> {
    if let Some(tls) = tls {
        let mut client = tls.accept(client).await?;
        let target = connect(&mut client).await?;
        return relayed(client, target, server, &targets).await;
    }
    let mut first = [0];
    client.peek(&mut first).await?;
    let target = if first == [5] { socks(&mut client).await? } else { connect(&mut client).await? };
    relayed(client, target, server, &targets).await
}

async fn relayed(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    target: String,
    server: String,
    targets: &Mutex<Vec<String>>,
) -> io::Result<()> {
    targets.lock().expect("no panic inside").push(target);
    let mut upstream = TcpStream::connect(server).await?;
    tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}

/// The target of a `CONNECT`.
async fn connect(client: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    Ok(String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned())
}

/// The target of a SOCKS5 connection without a login (RFC 1928).
async fn socks(client: &mut TcpStream) -> io::Result<String> {
    let (_version, methods) = (client.read_u8().await?, client.read_u8().await?);
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered).await?;
    client.write_all(&[5, 0]).await?;
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => {
            let mut address = [0; 4];
            client.read_exact(&mut address).await?;
            std::net::Ipv4Addr::from(address).to_string()
        }
        3 => {
            let mut name = vec![0; client.read_u8().await?.into()];
            client.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
        other => return Err(io::Error::other(format!("an address of type {other}"))),
    };
    let port = client.read_u16().await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok(format!("{host}:{port}"))
}
