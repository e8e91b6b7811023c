//! How many requests of which kind a client sent, and on how many connections: counts that depend on the machine only where
//! something is repeated until it is true.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use http::Method;

use crate::{faults::Call, requests::Request};

/// What a request does: Kubernetes' verb, with the two kinds of creates that store nothing named apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Reads one thing.
    Get,
    /// Reads all things of a kind, or a page of them.
    List,
    /// Creates a thing.
    Create,
    /// A write that is checked and not stored (`dryRun=All`).
    DryRun,
    /// A review of Kubernetes: who the caller is, or what somebody may do.
    Review,
    /// Replaces a thing (`PUT`).
    Update,
    /// Changes a part of a thing.
    Patch,
    /// Deletes a thing, or all of a kind.
    Delete,
}

impl Verb {
    /// The verb of a request to either API.
    pub fn of(request: &Request) -> Self {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if query.split('&').any(|part| part == "dryRun=All") {
            return Self::DryRun;
        }
        match request.call {
            Call::ListClusters => return Self::List,
            Call::GetCluster | Call::Whoami => return Self::Get,
            Call::CreateCluster => return Self::Create,
            Call::UpdateCluster => return Self::Patch,
            Call::DeleteCluster => return Self::Delete,
            Call::Managed | Call::Unmanaged | Call::Unknown => {}
        }
        match request.method {
            Method::GET if is_collection(path) => Self::List,
            Method::POST if path.ends_with("reviews") => Self::Review,
            Method::POST => Self::Create,
            Method::PUT => Self::Update,
            Method::PATCH => Self::Patch,
            Method::DELETE => Self::Delete,
            _ => Self::Get,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Create => "create",
            Self::DryRun => "dry run",
            Self::Review => "review",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
        })
    }
}

/// Whether a path of Kubernetes is that of all objects of a kind, in a namespace or everywhere.
fn is_collection(path: &str) -> bool {
    let mut parts = path.trim_matches('/').split('/');
    let below_version = match parts.next() {
        Some("api") => parts.next().is_some(),
        Some("apis") => parts.nth(1).is_some(),
        _ => false,
    };
    let rest: Vec<_> = parts.collect();
    below_version && matches!(rest[..], [_] | ["namespaces", _, _])
}

/// Number of requests by API and verb, and of connections that had one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests to CoreWeave's API.
    pub coreweave: BTreeMap<Verb, usize>,
    /// Requests to both endpoints of all clusters.
    pub kubernetes: BTreeMap<Verb, usize>,
    /// Connections, to all of these, on which there was at least one request.
    pub connections: usize,
}

impl Tally {
    /// Of these requests.
    pub fn of<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Self {
        let mut tally = Self::default();
        let mut connections = BTreeSet::new();
        for request in requests {
            let counts = match request.call {
                Call::Managed | Call::Unmanaged => &mut tally.kubernetes,
                _ => &mut tally.coreweave,
            };
            *counts.entry(Verb::of(request)).or_default() += 1;
            connections.insert(request.connection);
        }
        tally.connections = connections.len();
        tally
    }

    /// All requests to CoreWeave's API.
    pub fn coreweave_requests(&self) -> usize {
        self.coreweave.values().sum()
    }

    /// All requests to Kubernetes.
    pub fn kubernetes_requests(&self) -> usize {
        self.kubernetes.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn request(call: Call, connection: u64, method: &str, path: &str) -> Request {
        Request {
            call,
            connection,
            host: String::new(),
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: serde_json::Value::Null,
            status: None,
        }
    }

    #[test]
    fn requests_to_kubernetes_have_its_verbs() {
        #[track_caller]
        fn check(method: &str, path: &str, expected: Verb) {
            assert_eq!(Verb::of(&request(Call::Managed, 1, method, path)), expected, "{method} {path}");
        }
        let rbac = "/apis/rbac.authorization.k8s.io/v1";
        check("GET", &format!("{rbac}/clusterrolebindings/x"), Verb::Get);
        check("GET", &format!("{rbac}/clusterrolebindings?limit=500"), Verb::List);
        check("GET", &format!("{rbac}/namespaces/a/rolebindings"), Verb::List);
        check("GET", &format!("{rbac}/namespaces/a/rolebindings/x"), Verb::Get);
        check("GET", "/api/v1/namespaces", Verb::List);
        check("GET", "/api/v1/namespaces/a", Verb::Get);
        check("GET", "/api/v1/namespaces/a/secrets?labelSelector=x", Verb::List);
        check("GET", "/api/v1/namespaces/a/secrets/x", Verb::Get);
        check("GET", "/.well-known/openid-configuration", Verb::Get);
        check("GET", "/version", Verb::Get);
        check("GET", "/apis/rbac.authorization.k8s.io/v1", Verb::Get);
        check("GET", "/api/v1", Verb::Get);
        check("POST", &format!("{rbac}/clusterrolebindings?dryRun=All&x=y"), Verb::DryRun);
        check("DELETE", &format!("{rbac}/clusterrolebindings/x?dryRun=All"), Verb::DryRun);
        check("POST", &format!("{rbac}/clusterrolebindings"), Verb::Create);
        check("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", Verb::Review);
        check("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", Verb::Review);
        check("POST", "/api/v1/namespaces/a/serviceaccounts/x/token", Verb::Create);
        check("PUT", &format!("{rbac}/clusterrolebindings/x"), Verb::Update);
        check("PATCH", &format!("{rbac}/clusterrolebindings/x"), Verb::Patch);
        check("DELETE", &format!("{rbac}/clusterrolebindings/x"), Verb::Delete);
    }

    #[test]
    fn a_tally_counts_by_api_and_verb_and_each_connection_once() {
        let binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/x";
        let tally = Tally::of(&[
            request(Call::ListClusters, 1, "GET", "/v1beta1/cks/clusters"),
            request(Call::GetCluster, 1, "GET", "/v1beta1/cks/clusters/x"),
            request(Call::Managed, 2, "GET", binding),
            request(Call::Unmanaged, 3, "GET", binding),
            request(Call::Managed, 2, "DELETE", binding),
        ]);
        assert_eq!(tally.coreweave, [(Verb::Get, 1), (Verb::List, 1)].into());
        assert_eq!(tally.kubernetes, [(Verb::Get, 2), (Verb::Delete, 1)].into());
        assert_eq!((tally.coreweave_requests(), tally.kubernetes_requests(), tally.connections), (2, 3, 3));
    }
}
