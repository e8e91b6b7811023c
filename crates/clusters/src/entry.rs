//! The things of a cluster by name: its members in CoreWeave's API, and the objects of its Kubernetes.
//!
//! An entry is known by the API's own names (group, kind and place, or the member of a cluster), so that two resource types that manage
//! the same thing meet.

use std::fmt;

use kubernetes::{Api, Kind as _, ObjectPlace};

/// A thing that a cluster has once: its `oidc`, or one object of its Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LedgerEntry {
    cluster_id: String,
    thing: Thing,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    Member(&'static str),
    Object { group: &'static str, kind: &'static str, place: ObjectPlace },
}

impl LedgerEntry {
    /// A member of the cluster in CoreWeave's API, such as `oidc`.
    pub fn of_cluster(cluster_id: &str, member: &'static str) -> Self {
        Self { cluster_id: cluster_id.to_owned(), thing: Thing::Member(member) }
    }

    /// Id of the cluster.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// An object of the cluster's Kubernetes. Its API's version does not count: the object is the same in all of them.
    pub fn of_object(cluster_id: &str, api: Api, place: ObjectPlace) -> Self {
        let thing = Thing::Object { group: api.group(), kind: api.kind, place };
        Self { cluster_id: cluster_id.to_owned(), thing }
    }

    /// The namespace that it is in, as an entry.
    pub(super) fn namespace(&self) -> Option<Self> {
        let Thing::Object { place, .. } = &self.thing else { return None };
        let namespace = ObjectPlace::cluster(place.namespace.clone()?);
        Some(Self::of_object(&self.cluster_id, kubernetes::Namespace::api(false), namespace))
    }
}

/// As in a list of things of one cluster: `ServiceAccount shop/ci`.
impl fmt::Display for LedgerEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.thing {
            Thing::Member(name) => out.write_str(name),
            Thing::Object { kind, place, .. } => write!(out, "{kind} {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: Api = Api { group_version: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles" };

    fn role(namespace: &str) -> LedgerEntry {
        LedgerEntry::of_object("a", ROLES, ObjectPlace::namespaced(namespace, "reader"))
    }

    #[test]
    fn an_object_is_known_by_group_kind_and_place_in_whichever_version() {
        let of = |group_version, kind| {
            let api = Api { group_version, kind, plural: "ignored" };
            LedgerEntry::of_object("a", api, ObjectPlace::namespaced("team", "reader"))
        };
        for other in [
            role("other"),
            LedgerEntry::of_object("b", ROLES, ObjectPlace::namespaced("team", "reader")),
            of("example.com/v1", "Role"),
            of("v1", "Role"),
            of("rbac.authorization.k8s.io/v1", "RoleBinding"),
            LedgerEntry::of_cluster("a", "Role"),
        ] {
            assert_ne!(other, role("team"));
        }
        assert_eq!(of("rbac.authorization.k8s.io/v2", "Role"), role("team"));
    }
}
