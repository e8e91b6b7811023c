//! Hosts that are neither simulated nor on this machine: the proxy rejects them, or reaches them on the real network.
//!
//! Rule: CoreWeave's own hosts never pass, or what a test meant for the simulation would change a real cluster.

use std::sync::Arc;

use http::{Uri, uri::Authority};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

/// CoreWeave's domains.
const COREWEAVE: [&str; 4] = ["coreweave.com", "coreweave.cloud", "cwobject.com", "cwlota.com"];

/// What the proxy does with hosts that are not CoreWeave's.
#[derive(Clone, Debug, Default)]
pub struct OtherHosts(Option<Arc<Matcher>>);

impl OtherHosts {
    /// They are rejected, so that no request leaves the machine. The default.
    pub fn rejected() -> Self {
        Self::default()
    }

    /// They are reached, by the proxy that the variables of this program (`HTTPS_PROXY`, `NO_PROXY`) have for them, if any.
    pub fn passed_through() -> Self {
        Self(Some(Arc::new(Matcher::from_env())))
    }

    /// They are reached by this proxy, such as `http://127.0.0.1:3128`.
    pub fn passed_through_by(proxy: &str) -> Self {
        Self(Some(Arc::new(Matcher::builder().https(proxy).build())))
    }

    /// Whether this host may be reached.
    pub(crate) fn have(&self, authority: &Authority) -> bool {
        self.0.is_some() && !is_coreweaves(authority.host())
    }

    /// A connection to this host, for the bytes of the client.
    pub(crate) async fn connect(&self, authority: &Authority) -> Result<TcpStream, String> {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let port = authority.port_u16().unwrap_or(443);
        let target: Uri = format!("https://{}:{port}", authority.host())
            .parse()
            .map_err(|error| format!("it is not a host: {error}"))?;
        let Some(proxy) = self.0.as_ref().and_then(|matcher| matcher.intercept(&target)) else {
            return TcpStream::connect((host, port)).await.map_err(|error| error.to_string());
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Err("the proxy of this machine is not an http:// one: set HTTPS_PROXY to an http:// proxy, or use \
                        --isolated"
                .to_owned());
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), HttpConnector::new());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let through = tunnel.oneshot(target).await.map(TokioIo::into_inner);
        through.map_err(|error| format!("by the proxy of this machine: {error}"))
    }
}

fn is_coreweaves(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    COREWEAVE.iter().any(|domain| {
        host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::OtherHosts;

    #[track_caller]
    fn check(authority: &str, expected: bool) {
        let authority = authority.parse().unwrap();
        assert_eq!(OtherHosts::passed_through().have(&authority), expected, "{authority}");
        assert!(!OtherHosts::rejected().have(&authority), "{authority}");
    }

    #[test]
    fn no_host_of_coreweaves_is_reached() {
        check("registry.terraform.io:443", true);
        check("notcoreweave.com:443", true);
        for host in [
            "api.coreweave.com:443",
            "API.CoreWeave.com.:443",
            "coreweave.com",
            "x.coreweave.cloud:8443",
            "bucket.cwobject.com:443",
            "cwlota.com:443",
        ] {
            check(host, false);
        }
    }
}
