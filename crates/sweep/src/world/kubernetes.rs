//! The Kubernetes of one cluster: objects by place with uid, resourceVersion, preconditions, owners, finalizers and namespaces that go
//! with what is in them. Roles and bindings are stored; everything is allowed to the one caller.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

pub use super::place::{KINDS, Kind, Place};
use super::{Violation, Walk, answer::Answer, patch, tokens::Token};

/// Time between two collections of garbage.
const COLLECTION: i64 = 500;
/// How long a namespace takes to go.
const TERMINATING: i64 = 900;
/// Label of the Secrets that tokens are bound to: the id of the token's resource.
pub const TOKEN_ID: &str = "cks-community.github.io/token-id";
const TOKEN_STATE: &str = "cks-community.github.io/token-state";

/// Objects and tokens of one cluster.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    /// The cluster's id.
    pub id: String,
    /// By place.
    pub objects: BTreeMap<Place, Value>,
    /// Uids of objects that the provider created, with the number of the walk that did.
    pub made: BTreeMap<String, u64>,
    /// Uids of objects that the provider deleted.
    pub deleted: BTreeSet<String>,
    /// Every token that was issued.
    pub tokens: Vec<Token>,
    /// Whether callers may not read the issuer of the API server.
    pub hides_issuer: bool,
    walk_number: u64,
    pub(super) version: u64,
    pub(super) now: i64,
    salt: u64,
    collected: i64,
}

/// What a URL names.
struct Target {
    place: Place,
    subresource: Option<String>,
    query: BTreeMap<String, String>,
}

impl Kubernetes {
    pub(super) fn new(id: &str, salt: u64, now: i64) -> Self {
        let mut kubernetes = Self {
            id: id.to_owned(),
            objects: BTreeMap::new(),
            made: BTreeMap::new(),
            deleted: BTreeSet::new(),
            tokens: Vec::new(),
            hides_issuer: false,
            walk_number: 0,
            version: 100,
            now,
            salt,
            collected: now,
        };
        for name in ["kube-system", "default"] {
            kubernetes.put(
                Place::new("namespaces", "", name),
                json!({"metadata": {"name": name}}),
                "kube-apiserver",
            );
        }
        for role in ["view", "edit", "cluster-admin"] {
            let rules = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]);
            let role_object = json!({"metadata": {"name": role}, "rules": rules});
            kubernetes.put(Place::new("clusterroles", "", role), role_object, "kube-apiserver");
        }
        kubernetes.put(
            Place::new("serviceaccounts", "default", "zulu"),
            json!({"metadata": {"name": "zulu", "namespace": "default"}}),
            "kubectl",
        );
        kubernetes
    }

    /// Stores a new object as a server does, and returns its uid.
    pub fn put(&mut self, place: Place, mut object: Value, manager: &str) -> String {
        let kind = place.kind();
        self.version += 1;
        let uid = format!("{:08x}-0000-4000-8000-{:012x}", self.salt, self.version);
        let time = rfc3339(self.now);
        object["kind"] = kind.kind.into();
        object["apiVersion"] =
            if kind.group.is_empty() { "v1".into() } else { format!("{}/v1", kind.group).into() };
        let metadata = &mut object["metadata"];
        metadata["uid"] = uid.clone().into();
        metadata["resourceVersion"] = self.version.to_string().into();
        metadata["creationTimestamp"] = time.clone().into();
        metadata["managedFields"] =
            json!([{"manager": manager, "operation": "Update", "apiVersion": "v1", "time": time}]);
        if place.plural == "namespaces" {
            metadata["labels"]["kubernetes.io/metadata.name"] = place.name.clone().into();
            object["status"] = json!({"phase": "Active"});
        }
        self.objects.insert(place, object);
        uid
    }

    /// Changes an object as another client does.
    pub fn edit(&mut self, place: &Place, change: &Value, manager: &str) {
        self.version += 1;
        let (version, time) = (self.version.to_string(), rfc3339(self.now));
        let Some(object) = self.objects.get_mut(place) else { return };
        patch::merge(object, change);
        object["metadata"]["resourceVersion"] = version.into();
        let entry = json!({"manager": manager, "operation": "Update", "apiVersion": "v1", "time": time});
        if let Some(entries) = object["metadata"]["managedFields"].as_array_mut() {
            entries.retain(|entry| entry["manager"] != manager);
            entries.push(entry);
        }
    }

    /// Deletes an object as another client does.
    pub fn remove(&mut self, place: &Place) {
        if place.plural == "namespaces" {
            self.terminate(place);
        } else {
            self.objects.remove(place);
        }
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, now: i64) {
        self.now = self.now.max(now);
        if self.now - self.collected < COLLECTION {
            return;
        }
        self.collected = self.now;
        let ended = self
            .objects
            .iter()
            .filter(|(_, object)| object["metadata"]["purgeAt"].as_i64().is_some_and(|at| at <= self.now));
        let ended: Vec<Place> = ended.map(|(place, _)| place.clone()).collect();
        for namespace in ended {
            self.objects.retain(|place, _| place.namespace != namespace.name && *place != namespace);
        }
        let uids: BTreeSet<_> = self.objects.values().map(|object| uid_of(object).to_owned()).collect();
        self.objects.retain(|_, object| {
            let owners = object["metadata"]["ownerReferences"].as_array();
            owners.is_none_or(|owners| {
                owners.iter().any(|owner| uids.contains(owner["uid"].as_str().unwrap_or_default()))
            })
        });
    }

    fn terminate(&mut self, place: &Place) {
        let (now, time) = (self.now, rfc3339(self.now));
        if let Some(namespace) = self.objects.get_mut(place) {
            namespace["metadata"]["deletionTimestamp"] = time.into();
            namespace["metadata"]["purgeAt"] = (now + TERMINATING).into();
            namespace["status"]["phase"] = "Terminating".into();
        }
    }

    pub(super) fn answer(
        &mut self,
        request: &Request<Bytes>,
        walk: &Walk,
        now: i64,
    ) -> (Answer, Vec<Violation>) {
        self.now = now;
        self.walk_number = walk.number;
        let mut found = Vec::new();
        let path = request.uri().path();
        if let Some(answer) = self.unstored(request.method(), path, request.body()) {
            return (answer, found);
        }
        let Some(target) = target_of(path, request.uri().query().unwrap_or_default()) else {
            return (
                Answer::kubernetes(404, "NotFound", "the server could not find the requested resource", None),
                found,
            );
        };
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let dry = target.query.contains_key("dryRun");
        let writes = *request.method() != Method::GET && !dry;
        if writes && walk.reads_only {
            found.push(Violation {
                promise: "a plan writes nothing",
                what: format!("{} {path}", request.method()),
            });
        }
        let unlawful = (writes && target.subresource.is_none())
            .then(|| self.unlawful(request.method(), &target.place, &body, walk))
            .flatten();
        let answer = match (request.method(), target.subresource.as_deref()) {
            (&Method::POST, Some("token")) => self.issue(&target.place, &body),
            (&Method::GET, None) if target.place.name.is_empty() => self.list(&target),
            (&Method::GET, None) => self.get(&target.place),
            (&Method::POST, None) => self.create(&target, body, dry),
            (&Method::PATCH, None) => self.patch(&target, &body, dry),
            (&Method::DELETE, None) => self.delete(&target.place, &body),
            _ => Answer::kubernetes(405, "MethodNotAllowed", "the server does not allow this method", None),
        };
        found.extend(unlawful.filter(|_| answer.wrote));
        (answer, found)
    }

    /// Whether a request creates something that no state had before. Where callers may not read the issuer, nothing tells the cluster then.
    pub(super) fn is_unproved(&self, request: &Request<Bytes>, walk: &Walk) -> bool {
        let target = target_of(request.uri().path(), request.uri().query().unwrap_or_default());
        let is_new = || {
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            let id = body["metadata"]["labels"][TOKEN_ID].as_str();
            id.is_none_or(|id| !walk.token_ids.contains(id))
        };
        self.hides_issuer && *request.method() == Method::POST && target.is_some() && is_new()
    }

    /// Reviews, the version, and the discovery of the issuer: nothing of them is stored.
    fn unstored(&self, method: &Method, path: &str, body: &[u8]) -> Option<Answer> {
        let kind = path.rsplit('/').next().unwrap_or_default();
        match (method, kind) {
            (&Method::GET, "version") => {
                Some(Answer::json(200, &json!({"major": "1", "minor": "35", "gitVersion": "v1.35.0"})))
            }
            (&Method::GET, "openid-configuration") if self.hides_issuer => {
                let message = format!("forbidden: User \"sweeper\" cannot get path \"{path}\"");
                Some(Answer::kubernetes(403, "Forbidden", &message, None))
            }
            (&Method::GET, "openid-configuration") => {
                let issuer = format!("https://oidc.cks.coreweave.com/id/{}", self.id);
                Some(Answer::json(
                    200,
                    &json!({"issuer": issuer, "jwks_uri": format!("{issuer}/openid/v1/jwks")}),
                ))
            }
            (&Method::POST, "selfsubjectreviews") => {
                let user =
                    json!({"username": "sweeper", "groups": ["system:masters", "system:authenticated"]});
                Some(Answer::json(201, &json!({"status": {"userInfo": user}})))
            }
            (&Method::POST, "subjectaccessreviews" | "selfsubjectaccessreviews") => {
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                let reason = self.binding_for(&body["spec"]).unwrap_or_default();
                Some(Answer::json(201, &json!({"status": {"allowed": true, "reason": reason}})))
            }
            (&Method::POST, "tokenreviews") => {
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                let token = body["spec"]["token"].as_str().unwrap_or_default();
                let live = self.tokens.iter().any(|issued| issued.text == token && self.is_live(issued));
                Some(Answer::json(201, &json!({"status": {"authenticated": live}})))
            }
            _ => None,
        }
    }

    /// What the authorizer says of a subject that a binding names.
    fn binding_for(&self, spec: &Value) -> Option<String> {
        let user = spec["user"].as_str().unwrap_or_default();
        let groups = spec["groups"].as_array().map_or(&[][..], Vec::as_slice);
        let is_meant = |subject: &Value| match subject["kind"].as_str() {
            Some("User") => subject["name"] == user,
            Some("Group") => groups.contains(&subject["name"]),
            _ => {
                let (namespace, name) = (subject["namespace"].as_str(), subject["name"].as_str());
                let account = namespace.zip(name).map(|(namespace, name)| format!("{namespace}:{name}"));
                account.is_some_and(|account| user == format!("system:serviceaccount:{account}"))
            }
        };
        let bindings = self.objects.iter().filter(|(place, object)| {
            let subjects = object["subjects"].as_array();
            place.plural.ends_with("rolebindings") && subjects.is_some_and(|all| all.iter().any(is_meant))
        });
        let mut reasons = bindings.map(|(place, object)| {
            let (kind, role) = (place.kind().kind, &object["roleRef"]);
            let name = match place.namespace.as_str() {
                "" => place.name.clone(),
                namespace => format!("{}/{namespace}", place.name),
            };
            format!(
                "RBAC: allowed by {kind} {name:?} of {} {} to User {user:?}",
                role["kind"].as_str().unwrap_or_default(),
                role["name"]
            )
        });
        reasons.next()
    }

    fn get(&self, place: &Place) -> Answer {
        match self.objects.get(place) {
            Some(object) => Answer::json(200, &shown(object)),
            None => not_found(place),
        }
    }

    fn list(&self, target: &Target) -> Answer {
        let wanted = target.query.get("labelSelector").map(String::as_str).unwrap_or_default();
        let matches = |object: &Value| {
            let labels = &object["metadata"]["labels"];
            wanted.split(',').filter(|term| !term.is_empty()).all(|term| match term.split_once('=') {
                Some((key, value)) => labels[key] == value,
                None => labels.get(term).is_some(),
            })
        };
        let Place { plural, namespace, .. } = &target.place;
        let listed = self.objects.iter().filter(|(place, _)| {
            place.plural == *plural && (namespace.is_empty() || place.namespace == *namespace)
        });
        // In the order of the server's keys; the token names the last object so far.
        let after = target.query.get("continue").map(String::as_str).unwrap_or_default();
        let key = |place: &Place| format!("{}/{}", place.namespace, place.name);
        let rest = listed.filter(|(_, object)| matches(object)).filter(|(place, _)| *key(place) > *after);
        let rest: Vec<_> = rest.collect();
        let limit = target.query.get("limit").and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
        let page = &rest[..rest.len().min(limit.unwrap_or(usize::MAX))];
        let mut metadata = json!({"resourceVersion": self.version.to_string()});
        if let (Some((last, _)), true) = (page.last(), page.len() < rest.len()) {
            metadata["continue"] = key(last).into();
            // Nobody counts what a selector leaves out.
            if wanted.is_empty() {
                metadata["remainingItemCount"] = (rest.len() - page.len()).into();
            }
        }
        let items: Vec<_> = page.iter().map(|(_, object)| shown(object)).collect();
        Answer::json(200, &json!({"kind": "List", "metadata": metadata, "items": items}))
    }

    fn create(&mut self, target: &Target, body: Value, dry: bool) -> Answer {
        let name = body["metadata"]["name"].as_str().unwrap_or_default();
        let place = Place { name: name.to_owned(), ..target.place.clone() };
        if place.kind().namespaced {
            let namespace = Place::new("namespaces", "", &place.namespace);
            let Some(found) = self.objects.get(&namespace) else { return not_found(&namespace) };
            if found["metadata"].get("deletionTimestamp").is_some() {
                let message = format!(
                    "{} \"{name}\" is forbidden: unable to create new content in namespace {} because it is being terminated",
                    qualified(&place),
                    place.namespace
                );
                return Answer::kubernetes(
                    403,
                    "Forbidden",
                    &message,
                    Some((place.kind().group, place.plural, name)),
                );
            }
        }
        if self.objects.contains_key(&place) {
            let message = format!("{} \"{name}\" already exists", qualified(&place));
            return Answer::kubernetes(
                409,
                "AlreadyExists",
                &message,
                Some((place.kind().group, place.plural, name)),
            );
        }
        let before = dry.then(|| self.clone());
        let uid = self.put(place.clone(), body, manager(target));
        let object = self.objects.get(&place).map(shown).unwrap_or_default();
        if let Some(before) = before {
            *self = before;
            return Answer::json(201, &object);
        }
        self.made.insert(uid, self.walk_number);
        Answer::written(201, &object)
    }

    fn patch(&mut self, target: &Target, body: &Value, dry: bool) -> Answer {
        let place = &target.place;
        let Some(object) = self.objects.get(place) else { return not_found(place) };
        let differs = |name: &str| {
            body["metadata"][name].as_str().is_some_and(|wanted| object["metadata"][name] != wanted)
        };
        if differs("resourceVersion") {
            return conflict(place, "the object has been modified");
        }
        let unchangeable = if differs("uid") {
            Some("metadata.uid: Invalid value: field is immutable")
        } else if body.get("roleRef").is_some_and(|role| object["roleRef"] != *role) {
            Some("roleRef: Invalid value: cannot change roleRef")
        } else {
            None
        };
        if let Some(why) = unchangeable {
            let message = format!("{} \"{}\" is invalid: {why}", place.kind().kind, place.name);
            return Answer::kubernetes(
                422,
                "Invalid",
                &message,
                Some((place.kind().group, place.kind().kind, &place.name)),
            );
        }
        let mut after = object.clone();
        patch::merge(&mut after, body);
        if after == *object || dry {
            return Answer::json(200, &shown(&after));
        }
        self.edit(place, body, manager(target));
        let written = Answer::written(200, &self.objects.get(place).map(shown).unwrap_or_default());
        let metadata = &after["metadata"];
        if place.plural != "namespaces" && metadata.get("deletionTimestamp").is_some() && !is_held(&after) {
            self.objects.remove(place);
        }
        written
    }

    fn delete(&mut self, place: &Place, body: &Value) -> Answer {
        let Some(object) = self.objects.get(place) else { return not_found(place) };
        for name in ["uid", "resourceVersion"] {
            let wanted = body["preconditions"][name].as_str();
            if let Some(wanted) = wanted.filter(|wanted| object["metadata"][name] != *wanted) {
                return precondition_failed(
                    place,
                    &format!("the {name} in the precondition ({wanted}) does not match"),
                );
            }
        }
        let uid = uid_of(object).to_owned();
        if place.plural == "namespaces" {
            if object["metadata"].get("deletionTimestamp").is_some() {
                return conflict(place, "The system is ensuring all content is removed from this namespace");
            }
            self.terminate(place);
            self.deleted.insert(uid);
            return Answer::written(200, &self.objects.get(place).map(shown).unwrap_or_default());
        }
        self.deleted.insert(uid.clone());
        if is_held(object) {
            let time = rfc3339(self.now);
            self.edit(place, &json!({"metadata": {"deletionTimestamp": time}}), "kube-apiserver");
            return Answer::written(200, &self.objects.get(place).map(shown).unwrap_or_default());
        }
        let object = self.objects.remove(place);
        if place.plural == "serviceaccounts" {
            return Answer::written(200, &object.as_ref().map(shown).unwrap_or_default());
        }
        let details = json!({"name": place.name, "kind": place.plural, "uid": uid});
        Answer::written(
            200,
            &json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": details}),
        )
    }

    /// What a write of the provider must not do.
    fn unlawful(&self, method: &Method, place: &Place, body: &Value, walk: &Walk) -> Option<Violation> {
        let object = self.objects.get(place)?;
        let uid = uid_of(object);
        let of = |promise, what: String| {
            Some(Violation { promise, what: format!("{what} {place} of cluster {}", self.id) })
        };
        let made_now = self.made.get(uid) == Some(&self.walk_number);
        if let Some(id) = object["metadata"]["labels"][TOKEN_ID].as_str() {
            let pending = object["metadata"]["annotations"][TOKEN_STATE] == "pending";
            let live = self.tokens.iter().any(|token| token.secret_uid() == Some(uid) && self.is_live(token));
            let may = made_now || walk.token_ids.contains(id) || pending || !live;
            return if may {
                None
            } else {
                of("nothing undeclared is deleted", "a live token's Secret".to_owned())
            };
        }
        if *method == Method::DELETE {
            let may = walk.destroying.contains(uid);
            return if may { None } else { of("nothing undeclared is deleted", format!("{uid},")) };
        }
        let key = format!("{}/{place}", self.id);
        if !made_now && !walk.known.contains(uid) && !walk.adopting.contains(&key) {
            return of("nothing undeclared is changed", format!("{uid},"));
        }
        for name in ["labels", "annotations"] {
            let removed =
                body["metadata"][name].as_object().into_iter().flatten().filter(|(_, value)| value.is_null());
            let mut foreign = removed.filter(|(key, _)| !walk.declared_keys.contains(*key));
            if let Some((key, _)) = foreign.next() {
                return of("a key never declared is never removed", format!("{key} of"));
            }
        }
        None
    }
}

/// Uid of an object.
pub fn uid_of(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}

/// Whether a finalizer keeps it.
fn is_held(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty())
}

/// As the server shows it.
fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("purgeAt");
    }
    object
}

fn manager(target: &Target) -> &str {
    target.query.get("fieldManager").map_or("unknown", String::as_str)
}

fn qualified(place: &Place) -> String {
    let Kind { group, plural, .. } = place.kind();
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

pub(super) fn not_found(place: &Place) -> Answer {
    let message = format!("{} \"{}\" not found", qualified(place), place.name);
    Answer::kubernetes(404, "NotFound", &message, Some((place.kind().group, place.plural, &place.name)))
}

pub(super) fn conflict(place: &Place, why: &str) -> Answer {
    let message = format!("Operation cannot be fulfilled on {} \"{}\": {why}", qualified(place), place.name);
    Answer::kubernetes(409, "Conflict", &message, Some((place.kind().group, place.plural, &place.name)))
}

/// A conflict whose subject is named by its kind, as for the preconditions of a delete.
pub(super) fn precondition_failed(place: &Place, why: &str) -> Answer {
    let Kind { group, kind, .. } = place.kind();
    let message = format!("Operation cannot be fulfilled on {} \"{}\": {why}", qualified(place), place.name);
    Answer::kubernetes(409, "Conflict", &message, Some((group, kind, &place.name)))
}

/// Seconds of a time in milliseconds, as RFC 3339.
pub(super) fn rfc3339(milliseconds: i64) -> String {
    let time = std::time::UNIX_EPOCH
        + std::time::Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    // `Sun, 06 Nov 1994 08:49:37 GMT` has all that is needed.
    let date = httpdate::fmt_http_date(time);
    let part = |range: std::ops::Range<usize>| date.get(range).unwrap_or_default().to_owned();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == part(8..11)).unwrap_or_default() + 1;
    format!("{}-{month:02}-{}T{}Z", part(12..16), part(5..7), part(17..25))
}

fn target_of(path: &str, query: &str) -> Option<Target> {
    let parts: Vec<String> = path.trim_matches('/').split('/').map(decoded).collect();
    let rest = match parts.first().map(String::as_str) {
        Some("api") => parts.get(2..)?,
        Some("apis") => parts.get(3..)?,
        _ => return None,
    };
    let texts: Vec<&str> = rest.iter().map(String::as_str).collect();
    let (namespace, plural, name, subresource) = match texts.as_slice() {
        ["namespaces", namespace, plural] => (*namespace, *plural, "", None),
        ["namespaces", namespace, plural, name] => (*namespace, *plural, *name, None),
        ["namespaces", namespace, plural, name, sub] => (*namespace, *plural, *name, Some((*sub).to_owned())),
        [plural] => ("", *plural, "", None),
        [plural, name] => ("", *plural, *name, None),
        _ => return None,
    };
    let kind = KINDS.into_iter().find(|kind| kind.plural == plural)?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Some(Target {
        place: Place::new(kind.plural, namespace, name),
        subresource,
        query: pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect(),
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
