//! One TLS server on a loopback port, for HTTP/1.1 and HTTP/2.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{net::TcpListener, runtime::Handle};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::interrupt::{Cut, Cuttable};

/// Pause after a connection that could not be accepted.
pub(super) const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Listens on a free port of 127.0.0.1 and serves `router` there until `stop` is cancelled.
pub(crate) async fn serve_tls(
    router: Router,
    tls: Arc<ServerConfig>,
    runtime: &Handle,
    stop: CancellationToken,
) -> io::Result<SocketAddr> {
    serve_tls_at(0, router, tls, runtime, stop).await
}

/// The same at this port; 0: a free one.
pub(crate) async fn serve_tls_at(
    port: u16,
    router: Router,
    tls: Arc<ServerConfig>,
    runtime: &Handle,
    stop: CancellationToken,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(tls);
    runtime.spawn(async move {
        let connections = stop.clone();
        let accept = async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    // Such as too many open files, of which some are closed soon.
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let (router, acceptor, stop) = (router.clone(), acceptor.clone(), connections.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = serve_connection(router, acceptor, stream) => {}
                    }
                });
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = accept => {}
        }
    });
    Ok(address)
}

/// A failed connection is an error of the client.
async fn serve_connection(router: Router, acceptor: TlsAcceptor, stream: tokio::net::TcpStream) {
    let cut = Cut::new();
    let Ok(stream) = acceptor.accept(Cuttable::new(stream, cut.clone())).await else {
        return;
    };
    let service = router.map_request(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(cut.clone());
        request.map(axum::body::Body::new)
    });
    let connection = Builder::new(TokioExecutor::new());
    let served = connection.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended");
    }
}
