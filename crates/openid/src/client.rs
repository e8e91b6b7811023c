//! The client: it reads an issuer's discovery document, then its keys.

use std::{collections::BTreeSet, fmt, time::Duration};

use go_formats::{certificate, read_bundle};
use request_pipeline::{
    Backoff, Call, Proxy, ProxyChoice, Trust, TrustError, certificates, client_config, shortened,
};
use reqwest::{header::HeaderValue, redirect};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    document::Document,
    errors::Error,
    keys::key_ids,
    transport::{Connection, redirects},
};

/// Settings for all issuers. Requests contain no credentials, except those for an ID token of GitHub Actions, which its runner gives.
#[derive(Clone)]
pub struct Client {
    /// Longest time for one request.
    pub request_timeout: Duration,
    /// Proxy of the requests.
    pub proxy: Proxy,
    /// Certificates (PEM) to trust for every issuer, such as those of a TLS-intercepting proxy.
    pub extra_roots_pem: Option<String>,
    /// User-Agent header.
    pub user_agent: String,
    /// Limit of retries.
    pub retry_limit: RetryLimit,
}

/// Limit of retries for an issuer that sends no useful response.
#[derive(Clone, Copy, Debug)]
pub struct RetryLimit {
    /// Time limit for both requests and all their repetitions.
    pub limit: Duration,
    /// Pauses between attempts.
    pub backoff: Backoff,
}

impl Default for RetryLimit {
    /// Long enough for a restart of the issuer, short enough for a typo, since a plan waits for it.
    fn default() -> Self {
        let backoff = Backoff { connect_limit: Duration::from_secs(10), ..Backoff::default() };
        Self { limit: Duration::from_secs(30), backoff }
    }
}

/// Document and keys of an issuer.
#[derive(Clone, Debug, PartialEq)]
pub struct Issuer {
    /// Its discovery document.
    pub document: Document,
    /// Ids of the keys that it signs with.
    pub key_ids: BTreeSet<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("request_timeout", &self.request_timeout)
            .field("proxy", &self.proxy)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Reads an issuer's document and keys. With `roots_pem` only these certificates (and the extra ones) are trusted, as
    /// kube-apiserver does with a CA for its issuer; otherwise the system's.
    pub async fn discover(
        &self,
        issuer_url: &str,
        roots_pem: Option<&str>,
        stopped: &CancellationToken,
    ) -> Result<Issuer, Error> {
        let connection = Connection {
            http: self.http_client(issuer_url, roots_pem, redirects())?,
            own_roots: roots_pem.map(|pem| certificate::listed(&read_bundle(pem.as_bytes()).certificates)),
            call: Call::within(self.retry_limit.limit, stopped.clone()),
            backoff: self.retry_limit.backoff,
        };
        let url = format!("{}/.well-known/openid-configuration", without_last_slash(issuer_url));
        let members = connection.json(&url).await?;
        let document =
            Document::new(members).map_err(|member| Error::WrongType { url: url.clone(), member })?;
        let missing = |member| Error::Missing { url: url.clone(), member };
        let found = document.text("issuer").ok_or_else(|| missing("issuer"))?;
        if found != issuer_url {
            let found = shortened(&found);
            return Err(Error::OtherIssuer { url, requested: issuer_url.to_owned(), found });
        }
        let keys_url = document.text("jwks_uri").filter(|keys_url| is_as_safe(keys_url, issuer_url));
        let keys_url = keys_url.ok_or_else(|| missing("jwks_uri"))?;
        let keys = connection.json(&keys_url).await?;
        let key_ids = key_ids(&keys).map_err(|problem| Error::Keys { url: keys_url, problem })?;
        Ok(Issuer { document, key_ids })
    }

    pub(super) fn http_client(
        &self,
        url: &str,
        roots_pem: Option<&str>,
        redirects: redirect::Policy,
    ) -> Result<reqwest::Client, Error> {
        let fails = |problem: &str| Error::Settings { problem: problem.to_owned() };
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| fails("the user agent contains characters that are not valid in a header"))?;
        let url = Url::parse(url).map_err(|_| fails("the issuer's address is not a URL"))?;
        self.proxy.for_server(&url, None).map_err(|error| fails(&error.to_string()))?;
        let proxy = self.proxy.clone();
        reqwest::Client::builder()
            .user_agent(user_agent)
            .timeout(self.request_timeout)
            // Shorter than the whole, to distinguish a failed connection from a missing response.
            .connect_timeout(self.request_timeout.mul_f64(0.75))
            .redirect(redirects)
            .tls_backend_preconfigured(self.tls(roots_pem).map_err(|error| fails(&error.to_string()))?)
            .no_proxy()
            // For each server, since a redirect or the keys may lead to another.
            .proxy(reqwest::Proxy::custom(move |url| match proxy.for_server(url, None) {
                Ok(ProxyChoice::Through(proxy)) => Some(proxy.with_login()),
                Ok(ProxyChoice::Direct) | Err(_) => None,
            }))
            .build()
            .map_err(|error| fails(&error.without_url().to_string()))
    }

    fn tls(&self, roots_pem: Option<&str>) -> Result<rustls::ClientConfig, TrustError> {
        let extra = self.extra_roots_pem.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let trust = match roots_pem {
            Some(pem) => Trust::Only([certificates(pem)?, extra].concat()),
            None => Trust::System { extra },
        };
        let mut tls = client_config(&trust, None)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(tls)
    }
}

/// As in go-oidc: a slash at the end is not doubled.
fn without_last_slash(issuer_url: &str) -> &str {
    issuer_url.strip_suffix('/').unwrap_or(issuer_url)
}

/// Rejects keys over plain http for an https issuer: they could be from anyone.
pub(super) fn is_as_safe(keys_url: &str, issuer_url: &str) -> bool {
    let is_https = |text: &str| Url::parse(text).is_ok_and(|url| url.scheme() == "https");
    is_https(keys_url) || !is_https(issuer_url)
}
