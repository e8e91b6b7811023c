//! An HTTP CONNECT proxy that maps the real host names to listeners of this machine.
//!
//! With `HTTPS_PROXY` set to it, an unchanged production configuration runs against local CKS. Loopback addresses pass, any other
//! host is rejected, so that no request leaves the machine by mistake, unless [`OtherHosts`] pass.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
};
use tokio_util::sync::CancellationToken;

use super::{other_hosts::OtherHosts, serve::PAUSE_AFTER_FAILURE};

/// Addresses by host name, for port 443.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Arc<Mutex<HashMap<String, SocketAddr>>>);

impl Hosts {
    pub(crate) fn set(&self, host: &str, address: SocketAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_ascii_lowercase(), address);
    }

    pub(crate) fn remove(&self, host: &str, address: SocketAddr) {
        let host = host.to_ascii_lowercase();
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A host that was mapped anew since then is another's.
        if hosts.get(&host) == Some(&address) {
            hosts.remove(&host);
        }
    }

    /// The address for `host:port`, if allowed.
    fn find(&self, authority: &http::uri::Authority) -> Option<SocketAddr> {
        let port = authority.port_u16().unwrap_or(443);
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host == "localhost" {
            return Some((Ipv4Addr::LOCALHOST, port).into());
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            return address.is_loopback().then_some((address, port).into());
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&host).copied();
        known.filter(|_| port == 443)
    }
}

/// Listens on this port of 127.0.0.1, or with 0 on a free one, until `stop` is cancelled.
pub(crate) async fn serve(
    port: u16,
    hosts: Hosts,
    other_hosts: OtherHosts,
    runtime: &Handle,
    stop: CancellationToken,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    runtime.spawn(async move {
        let connections = stop.clone();
        let accept = async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                    continue;
                };
                // Requests of several streams on one connection must not wait for acknowledgements of each other.
                let _ = stream.set_nodelay(true);
                let (hosts, other_hosts, stop) = (hosts.clone(), other_hosts.clone(), connections.clone());
                tokio::spawn(async move {
                    let service = service_fn(|request| {
                        answer(hosts.clone(), other_hosts.clone(), stop.clone(), request)
                    });
                    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                    tokio::select! {
                        () = stop.cancelled() => {}
                        // A failed connection is an error of the client.
                        _ = connection.with_upgrades() => {}
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

async fn answer(
    hosts: Hosts,
    other_hosts: OtherHosts,
    stop: CancellationToken,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let Some(authority) = request.uri().authority().cloned().filter(|_| request.method() == Method::CONNECT)
    else {
        return Ok(say(
            StatusCode::METHOD_NOT_ALLOWED,
            "local-cks offers CONNECT only: set HTTPS_PROXY, not HTTP_PROXY\n",
        ));
    };
    let connected = match hosts.find(&authority) {
        Some(address) => TcpStream::connect(address)
            .await
            .map_err(|_| format!("nothing listens at {address} for {authority}\n")),
        None if other_hosts.have(&authority) => other_hosts
            .connect(&authority)
            .await
            .map_err(|error| format!("local-cks cannot reach {authority}: {error}\n")),
        None => {
            let text = format!(
                "local-cks has no host {authority}: CoreWeave's hosts are those of its clusters (`local-cks status`); other \
                 hosts are rejected with `--isolated`\n"
            );
            return Ok(say(StatusCode::FORBIDDEN, &text));
        }
    };
    let mut target = match connected {
        Ok(target) => target,
        Err(text) => return Ok(say(StatusCode::BAD_GATEWAY, &text)),
    };
    let _ = target.set_nodelay(true);
    tokio::spawn(async move {
        let Ok(client) = hyper::upgrade::on(request).await else {
            return;
        };
        let mut client = TokioIo::new(client);
        tokio::select! {
            () = stop.cancelled() => {}
            _ = tokio::io::copy_bidirectional(&mut client, &mut target) => {}
        }
    });
    Ok(Response::new(Full::default()))
}

fn say(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text.to_owned()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[track_caller]
    fn check(authority: &str, expected: Option<&str>) {
        let hosts = Hosts::default();
        hosts.set("API.coreweave.com", "127.0.0.1:4000".parse().unwrap());
        let found = hosts.find(&authority.parse().unwrap());
        assert_eq!(found.map(|address| address.to_string()).as_deref(), expected, "{authority}");
    }

    #[test]
    fn only_known_hosts_and_loopback_are_allowed() {
        check("api.coreweave.com:443", Some("127.0.0.1:4000"));
        check("Api.CoreWeave.com:443", Some("127.0.0.1:4000"));
        check("api.coreweave.com:80", None);
        check("example.com:443", None);
        check("127.0.0.1:5000", Some("127.0.0.1:5000"));
        check("[::1]:5000", Some("[::1]:5000"));
        check("localhost:5000", Some("127.0.0.1:5000"));
        check("10.0.0.1:443", None);
    }
}
