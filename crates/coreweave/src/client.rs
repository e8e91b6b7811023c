//! The client and its reads.

use std::{fmt, sync::Arc};

use request_pipeline::{Call, LoginUrl, is_loopback};
use serde_json::Value;

use super::{
    cluster::{Cluster, ReturnedBy},
    errors::{Error, IamRole},
    hosts::is_coreweave,
    http::{Request, RetryLimit},
    settings::{Settings, SettingsError},
    tolerant::text_of,
    transport::Transport,
};

/// Path of clusters below the endpoint.
pub(super) const CLUSTERS: [&str; 3] = ["v1beta1", "cks", "clusters"];

/// A client of the CoreWeave API. Clones share their connections.
#[derive(Clone)]
pub struct Client(Arc<Transport>);

/// User and organisation of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub uid: String,
    /// The organisation, such as `ab1cd2`.
    pub org_uid: String,
}

/// An API that is not CoreWeave's own, such as a gateway before it or a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignApi {
    /// Its URL.
    pub url: String,
    /// Source of the URL, for messages: "the provider's `endpoint`".
    pub source: String,
    /// It is on this machine.
    pub is_loopback: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("endpoint", &self.0.endpoint().as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Checks the settings. Sends no request.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self(Arc::new(Transport::new(settings)?)))
    }

    /// All clusters of the token's organisation.
    pub async fn clusters(&self, call: &Call) -> Result<Vec<Cluster>, Error> {
        let answer = self.0.read(&CLUSTERS, RetryLimit::Read, call).await?;
        let mut answer = answer.map_err(|refusal| refusal.into_error(&self.0, IamRole::Viewer, "", None))?;
        let items = match answer.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            Some(Value::Null) | None if answer.is_object() => Vec::new(),
            _ => return Err(self.unexpected(&CLUSTERS, "the answer holds no list of clusters")),
        };
        let read = |item| serde_json::from_value(item).map(|cluster| self.named(cluster));
        let clusters: Result<Vec<Cluster>, _> = items.into_iter().map(read).collect();
        clusters.map_err(|_| self.unexpected(&CLUSTERS, "the list holds something that is no cluster"))
    }

    /// One cluster. `None` only if the API itself returns that the token's organisation has none with this id, which alone does not show
    /// that it was deleted. A cluster that is being deleted may still be found, with the status `Deleting` or `Deleted`.
    pub async fn find_cluster(&self, id: &str, call: &Call) -> Result<Option<Cluster>, Error> {
        self.look_at(id, RetryLimit::Read, call).await
    }

    /// User and organisation of the token; `None` if this API does not return them.
    pub async fn whoami(&self, call: &Call) -> Result<Option<Principal>, Error> {
        let path = ["v1beta1", "auth", "whoami"];
        let answer = match self.0.read(&path, RetryLimit::Read, call).await? {
            Ok(answer) => answer,
            Err(refusal) if matches!(refusal.status, 404 | 501) => return Ok(None),
            Err(refusal) => return Err(refusal.into_error(&self.0, IamRole::Viewer, "", None)),
        };
        let part =
            |name: &str| answer.pointer(&format!("/principal/{name}")).map(text_of).unwrap_or_default();
        let principal = Principal { uid: part("uid"), org_uid: part("orgUid") };
        if principal.org_uid.is_empty() {
            return Err(self.unexpected(&path, "the answer names no organisation"));
        }
        Ok(Some(principal))
    }

    /// The API's URL and its source, if it is not CoreWeave's own: the hosts that it names may be anyone's.
    pub fn foreign_api(&self) -> Option<ForeignApi> {
        (!self.is_coreweaves()).then(|| ForeignApi {
            url: LoginUrl::from(self.0.endpoint()).to_string(),
            source: self.0.endpoint_source().to_owned(),
            is_loopback: self.0.endpoint().host_str().is_some_and(is_loopback),
        })
    }

    fn is_coreweaves(&self) -> bool {
        self.0.endpoint().host_str().is_some_and(is_coreweave)
    }

    fn named(&self, cluster: Cluster) -> Cluster {
        let returned_by = if self.is_coreweaves() { ReturnedBy::CoreWeave } else { ReturnedBy::Other };
        Cluster { returned_by, ..cluster }
    }

    pub(super) async fn look_at(
        &self,
        id: &str,
        retry_limit: RetryLimit,
        call: &Call,
    ) -> Result<Option<Cluster>, Error> {
        let path = path_of(id);
        let mut answer = match self.0.read(&path, retry_limit, call).await? {
            Ok(answer) => answer,
            Err(refusal) if refusal.is_certain_not_found(id) => return Ok(None),
            Err(refusal) => return Err(refusal.into_error(&self.0, IamRole::Viewer, id, None)),
        };
        let found = answer.get_mut("cluster").map(Value::take).unwrap_or_default();
        match serde_json::from_value::<Cluster>(found) {
            Ok(cluster) if cluster.id.eq_ignore_ascii_case(id) => Ok(Some(self.named(cluster))),
            _ => Err(self.unexpected(&path, "the response does not contain the requested cluster")),
        }
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.0
    }

    fn unexpected(&self, path: &[&str], problem: &str) -> Error {
        Error::Unexpected {
            tried: self.0.name_of(&Request::get(path)),
            status: 200,
            snippet: problem.to_owned(),
        }
    }
}

/// The path of one cluster.
pub(super) fn path_of(id: &str) -> [&str; 4] {
    let [version, service, clusters] = CLUSTERS;
    [version, service, clusters, id]
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
