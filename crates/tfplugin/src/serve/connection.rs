//! From the socket to tonic: accepts connections, does TLS where there is any, and counts who is connected.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::transport::server::Connected;

use super::listener::{Listener, Transport};
use crate::process::{Count, Counted};

/// A host that has not finished its TLS handshake by then never will.
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause before the next attempt when accepting fails, for lack of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection that may speak gRPC.
pub(super) struct Connection {
    transport: Box<dyn Transport>,
    _counted: Counted,
}

/// Incoming connections, each after its TLS handshake. Counted from the moment of accepting.
pub(super) fn incoming(
    listener: Listener,
    tls: Option<TlsAcceptor>,
    connections: Count,
) -> impl Stream<Item = io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(accept(listener, tls, connections, sender));
    ReceiverStream::new(receiver).map(Ok)
}

async fn accept(
    listener: Listener,
    tls: Option<TlsAcceptor>,
    connections: Count,
    accepted: mpsc::Sender<Connection>,
) {
    loop {
        let transport = tokio::select! {
            transport = listener.accept() => transport,
            () = accepted.closed() => return,
        };
        match transport {
            // A task each: one client that stalls must not block the next.
            Ok(transport) => {
                tokio::spawn(establish(transport, tls.clone(), connections.enter(), accepted.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn establish(
    transport: Box<dyn Transport>,
    tls: Option<TlsAcceptor>,
    counted: Counted,
    accepted: mpsc::Sender<Connection>,
) {
    let transport = match tls {
        None => transport,
        Some(tls) => match timeout(TLS_HANDSHAKE_TIMEOUT, tls.accept(transport)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => {
                return tracing::warn!(%error, "refused a client: its TLS handshake failed");
            }
            Err(_) => {
                return tracing::warn!("refused a client: its TLS handshake took too long");
            }
        },
    };
    // Fails when the server is ending.
    let _ = accepted.send(Connection { transport, _counted: counted }).await;
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(cx, buffers)
    }
}
