//! The settings of a client, checked before any request.

use std::{fmt, sync::Arc, time::Duration};

use request_pipeline::{
    Backoff, BearerToken, LoginUrl, Network, Proxy, ProxyChoice, Trust, TrustError, UnusableProxy,
    certificates, chain, client_config, is_loopback,
};
use reqwest::{header::HeaderValue, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// How to reach the CoreWeave API, and with which credentials.
#[derive(Clone)]
pub struct Settings {
    /// Base address, with or without a path or a trailing slash. Plain http only on this machine: the token would be readable.
    pub endpoint: Url,
    /// Source of the endpoint, for messages: "the provider's `endpoint`".
    pub endpoint_source: String,
    /// API access token.
    pub token: BearerToken,
    /// Longest time for one request.
    pub request_timeout: Duration,
    /// Proxy of the requests.
    pub proxy: Proxy,
    /// Certificates (PEM) to trust in addition to the system's, which honour `SSL_CERT_FILE`.
    pub extra_roots_pem: Option<String>,
    /// User-Agent header.
    pub user_agent: String,
    /// Pauses of retries and polls.
    pub pace: Pace,
    /// What answers in place of the network, in tests.
    pub network: Option<Arc<dyn Network>>,
}

/// Pauses between retries and between polls of a cluster, and time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Pauses between attempts at one request.
    pub backoff: Backoff,
    /// Pause before the second poll of a cluster; each further pause is longer by half.
    pub first_poll: Duration,
    /// Longest pause between two polls.
    pub longest_poll: Duration,
    /// How long a read is repeated.
    pub read_limit: Duration,
}

#[cfg(any(test, feature = "testing"))]
impl Settings {
    /// For tests, with short pauses.
    pub fn for_tests(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.parse().expect("a URL"),
            endpoint_source: "the default".to_owned(),
            token: Self::token_for_tests("CW-SECRET-do-not-show"),
            request_timeout: Duration::from_secs(5),
            proxy: Proxy::ENVIRONMENT,
            extra_roots_pem: None,
            user_agent: "cks-test/1".to_owned(),
            pace: Pace::for_tests(),
            network: None,
        }
    }

    /// For tests: a token of the provider block.
    pub fn token_for_tests(token: &str) -> BearerToken {
        BearerToken::Value { token: token.into(), source: "the provider's `token`".to_owned() }
    }
}

#[cfg(any(test, feature = "testing"))]
impl Pace {
    /// A hundred times as fast, with limits that a busy machine does not reach by chance.
    pub fn for_tests() -> Self {
        Self {
            backoff: request_pipeline::testing::quick_backoff(),
            first_poll: Duration::from_millis(2),
            longest_poll: Duration::from_millis(20),
            read_limit: Duration::from_secs(10),
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            backoff: Backoff::default(),
            first_poll: Duration::from_millis(250),
            longest_poll: Duration::from_secs(10),
            read_limit: Duration::from_mins(2),
        }
    }
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is no token.
    #[error("the token from {token_source} is empty")]
    EmptyToken {
        /// Source of the token.
        token_source: String,
    },
    /// The token contains characters that are not valid in a header.
    #[error(
        "the token from {token_source} contains characters that are not valid in a token, such as a line break"
    )]
    MalformedToken {
        /// Source of the token.
        token_source: String,
    },
    /// The address of the API.
    #[error("{endpoint} cannot be the address of the CoreWeave API: {problem}")]
    Endpoint {
        /// The address, without its user-info.
        endpoint: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The extra certificates.
    #[error("the extra certificates to trust: {0}")]
    ExtraRoots(#[from] TrustError),
    /// The proxy.
    #[error("{0}")]
    Proxy(#[from] UnusableProxy),
    /// The User-Agent cannot be a header.
    #[error("the user agent contains characters that are not valid in a header")]
    UserAgent,
    /// The system's certificates or the TLS library.
    #[error("cannot create an HTTPS client: {problem}")]
    Client {
        /// Message of the library.
        problem: String,
    },
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("endpoint", &LoginUrl::from(&self.endpoint))
            .field("token", &self.token)
            .field("request_timeout", &self.request_timeout)
            .field("proxy", &self.proxy)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Refuses a token that is no token. That of a file is checked when it is sent.
    pub(super) fn check_token(&self) -> Result<(), SettingsError> {
        match &self.token {
            BearerToken::Value { token, source } => authorization(token, source).map(drop),
            BearerToken::File(_) => Ok(()),
        }
    }

    /// The base address with a path that ends in no slash.
    pub(super) fn base(&self) -> Result<Url, SettingsError> {
        let fails = |problem| {
            Err(SettingsError::Endpoint { endpoint: LoginUrl::from(&self.endpoint).to_string(), problem })
        };
        let url = &self.endpoint;
        if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
            return fails("it must begin with https:// and a host");
        }
        if url.scheme() == "http" && !url.host_str().is_some_and(is_loopback) {
            return fails("it would send the token unencrypted: use https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return fails("it must hold no user name or password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return fails("it must hold no query or fragment");
        }
        let mut base = url.clone();
        base.set_path(url.path().trim_end_matches('/'));
        Ok(base)
    }

    pub(super) fn http_client(&self) -> Result<reqwest::Client, SettingsError> {
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| SettingsError::UserAgent)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(user_agent)
            .timeout(self.request_timeout)
            // Shorter than the whole, to distinguish a failed connection from a missing response.
            .connect_timeout(self.request_timeout.mul_f64(0.75))
            // A redirect means a wrong address; it would lead to a login page.
            .redirect(redirect::Policy::none());
        let fails = |error: reqwest::Error| SettingsError::Client { problem: chain(&error.without_url()) };
        builder = builder.tls_backend_preconfigured(self.tls()?).no_proxy();
        if let ProxyChoice::Through(proxy) = self.proxy.for_server(&self.endpoint, None)? {
            builder = builder.proxy(reqwest::Proxy::all(proxy.with_login()).map_err(fails)?);
        }
        builder.build().map_err(fails)
    }

    fn tls(&self) -> Result<rustls::ClientConfig, SettingsError> {
        let extra = self.extra_roots_pem.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let mut tls = client_config(&Trust::System { extra }, None)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(tls)
    }
}

/// The `Authorization` of a token. `source`: of the token, for messages.
pub(super) fn authorization(token: &SecretString, source: &str) -> Result<HeaderValue, SettingsError> {
    let token = token.expose_secret();
    let token_source = || source.to_owned();
    if token.trim().is_empty() {
        return Err(SettingsError::EmptyToken { token_source: token_source() });
    }
    // A bearer token is visible ASCII (RFC 6750); a space is accepted, so that the API's 401 leads to the message about `Bearer`.
    let is_plain = token.trim() == token && token.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let header = HeaderValue::from_str(&format!("Bearer {token}"));
    let (true, Ok(mut header)) = (is_plain, header) else {
        return Err(SettingsError::MalformedToken { token_source: token_source() });
    };
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    fn at(endpoint: &str) -> Result<String, SettingsError> {
        let endpoint = endpoint.parse().expect("a URL");
        Settings { endpoint, ..settings() }.base().map(String::from)
    }

    #[test]
    fn an_endpoint_may_have_a_slash_or_a_path_at_its_end() {
        assert_eq!(at("https://api.coreweave.com/"), at("https://api.coreweave.com"));
        assert_eq!(at("https://gateway.example.com/cks/"), Ok("https://gateway.example.com/cks".into()));
        for local in ["http://127.0.0.1:80/", "http://localhost:1/", "http://[::1]:1/", "http://a.localhost/"]
        {
            assert_eq!(at(local), Ok(local.replace(":80", "")), "{local}");
        }
    }

    #[test]
    fn an_endpoint_that_would_leak_or_mislead_is_rejected() {
        for bad in [
            "http://api.coreweave.com",
            "ftp://api.coreweave.com",
            "data:text",
            "https://user:secret@api.coreweave.com",
            "https://api.coreweave.com?x=1",
            "https://api.coreweave.com#x",
        ] {
            let message = at(bad).expect_err(bad).to_string();
            assert!(message.contains("cannot be the address"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_token_that_is_not_valid_in_a_header_is_rejected_without_showing_it() {
        let with = |token: &str| authorization(&token.into(), "the provider's `token`");
        let token_source = settings().token.to_string();
        assert_eq!(with(" "), Err(SettingsError::EmptyToken { token_source: token_source.clone() }));
        for token in ["CW-SECRET-a\n", "CW-SECRET-a\u{e9}", " CW-SECRET-a"] {
            assert_eq!(
                with(token),
                Err(SettingsError::MalformedToken { token_source: token_source.clone() })
            );
        }
        assert!(with("CW-SECRET-a").expect("a header").is_sensitive());
    }

    #[test]
    fn bad_roots_and_agents_are_rejected() {
        let problem = |settings: Settings| settings.http_client().expect_err("refused").to_string();
        let roots = |pem: &str| problem(Settings { extra_roots_pem: Some(pem.into()), ..settings() });
        assert!(roots("nothing").contains("BEGIN CERTIFICATE"));
        assert!(
            roots("-----BEGIN CERTIFICATE-----\n@\n-----END CERTIFICATE-----\n")
                .contains("line 2 has a character that is not base64")
        );
        assert!(problem(Settings { user_agent: "a\nb".into(), ..settings() }).contains("user agent"));
    }

    #[test]
    fn debug_output_contains_no_secret() {
        let proxy = Proxy::given("http://user:hidden-password@proxy.example.com:3128").expect("a proxy");
        let shown = format!("{:?}", Settings { proxy, ..settings() });
        assert!(shown.contains("proxy.example.com"), "{shown}");
        assert!(!shown.contains("hidden-password") && !shown.contains("CW-SECRET"), "{shown}");
    }
}
