//! Both APIs in memory: CoreWeave's with its clusters, and the Kubernetes of each. It answers requests by the APIs' own rules, keeps
//! what they store, and notes every write, so that checks can say what was done, and to what.

pub mod answer;
pub mod coreweave;
mod issue;
pub mod kubernetes;
mod patch;
pub mod place;
pub mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde_json::{Value, json};

use self::{
    answer::Answer,
    coreweave::CoreWeave,
    kubernetes::{Kubernetes, Place},
};
use crate::fault::Fault;

/// The organisation that owns the clusters.
pub const ORGANISATION: &str = "ab1cd2";
/// Its CoreWeave token.
pub const TOKEN: &str = "CW-SECRET-sweep-of-the-organisation";
/// The token of another organisation, which sees none of the clusters.
pub const OTHER_TOKEN: &str = "CW-SECRET-sweep-of-another-one";
/// The password in the URL of a kubeconfig's server.
pub const PASSWORD: &str = "hunter2-in-the-url";
/// The promise of a write that reaches another cluster.
pub const WRONG_PLACE: &str = "nothing is sent to the wrong place";
/// Ids of the clusters.
pub const CLUSTERS: [&str; 2] =
    ["81540112-93fc-4d39-af10-fe6c2f4b8824", "0b1f6c1e-3f44-4a5c-9a53-7f0c8a2f1d10"];

/// The token for the addresses of a cluster (`host`).
pub fn address_token(cluster: usize) -> String {
    format!("eyJhbGciOiJub25lIn0.sweep-address-{cluster}.sig")
}

/// The address of a cluster that a configuration gives as `host`.
pub fn address(cluster: usize) -> String {
    format!("kube-{cluster}.example.com")
}

/// The cluster to which the connection of a request leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leads(pub usize);

/// What a run is doing, as far as the rules of a write depend on it.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// Number of the walk in its history.
    pub number: u64,
    /// A plan, a refresh or an import: writes nothing but dry runs and reviews.
    pub reads_only: bool,
    /// Uids in the state that the plan changes.
    pub known: BTreeSet<String>,
    /// Objects and blocks that may be overwritten as they are: `on_existing = "adopt"`.
    pub adopting: BTreeSet<String>,
    /// Uids that the plan destroys.
    pub destroying: BTreeSet<String>,
    /// Ids of the token resources in the state that the plan changes.
    pub token_ids: BTreeSet<String>,
    /// Label and annotation keys that a configuration ever declared.
    pub declared_keys: BTreeSet<String>,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Which promise is broken.
    pub promise: &'static str,
    /// What happened.
    pub what: String,
}

/// Everything outside Terraform. The default has no clusters.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The time, in milliseconds since 1970.
    pub now: i64,
    /// CoreWeave's API.
    pub coreweave: CoreWeave,
    /// The Kubernetes of each cluster, by id.
    pub kubernetes: BTreeMap<String, Kubernetes>,
    /// Which cluster is behind an address.
    pub addresses: BTreeMap<String, usize>,
    /// What the current runs may do, each with its number.
    pub walks: Vec<Walk>,
    /// Which of them makes the next request.
    pub run: usize,
    /// What was done that must not be.
    pub violations: Vec<Violation>,
    /// Creates that reached another cluster, which nothing told from the one that was meant.
    pub unproved: Vec<String>,
    /// Objects that another client created, changed or deleted: cluster and place.
    pub touched: BTreeSet<String>,
    /// Every request, if somebody wants to read them: method, host, path and query, body, status.
    pub log: Option<Vec<String>>,
}

impl World {
    /// Two clusters of one organisation.
    pub fn new() -> Self {
        let now = 1_790_000_000_000;
        let kubernetes = CLUSTERS.iter().enumerate().map(|(index, id)| {
            ((*id).to_owned(), Kubernetes::new(id, u64::try_from(index).unwrap_or_default(), now))
        });
        Self {
            now,
            coreweave: CoreWeave::new(),
            kubernetes: kubernetes.collect(),
            addresses: (0..CLUSTERS.len()).map(|cluster| (address(cluster), cluster)).collect(),
            walks: vec![Walk::default()],
            run: 0,
            violations: Vec::new(),
            unproved: Vec::new(),
            touched: BTreeSet::new(),
            log: None,
        }
    }

    /// Lets time pass: clusters settle, garbage is collected, namespaces go.
    pub fn advance(&mut self, now: i64) {
        self.now = self.now.max(now);
        self.coreweave.advance(self.now);
        for kubernetes in self.kubernetes.values_mut() {
            kubernetes.advance(self.now);
        }
    }

    /// Notes what must not be.
    pub fn violate(&mut self, promise: &'static str, what: impl Into<String>) {
        self.violations.push(Violation { promise, what: what.into() });
    }

    /// Answers one request, and does what it asks for.
    pub fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let token = bearer(request);
        let answer = if host == "api.coreweave.com" {
            self.check_credential(&host, &token, &[TOKEN, OTHER_TOKEN]);
            self.answer_coreweave(request, &token)
        } else if let Some(meant) = self.meant(&host) {
            let leads = request.extensions().get().copied().or_else(|| self.leads(&host));
            let Leads(cluster) = leads.unwrap_or(Leads(meant));
            self.answer_kubernetes(request, &host, (meant, cluster), &token)
        } else {
            Answer::page(404, "default backend - 404")
        };
        if let Some(log) = &mut self.log {
            let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
            let body = String::from_utf8_lossy(request.body());
            log.push(format!("{} {host}{target} {body} -> {}", request.method(), answer.status));
        }
        answer.into_response(self.now)
    }

    fn answer_coreweave(&mut self, request: &Request<Bytes>, token: &str) -> Answer {
        let organisation = match token {
            TOKEN => ORGANISATION,
            OTHER_TOKEN => "ffffff",
            _ => return Answer::connect(401, "unauthenticated", "invalid token"),
        };
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let mut unlawful = None;
        if request.method() == Method::PATCH {
            if self.walks[self.run].reads_only {
                self.violate("a plan writes nothing", format!("PATCH {}", request.uri()));
            }
            let id = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
            unlawful = self.coreweave.unlawful(&id, &body, &self.walks[self.run]);
        }
        let answer =
            self.coreweave.answer(request.method(), request.uri().path(), &body, organisation, self.now);
        self.violations.extend(unlawful.filter(|_| answer.wrote));
        answer
    }

    fn answer_kubernetes(
        &mut self,
        request: &Request<Bytes>,
        host: &str,
        (meant, cluster): (usize, usize),
        token: &str,
    ) -> Answer {
        let managed = !self.addresses.contains_key(host);
        let expected = if managed { TOKEN.to_owned() } else { address_token(meant) };
        let other = if managed { OTHER_TOKEN } else { &expected };
        self.check_credential(host, token, &[&expected, other]);
        if token != expected {
            return Answer::kubernetes(401, "Unauthorized", "Unauthorized", None);
        }
        if self.coreweave.is_restarting(CLUSTERS[cluster], self.now) {
            return Answer::page(503, "upstream connect error");
        }
        let id = CLUSTERS[cluster].to_owned();
        let Some(kubernetes) = self.kubernetes.get_mut(&id) else {
            return Answer::page(503, "no healthy upstream");
        };
        let (now, walk) = (self.now, &self.walks[self.run]);
        let unproved = kubernetes.is_unproved(request, walk);
        let (answer, found) = kubernetes.answer(request, walk, now);
        if meant != cluster && (unproved || answer.wrote) {
            let what = format!(
                "{} {} reached cluster {id} by the address of {}",
                request.method(),
                request.uri(),
                CLUSTERS[meant]
            );
            if unproved {
                self.unproved.push(what);
            } else {
                // First, since the others follow from it.
                self.violate(WRONG_PLACE, what);
            }
        }
        self.violations.extend(found);
        answer
    }

    /// The cluster that a host is meant to lead to.
    fn meant(&self, host: &str) -> Option<usize> {
        (0..CLUSTERS.len()).find(|cluster| address(*cluster) == host || self.coreweave_host(*cluster) == host)
    }

    /// The cluster to which a new connection to a host leads.
    pub fn leads(&self, host: &str) -> Option<Leads> {
        self.addresses.get(host).copied().or_else(|| self.meant(host)).map(Leads)
    }

    fn check_credential(&mut self, host: &str, token: &str, allowed: &[&str]) {
        if !token.is_empty() && !allowed.contains(&token) {
            self.violate("a credential goes to its own server only", format!("another one reached {host}"));
        }
    }

    /// The object at a place, if there is one.
    pub fn object(&self, cluster: &str, place: &Place) -> Option<&Value> {
        self.kubernetes.get(cluster)?.objects.get(place)
    }

    /// Whether a namespace is about to go, and what is in it.
    pub fn is_terminating(&self) -> bool {
        let mut objects = self.kubernetes.values().flat_map(|kubernetes| kubernetes.objects.values());
        objects.any(|object| object["metadata"].get("deletionTimestamp").is_some())
    }

    /// Texts that no message may have.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = [TOKEN, OTHER_TOKEN, PASSWORD].map(str::to_owned).to_vec();
        secrets.extend((0..CLUSTERS.len()).map(address_token));
        let issued = self.kubernetes.values().flat_map(|kubernetes| &kubernetes.tokens);
        secrets.extend(issued.map(|token| token.text.clone()));
        secrets
    }
}

fn bearer(request: &Request<Bytes>) -> String {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default().to_owned()
}

impl World {
    /// The host of the managed endpoint of a cluster.
    pub fn coreweave_host(&self, cluster: usize) -> &str {
        self.coreweave.managed_host(CLUSTERS[cluster])
    }

    /// From now on nobody may read the issuers of the API servers.
    pub fn hide_issuers(&mut self) {
        for kubernetes in self.kubernetes.values_mut() {
            kubernetes.hides_issuer = true;
        }
    }

    /// Makes the objects of the first cluster in the second one too, as the restore of a backup does.
    pub fn copy(&mut self) {
        let Some(first) = self.kubernetes.get(CLUSTERS[0]) else { return };
        let objects = first.objects.clone();
        let Some(second) = self.kubernetes.get_mut(CLUSTERS[1]) else { return };
        for (place, mut object) in objects {
            if second.objects.contains_key(&place) {
                continue;
            }
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.remove("ownerReferences");
                metadata.remove("purgeAt");
                metadata.remove("deletionTimestamp");
            }
            second.put(place, object, "velero");
        }
    }

    /// What another client does to an object.
    pub fn interfere(&mut self, cluster: &str, place: &Place, fault: Fault) {
        let Some(kubernetes) = self.kubernetes.get_mut(cluster) else { return };
        self.touched.insert(format!("{cluster}/{place}"));
        let exists = kubernetes.objects.contains_key(place);
        match fault {
            Fault::Edited if exists => {
                let change = match place.plural {
                    "clusterrolebindings" | "rolebindings" => {
                        json!({"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "stranger"}]})
                    }
                    "clusterroles" | "roles" => {
                        json!({"rules": [{"verbs": ["watch"], "apiGroups": [""], "resources": ["secrets"]}]})
                    }
                    _ => {
                        json!({"metadata": {"labels": {"colour": "strange"}, "annotations": {"stranger": "here"}}})
                    }
                };
                kubernetes.edit(place, &change, "kubectl-edit");
            }
            Fault::Deleted => kubernetes.remove(place),
            // A namespace takes its time to go, so that no other can be there at once.
            Fault::Recreated if place.plural == "namespaces" => kubernetes.remove(place),
            Fault::Edited | Fault::Recreated => {
                let namespace = Place::new("namespaces", "", &place.namespace);
                if !place.namespace.is_empty() && !kubernetes.objects.contains_key(&namespace) {
                    return;
                }
                let mut object = kubernetes.objects.remove(place).unwrap_or_else(|| strange(place));
                if let Some(metadata) = object["metadata"].as_object_mut().filter(|_| exists) {
                    metadata.retain(|name, _| ["name", "namespace"].contains(&name.as_str()));
                }
                kubernetes.put(place.clone(), object, "kubectl");
            }
            _ => {}
        }
    }
}

/// An object of another client.
pub fn strange(place: &Place) -> Value {
    let mut object = json!({"metadata": {"name": place.name, "labels": {"colour": "strange"}}});
    if !place.namespace.is_empty() {
        object["metadata"]["namespace"] = place.namespace.clone().into();
    }
    match place.plural {
        "clusterrolebindings" | "rolebindings" => {
            object["roleRef"] =
                json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"});
            object["subjects"] =
                json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "stranger"}]);
        }
        "clusterroles" | "roles" => {
            object["rules"] = json!([{"verbs": ["watch"], "apiGroups": [""], "resources": ["secrets"]}]);
        }
        _ => {}
    }
    object
}
