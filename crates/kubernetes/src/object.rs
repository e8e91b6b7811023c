//! What all kinds of objects have in common: a place, metadata, and members of their own.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value, json};

use super::difference::{Changer, Difference};

/// Name and, except for cluster-scoped objects, namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectPlace {
    /// `None`: of the whole cluster.
    pub namespace: Option<String>,
    /// Name of the object.
    pub name: String,
}

impl ObjectPlace {
    /// Of the whole cluster.
    pub fn cluster(name: impl Into<String>) -> Self {
        Self { namespace: None, name: name.into() }
    }

    /// In a namespace.
    pub fn namespaced(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), name: name.into() }
    }
}

/// Object as in `kubectl`.
impl fmt::Display for ObjectPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(out, "{namespace}/{}", self.name),
            None => out.write_str(&self.name),
        }
    }
}

/// One API of the server, such as `rolebindings` in `rbac.authorization.k8s.io/v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Api {
    /// `v1`, or `GROUP/VERSION`.
    pub group_version: &'static str,
    /// Kind, such as `ClusterRole`.
    pub kind: &'static str,
    /// Name in URLs, such as `clusterroles`.
    pub plural: &'static str,
}

impl Api {
    /// The API group; `""` is the core group.
    pub fn group(self) -> &'static str {
        self.group_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Path of the collection.
    pub(super) fn path(self, namespace: Option<&str>) -> String {
        let root = if self.group_version.contains('/') { "apis" } else { "api" };
        let group_version = self.group_version;
        match namespace {
            Some(namespace) => {
                format!("/{root}/{group_version}/namespaces/{}/{}", encoded(namespace), self.plural)
            }
            None => format!("/{root}/{group_version}/{}", self.plural),
        }
    }

    /// Path of one object.
    pub(super) fn path_of(self, place: &ObjectPlace) -> String {
        format!("{}/{}", self.path(place.namespace.as_deref()), encoded(&place.name))
    }
}

/// A name as a part of a path: names of RBAC objects may contain `?` and `#`.
pub(super) fn encoded(name: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    name.bytes().fold(String::new(), |mut path, byte| {
        if unreserved(byte) {
            path.push(char::from(byte));
        } else {
            path.extend(["%".to_owned(), format!("{byte:02X}")]);
        }
        path
    })
}

/// A kind of object: its members except metadata, as a type.
pub trait Kind: Clone + fmt::Debug + Default + PartialEq + Send + Sync + 'static {
    /// The members that are read. Others are skipped, such as the data of a Secret.
    const MEMBERS: &'static [&'static str];

    /// The API for objects in a namespace, or of the whole cluster.
    fn api(namespaced: bool) -> Api;

    /// Reads the members. Foreign content is a difference, not an error. Of the metadata, the object has its namespace.
    fn from_json(object: &Value) -> Self;

    /// The members as JSON. Omitted ones are not changed.
    fn to_json(&self) -> Map<String, Value>;

    /// The fields that differ in meaning, by attribute. Both sides are [normalized](Kind::normalized).
    fn differences(&self, found: &Self) -> Vec<Difference>;

    /// The same with every text in Unicode normal form, as Terraform keeps it. The server keeps text as it was sent.
    #[must_use]
    fn normalized(&self) -> Self;

    /// The same with the server's spelling of whatever has the same normal form: to Kubernetes two forms of a name are two identities,
    /// so a write must not change the form of what stays.
    #[must_use]
    fn in_spelling_of(&self, live: &Self) -> Self;
}

/// An object as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<K> {
    /// Namespace and name.
    pub place: ObjectPlace,
    /// Kubernetes UID.
    pub uid: String,
    /// Version that a guarded write refers to.
    pub resource_version: String,
    /// Labels by key.
    pub labels: BTreeMap<String, String>,
    /// Annotations by key.
    pub annotations: BTreeMap<String, String>,
    /// Seconds since 1970 at which it was created.
    pub created: i64,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Members of the kind.
    pub content: K,
    writers: Vec<Writer>,
}

/// Who wrote an object, and when: what is read of an entry in `managedFields`. The fields that were written are most of an object's bytes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Writer {
    manager: Option<String>,
    time: Option<Time>,
}

/// What is read of the metadata.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
    managed_fields: Option<Vec<Writer>>,
}

/// An object without a name or a uid is an error.
impl<'de, K: Kind> Deserialize<'de> for Object<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<K>(PhantomData<K>);

impl<'de, K: Kind> Visitor<'de> for ObjectVisitor<K> {
    type Value = Object<K>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a Kubernetes object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<K>, A::Error> {
        let mut metadata = Metadata::default();
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "metadata" {
                metadata = map.next_value()?;
            } else if K::MEMBERS.contains(&name.as_str()) {
                members.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        members.insert("metadata".to_owned(), json!({"namespace": metadata.namespace}));
        let name = metadata.name.ok_or_else(|| A::Error::missing_field("name"))?;
        Ok(Object {
            place: ObjectPlace { namespace: metadata.namespace, name },
            uid: metadata.uid.ok_or_else(|| A::Error::missing_field("uid"))?,
            resource_version: metadata.resource_version.unwrap_or_default(),
            labels: metadata.labels.unwrap_or_default(),
            annotations: metadata.annotations.unwrap_or_default(),
            created: metadata.creation_timestamp.map_or(0, |time| time.0.as_second()),
            deleting: metadata.deletion_timestamp.is_some(),
            content: K::from_json(&Value::Object(members)),
            writers: metadata.managed_fields.unwrap_or_default(),
        })
    }
}

impl<K: Kind> Object<K> {
    /// From the server's JSON; `None` if that has no name or uid.
    pub(super) fn from_json(object: &Value) -> Option<Self> {
        Self::deserialize(object).ok()
    }

    /// Owner reference for other objects, which Kubernetes deletes with this one.
    pub fn as_owner(&self) -> OwnerReference {
        let api = K::api(self.place.namespace.is_some());
        OwnerReference {
            api_version: api.group_version.to_owned(),
            kind: api.kind.to_owned(),
            name: self.place.name.clone(),
            uid: self.uid.clone(),
            ..OwnerReference::default()
        }
    }

    /// The last other client that changed it since this provider's own last write. `None` if all other clients wrote before that: then
    /// `managedFields` does not tell.
    pub fn last_changed_by(&self) -> Option<Changer> {
        let is_ours = |entry: &&Writer| entry.manager.as_deref() == Some(super::FIELD_MANAGER);
        let time = |entry: &Writer| entry.time.as_ref().map(|time| time.0);
        let ours = self.writers.iter().filter(is_ours).filter_map(time).max();
        let others = self
            .writers
            .iter()
            .filter(|entry| !is_ours(entry))
            .filter_map(|entry| Some((time(entry)?, entry.manager.clone()?)))
            // Times are whole seconds: one of the same second may have been later.
            .filter(|(time, _)| ours.is_none_or(|ours| *time >= ours));
        let (time, manager) = others.max_by_key(|(time, _)| *time)?;
        Some(Changer { manager, time: time.to_string() })
    }

    /// Whether this provider wrote it: in this run, as is likely after a lost response, or for another resource or state.
    pub fn is_by_us(&self) -> bool {
        self.writers.iter().any(|entry| entry.manager.as_deref() == Some(super::FIELD_MANAGER))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Namespace;

    #[test]
    fn only_who_wrote_after_us_may_have_changed_it() {
        let changer = |entries: &[(&str, u8)]| {
            let entries: Vec<_> = entries
                .iter()
                .map(|(manager, second)| {
                    let time = format!("2026-01-01T00:00:{second:02}Z");
                    json!({"manager": manager, "operation": "Update", "time": time})
                })
                .collect();
            let object = json!({"metadata": {"name": "team", "uid": "u", "managedFields": entries}});
            let object = Object::<Namespace>::from_json(&object).expect("an object");
            object.last_changed_by().map(|by| by.manager)
        };
        let ours = crate::FIELD_MANAGER;
        assert_eq!(changer(&[(ours, 1), ("kubectl-edit", 2), ("other", 3)]).as_deref(), Some("other"));
        assert_eq!(changer(&[("kubectl-create", 1), (ours, 2), ("other", 3)]).as_deref(), Some("other"));
        assert_eq!(changer(&[("kubectl-create", 1), (ours, 2)]), None);
        assert_eq!(changer(&[("kubectl-create", 1), (ours, 2), (ours, 1)]), None);
        assert_eq!(changer(&[("kubectl-edit", 2), (ours, 2)]).as_deref(), Some("kubectl-edit"));
        assert_eq!(changer(&[("kubectl-create", 1)]).as_deref(), Some("kubectl-create"));
        assert_eq!(changer(&[]), None);
    }

    #[test]
    fn paths_are_those_of_the_server_and_names_are_encoded() {
        let bindings = Api {
            group_version: "rbac.authorization.k8s.io/v1",
            kind: "RoleBinding",
            plural: "rolebindings",
        };
        let secrets = Api { group_version: "v1", kind: "Secret", plural: "secrets" };
        assert_eq!(
            bindings.path_of(&ObjectPlace::namespaced("team", "a:b?c")),
            "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings/a:b%3Fc"
        );
        assert_eq!(secrets.path(Some("team")), "/api/v1/namespaces/team/secrets");
    }
}
