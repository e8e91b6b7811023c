//! The client, and what it reads.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use request_pipeline::Call;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::{
    cluster::Cluster,
    errors::{Error, Role, TokenShape},
    http::{Request, RetryLimit},
    settings::{Pace, Settings, SettingsError},
    tolerant::text_of,
};

/// Where clusters live below the endpoint.
pub(super) const CLUSTERS: [&str; 3] = ["v1beta1", "cks", "clusters"];

/// A client of the CoreWeave API. Clones share their connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
    token: SecretString,
    token_source: String,
    request_timeout: Duration,
    pace: Pace,
    /// A good answer has come: address, proxy and certificates are right.
    succeeded: AtomicBool,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub uid: String,
    /// The organisation, such as `ab1cd2`.
    pub org_uid: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("endpoint", &self.0.base.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// Checks the settings; sends nothing.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self(Arc::new(Inner {
            authorization: settings.authorization()?,
            base: settings.base()?,
            http: settings.http_client()?,
            token: settings.token,
            token_source: settings.token_source,
            request_timeout: settings.request_timeout,
            pace: settings.pace,
            succeeded: AtomicBool::new(false),
        })))
    }

    /// All clusters of the token's organisation.
    pub async fn clusters(&self, call: &Call) -> Result<Vec<Cluster>, Error> {
        let answer = self.read(&CLUSTERS, RetryLimit::Read, call).await?;
        let mut answer = answer.map_err(|refusal| refusal.into_error(self, Role::Viewer, "", None))?;
        let items = match answer.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            Some(Value::Null) | None if answer.is_object() => Vec::new(),
            _ => return Err(self.unexpected(&CLUSTERS, "the answer holds no list of clusters")),
        };
        let read = |item| serde_json::from_value(item);
        let clusters: Result<Vec<Cluster>, _> = items.into_iter().map(read).collect();
        clusters.map_err(|_| self.unexpected(&CLUSTERS, "the list holds something that is no cluster"))
    }

    /// One cluster. `None` only when the API itself says that there is none in the token's organisation; whether that is
    /// the right organisation, `whoami` tells. A cluster that is going may still be found, with the status `Deleting` or `Deleted`.
    pub async fn find_cluster(&self, id: &str, call: &Call) -> Result<Option<Cluster>, Error> {
        self.look_at(id, RetryLimit::Read, call).await
    }

    /// Whose token it is; `None` when this API does not tell.
    pub async fn whoami(&self, call: &Call) -> Result<Option<Principal>, Error> {
        let path = ["v1beta1", "auth", "whoami"];
        let answer = match self.read(&path, RetryLimit::Read, call).await? {
            Ok(answer) => answer,
            Err(refusal) if matches!(refusal.status, 404 | 501) => return Ok(None),
            Err(refusal) => return Err(refusal.into_error(self, Role::Viewer, "", None)),
        };
        let part =
            |name: &str| answer.pointer(&format!("/principal/{name}")).map(text_of).unwrap_or_default();
        let principal = Principal { uid: part("uid"), org_uid: part("orgUid") };
        if principal.org_uid.is_empty() {
            return Err(self.unexpected(&path, "the answer names no organisation"));
        }
        Ok(Some(principal))
    }

    pub(super) async fn look_at(
        &self,
        id: &str,
        retry_limit: RetryLimit,
        call: &Call,
    ) -> Result<Option<Cluster>, Error> {
        let path = path_of(id);
        let mut answer = match self.read(&path, retry_limit, call).await? {
            Ok(answer) => answer,
            Err(refusal) if refusal.is_certain_not_found() => return Ok(None),
            Err(refusal) => return Err(refusal.into_error(self, Role::Viewer, id, None)),
        };
        let found = answer.get_mut("cluster").map(Value::take).unwrap_or_default();
        match serde_json::from_value::<Cluster>(found) {
            Ok(cluster) if cluster.id.eq_ignore_ascii_case(id) => Ok(Some(cluster)),
            _ => Err(self.unexpected(&path, "the answer does not hold the cluster that was asked for")),
        }
    }

    /// The endpoint followed by these parts.
    pub(super) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.0.base.clone();
        // Only an address that can have no path refuses, and the settings refuse those.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    pub(super) fn unauthorized(&self, message: String) -> Error {
        Error::Unauthorized {
            token_source: self.0.token_source.clone(),
            shape: TokenShape::of(self.0.token.expose_secret()),
            message,
        }
    }

    fn unexpected(&self, path: &[&str], problem: &str) -> Error {
        Error::Unexpected {
            tried: self.name_of(&Request::get(path)),
            status: 200,
            snippet: problem.to_owned(),
        }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(super) fn authorization(&self) -> &HeaderValue {
        &self.0.authorization
    }

    pub(super) fn token(&self) -> &SecretString {
        &self.0.token
    }

    pub(super) fn request_timeout(&self) -> Duration {
        self.0.request_timeout
    }

    pub(super) fn pace(&self) -> Pace {
        self.0.pace
    }

    pub(super) fn note_success(&self) {
        self.0.succeeded.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_succeeded(&self) -> bool {
        self.0.succeeded.load(Ordering::Relaxed)
    }
}

/// The path of one cluster.
pub(super) fn path_of(id: &str) -> [&str; 4] {
    let [version, service, clusters] = CLUSTERS;
    [version, service, clusters, id]
}

#[cfg(test)]
mod tests;
