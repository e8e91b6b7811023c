//! An address that leads to one server or another, as one does whose DNS entry, load balancer or port-forward changes.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// An address that leads to servers in this order, one for each connection.
#[derive(Debug)]
pub struct Forwarder {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Forwarder {
    /// To the server with the first of these URLs by the first connection, and so on. Those after the last one go to the servers of the
    /// last `alternating` URLs in turn.
    pub async fn to(urls: &[&str], alternating: usize) -> Self {
        let server =
            |url: &&str| url.split("://").nth(1).unwrap_or_default().trim_end_matches('/').to_owned();
        let servers: Vec<String> = urls.iter().map(server).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut index = counted.fetch_add(1, Ordering::Relaxed);
                if index >= servers.len() {
                    index = servers.len() - alternating + (index - servers.len()) % alternating;
                }
                tokio::spawn(forwarded(stream, servers[index].clone()));
            }
        });
        Self { address, connections, server }
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn forwarded(mut client: TcpStream, server: String) -> io::Result<()> {
    let mut upstream = TcpStream::connect(server).await?;
    tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}
