//! The address of a proxy, which may contain a login and never shows it.

use std::{borrow::Cow, fmt};

use http::{HeaderValue, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode as percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Schemes of proxies, with their default ports.
const SCHEMES: [(&str, u16); 4] = [("http", 80), ("https", 443), ("socks5", 1080), ("socks5h", 1080)];

/// Error of a proxy's address. It does not contain the address, which may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// It is not a URL.
    #[error("it is not a URL ({0})")]
    NoUrl(url::ParseError),
    /// It has another scheme, or no host.
    #[error("only http://, https:// and socks5:// proxies are supported")]
    Unsupported,
    /// The login cannot be sent.
    #[error("its user name or password contains characters that cannot be sent")]
    Login,
}

/// Address of a proxy.
#[derive(Clone)]
pub struct ProxyAddress {
    /// Without the login.
    uri: Uri,
    is_socks: bool,
    login: Option<(String, SecretString)>,
}

impl ProxyAddress {
    /// Reads a URL with a scheme.
    pub fn parse(url: &str) -> Result<Self, ProxyError> {
        let url = Url::parse(url).map_err(ProxyError::NoUrl)?;
        let (_, port) =
            SCHEMES.iter().find(|(scheme, _)| *scheme == url.scheme()).ok_or(ProxyError::Unsupported)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(ProxyError::Unsupported)?;
        let port = url.port().unwrap_or(*port);
        // As in Go, a SOCKS proxy resolves names itself.
        let is_socks = url.scheme().starts_with("socks");
        let scheme = if is_socks { "socks5h" } else { url.scheme() };
        let uri = format!("{scheme}://{host}:{port}/").parse().map_err(|_| ProxyError::Unsupported)?;
        let decoded = |text: &str| {
            percent_decode_str(text).decode_utf8().map(Cow::into_owned).map_err(|_| ProxyError::Login)
        };
        let has_login = !url.username().is_empty() || url.password().is_some();
        let login = if has_login {
            let password = decoded(url.password().unwrap_or_default())?;
            Some((decoded(url.username())?, SecretString::from(password)))
        } else {
            None
        };
        Ok(Self { uri, is_socks, login })
    }

    /// URL without the login, with its port and a path. A SOCKS proxy has the scheme `socks5h`.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is a SOCKS proxy, and not one of HTTP.
    pub fn is_socks(&self) -> bool {
        self.is_socks
    }

    /// User name and password.
    pub fn login(&self) -> Option<(&str, &str)> {
        self.login.as_ref().map(|(user, password)| (user.as_str(), password.expose_secret()))
    }

    /// The login as `Proxy-Authorization`.
    pub fn basic_auth(&self) -> Option<HeaderValue> {
        use base64::Engine as _;
        let (user, password) = self.login()?;
        let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let mut header = HeaderValue::from_str(&format!("Basic {login}")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// The whole URL with the login, for a client that reads it from there. Never show it.
    pub fn with_login(&self) -> String {
        let url = self.uri.to_string();
        let Some((user, password)) = self.login() else { return url };
        let encoded = |text| percent_encode(text, NON_ALPHANUMERIC);
        url.replacen("://", &format!("://{}:{}@", encoded(user), encoded(password)), 1)
    }
}

impl PartialEq for ProxyAddress {
    fn eq(&self, other: &Self) -> bool {
        self.uri == other.uri && self.login() == other.login()
    }
}

impl Eq for ProxyAddress {}

/// Without the login.
impl fmt::Display for ProxyAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.uri.to_string();
        let url = url.trim_end_matches('/');
        match url.strip_prefix("socks5h://") {
            Some(rest) => write!(out, "socks5://{rest}"),
            None => out.write_str(url),
        }
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}
