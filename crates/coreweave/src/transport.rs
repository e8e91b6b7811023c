//! Address, credentials and connections of all requests to the API.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use request_pipeline::{BearerToken, Ended, GaveUp, Network, Unanswered};
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use url::Url;

use super::{
    errors::{Error, TokenShape},
    settings::{Pace, Settings, SettingsError, authorization},
};

/// What carries requests.
enum Http {
    Network(reqwest::Client),
    Substitute(Arc<dyn Network>),
}

/// Why a request has no response.
pub(super) enum Failure {
    Network(reqwest::Error),
    Substitute(Unanswered),
}

/// The connections of one client.
pub(super) struct Transport {
    http: Http,
    base: Url,
    endpoint_source: String,
    token: BearerToken,
    request_timeout: Duration,
    pace: Pace,
    /// Whether a good response was received, so that address, proxy and certificates are right.
    succeeded: AtomicBool,
}

impl Transport {
    /// Checks the settings. Sends no request.
    pub(super) fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check_token()?;
        Ok(Self {
            base: settings.base()?,
            http: match &settings.network {
                Some(network) => Http::Substitute(Arc::clone(network)),
                None => Http::Network(settings.http_client()?),
            },
            endpoint_source: settings.endpoint_source,
            token: settings.token,
            request_timeout: settings.request_timeout,
            pace: settings.pace,
            succeeded: AtomicBool::new(false),
        })
    }

    /// URL of the API.
    pub(super) fn endpoint(&self) -> &Url {
        &self.base
    }

    /// Source of that URL, for messages.
    pub(super) fn endpoint_source(&self) -> &str {
        &self.endpoint_source
    }

    /// The error of a request (method and URL) that is not repeated any more.
    pub(super) fn ended(&self, ended: Ended, tried: String) -> Error {
        match ended {
            Ended::Cancelled => Error::cancelled_in(&tried),
            Ended::Tls(problem) => Error::Tls { tried, problem },
            Ended::GaveUp(GaveUp { attempts, lasted, reached, cause, .. }) => {
                let endpoint_source = self.endpoint_source.clone();
                Error::Unavailable { tried, endpoint_source, attempts, lasted, reached, cause }
            }
        }
    }

    /// The endpoint followed by these parts.
    pub(super) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Fails only for an address that cannot have a path, which the settings reject.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    pub(super) fn unauthorized(&self, shape: TokenShape, message: String) -> Error {
        Error::Unauthorized { token_source: self.token.to_string(), shape, message }
    }

    /// Sends one request.
    pub(super) async fn send(&self, request: reqwest::Request) -> Result<reqwest::Response, Failure> {
        let network = match &self.http {
            Http::Network(client) => return client.execute(request).await.map_err(Failure::Network),
            Http::Substitute(network) => network,
        };
        let request = http::Request::try_from(request).map_err(Failure::Network)?;
        let request = request.map(|body| body.as_bytes().map(<[u8]>::to_vec).unwrap_or_default().into());
        let answer = tokio::time::timeout(self.request_timeout, network.exchange(request)).await;
        let late = |_| Unanswered { cause: "no answer in time".to_owned(), connected: true };
        answer.map_err(late).flatten().map(reqwest::Response::from).map_err(Failure::Substitute)
    }

    /// The token of the next request.
    pub(super) fn token(&self) -> Result<SecretString, Error> {
        self.token.read().map_err(|error| Error::NoToken { problem: error.to_string() })
    }

    /// After the API rejected this token: the one that has replaced it since it was read.
    pub(super) fn replacement_of(&self, rejected: &SecretString) -> Option<SecretString> {
        self.token.replacement_of(rejected)
    }

    /// The `Authorization` of a token.
    pub(super) fn authorization(&self, token: &SecretString) -> Result<HeaderValue, Error> {
        let header = authorization(token, &self.token.to_string());
        header.map_err(|error| Error::NoToken { problem: error.to_string() })
    }

    pub(super) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    pub(super) fn note_success(&self) {
        self.succeeded.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_succeeded(&self) -> bool {
        self.succeeded.load(Ordering::Relaxed)
    }
}
