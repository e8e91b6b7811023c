//! Address, credentials and connections of all requests to the API.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use request_pipeline::{Ended, GaveUp};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{
    errors::{Error, TokenShape},
    settings::{Pace, Settings, SettingsError},
};

/// The connections of one client.
pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    endpoint_source: String,
    authorization: HeaderValue,
    token: SecretString,
    token_source: String,
    request_timeout: Duration,
    pace: Pace,
    /// Whether a good response was received, so that address, proxy and certificates are right.
    succeeded: AtomicBool,
}

impl Transport {
    /// Checks the settings. Sends no request.
    pub(super) fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            authorization: settings.authorization()?,
            base: settings.base()?,
            http: settings.http_client()?,
            endpoint_source: settings.endpoint_source,
            token: settings.token,
            token_source: settings.token_source,
            request_timeout: settings.request_timeout,
            pace: settings.pace,
            succeeded: AtomicBool::new(false),
        })
    }

    /// URL of the API.
    pub(super) fn endpoint(&self) -> &Url {
        &self.base
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

    pub(super) fn unauthorized(&self, message: String) -> Error {
        Error::Unauthorized {
            token_source: self.token_source.clone(),
            shape: TokenShape::of(self.token.expose_secret()),
            message,
        }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(super) fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    pub(super) fn token(&self) -> &SecretString {
        &self.token
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
