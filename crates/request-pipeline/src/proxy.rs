//! Which proxy applies to the requests to a server. It is decided here for all clients, which only set it up.
//!
//! The rules are those of Go, and so of kubectl: no proxy of the environment for `localhost` and loopback addresses, to which requests may
//! be unencrypted; a variable in upper case precedes the one in lower case, and an empty one counts as unset; a value that cannot be read is
//! an error, never a direct connection. Names below `localhost`, which Go does not exempt, are loopback too (RFC 6761).
//!
//! An unencrypted request to a loopback address goes through no proxy at all, also if the configuration sets one: it may carry a token, which
//! is meant to stay on this machine.

mod address;
mod environment;
mod no_proxy;

use std::{fmt, net::IpAddr};

use url::Url;

pub use self::address::{ProxyAddress, ProxyError};
use self::environment::environment_proxy;

/// The proxy setting of a client.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxy(Option<ProxyAddress>);

/// The proxy that applies to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChoice {
    /// No proxy.
    Direct,
    /// This proxy.
    Through(ProxyAddress),
}

/// A proxy's address that cannot be used, with its source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{whose} cannot be used: {why}")]
pub struct UnusableProxy {
    /// Source of the address, such as "the proxy in the environment variable HTTPS_PROXY".
    pub whose: String,
    /// What is wrong with it.
    pub why: ProxyError,
}

impl Proxy {
    /// The proxy that the environment defines.
    pub const ENVIRONMENT: Self = Self(None);

    /// The proxy at this address, for every server but one of plain http on this machine.
    pub fn given(url: &str) -> Result<Self, ProxyError> {
        ProxyAddress::parse(url).map(|address| Self(Some(address)))
    }

    /// Whether the environment defines a proxy that cannot be used. `variable`: a variable of the environment by name.
    pub fn check_environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<(), UnusableProxy> {
        for scheme in ["https", "http"] {
            // A host for which there may be an exception, but not one for every host.
            environment_proxy(scheme, "", None, variable)?;
        }
        Ok(())
    }

    /// The proxy for the server with this URL. `own`: the proxy in the server's own description, such as a kubeconfig.
    pub fn for_server(&self, url: &Url, own: Option<&str>) -> Result<ProxyChoice, UnusableProxy> {
        self.choose(url, own, &|name| std::env::var(name).ok())
    }

    fn choose(
        &self,
        url: &Url,
        own: Option<&str>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<ProxyChoice, UnusableProxy> {
        let host = url.host_str().unwrap_or_default();
        let proxy = match (&self.0, own) {
            _ if url.scheme() == "http" && is_loopback(host) => None,
            (Some(address), _) => Some(address.clone()),
            (None, Some(own)) => Some(
                ProxyAddress::parse(own)
                    .map_err(|why| UnusableProxy { whose: "its kubeconfig's proxy".to_owned(), why })?,
            ),
            (None, None) if is_loopback(host) => None,
            (None, None) => environment_proxy(url.scheme(), host, url.port_or_known_default(), variable)?,
        };
        Ok(proxy.map_or(ProxyChoice::Direct, ProxyChoice::Through))
    }
}

/// Whether the host is a loopback address.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(address) => write!(out, "Given({address})"),
            None => out.write_str("Environment"),
        }
    }
}

#[cfg(test)]
mod tests;
