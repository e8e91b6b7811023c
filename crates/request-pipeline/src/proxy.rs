//! Which proxy applies to the requests to a server. It is decided here for all clients, which only set it up.

use std::{fmt, net::IpAddr};

use url::Url;

/// The proxy setting of a client.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxy(Option<Url>);

/// Error of a proxy's address. It does not contain the address, which may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// It is not a URL.
    #[error("it is not a URL ({0})")]
    NoUrl(url::ParseError),
    /// It has another scheme, or no host.
    #[error("only http and https proxies are supported")]
    Unsupported,
}

/// The proxy that applies to one server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ProxyChoice<'a> {
    /// No proxy, and the environment does not apply.
    Direct,
    /// The configured proxy; the environment does not apply.
    Given(&'a Url),
    /// The proxy in the server's own description, such as a kubeconfig; the environment does not apply.
    Own(&'a str),
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` define.
    Environment,
}

impl Proxy {
    /// The proxy that the environment defines.
    pub const ENVIRONMENT: Self = Self(None);

    /// The proxy at this address, for every server.
    pub fn given(url: &str) -> Result<Self, ProxyError> {
        let url = Url::parse(url).map_err(ProxyError::NoUrl)?;
        if is_supported(Some(url.scheme())) && url.has_host() {
            Ok(Self(Some(url)))
        } else {
            Err(ProxyError::Unsupported)
        }
    }

    /// The proxy for the server with this host. `own`: the proxy in the server's own description.
    pub fn for_server<'a>(&'a self, host: &str, own: Option<&'a str>) -> ProxyChoice<'a> {
        match (&self.0, own) {
            (Some(url), _) => ProxyChoice::Given(url),
            (None, Some(own)) => ProxyChoice::Own(own),
            // As in Go, and so in kubectl: no proxy of the environment for `localhost` and loopback addresses, to which requests may be
            // unencrypted. Names below `localhost`, which Go does not exempt, are loopback too (RFC 6761).
            (None, None) if is_loopback(host) => ProxyChoice::Direct,
            (None, None) => ProxyChoice::Environment,
        }
    }
}

/// Whether proxies of this scheme can be used.
pub fn is_supported(scheme: Option<&str>) -> bool {
    matches!(scheme, Some("http" | "https"))
}

/// Whether the host is a loopback address.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

// An address may contain a password.

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(url) => write!(out, "Given({})", without_login(url)),
            None => out.write_str("Environment"),
        }
    }
}

impl fmt::Debug for ProxyChoice<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => out.write_str("Direct"),
            Self::Given(url) => write!(out, "Given({})", without_login(url)),
            Self::Own(_) => out.write_str("Own"),
            Self::Environment => out.write_str("Environment"),
        }
    }
}

fn without_login(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: [&str; 4] = ["api.coreweave.com", "10.1.2.3", "localhost.example.com", "[2001:db8::1]"];
    const OURS: [&str; 5] = ["localhost", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]"];

    #[test]
    fn the_configured_proxy_precedes_the_servers_own_and_both_precede_the_environment() {
        let url = Url::parse("http://user:pass@proxy:3128").expect("a URL");
        let given = Proxy::given(url.as_str()).expect("a proxy");
        let own = Some("http://own:1");
        for host in OTHERS.into_iter().chain(OURS) {
            let otherwise = if OURS.contains(&host) { ProxyChoice::Direct } else { ProxyChoice::Environment };
            for (proxy, own, expected) in [
                (&given, None, ProxyChoice::Given(&url)),
                (&given, own, ProxyChoice::Given(&url)),
                (&Proxy::ENVIRONMENT, own, ProxyChoice::Own("http://own:1")),
                (&Proxy::ENVIRONMENT, None, otherwise),
            ] {
                assert_eq!(proxy.for_server(host, own), expected, "{host} {proxy:?} {own:?}");
            }
        }
    }

    #[test]
    fn a_proxy_has_an_http_or_https_address() {
        for good in ["http://proxy:3128", "https://user:hunter2@proxy"] {
            assert!(Proxy::given(good).is_ok(), "{good}");
        }
        for (bad, expected) in [
            ("socks5://user:hunter2@proxy:1", "http and https"),
            ("ftp://user:hunter2@proxy", "http and https"),
            ("proxy:3128", "http and https"),
            ("user:hunter2@", "http and https"),
            ("", "not a URL"),
            ("http://", "not a URL"),
        ] {
            let said = Proxy::given(bad).expect_err(bad).to_string();
            assert!(said.contains(expected) && !said.contains("hunter2"), "{bad}: {said}");
        }
    }

    #[test]
    fn no_login_is_shown() {
        let proxy = Proxy::given("http://user:hunter2@proxy:3128").expect("a proxy");
        assert_eq!(format!("{proxy:?}"), "Given(http://proxy:3128)");
        assert_eq!(format!("{:?}", proxy.for_server("h", None)), "Given(http://proxy:3128)");
        let own = Proxy::ENVIRONMENT.for_server("h", Some("http://user:hunter2@proxy"));
        assert_eq!(format!("{own:?}"), "Own");
    }
}
