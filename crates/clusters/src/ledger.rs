//! The run's ledger: what this run of Terraform applied.
//!
//! An entry is known by the API's own names (group, kind and place, or the member of a cluster), so that two resource types that manage
//! the same thing meet.

use std::{
    collections::HashSet,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kubernetes::{Api, Kind as _, ObjectPlace};

/// A thing that a cluster has once: its `oidc`, or one object of its Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    cluster_id: String,
    thing: Thing,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    Member(&'static str),
    Object { group: &'static str, kind: &'static str, place: ObjectPlace },
}

impl Entry {
    /// A member of the cluster in CoreWeave's API, such as `oidc`.
    pub fn of_cluster(cluster_id: &str, member: &'static str) -> Self {
        Self { cluster_id: cluster_id.to_owned(), thing: Thing::Member(member) }
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
impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.thing {
            Thing::Member(name) => out.write_str(name),
            Thing::Object { kind, place, .. } => write!(out, "{kind} {place}"),
        }
    }
}

/// Another resource of this run applied the same thing: it is declared twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is declared twice")]
pub struct DeclaredTwice;

/// All entries of one run.
#[derive(Debug, Default)]
pub struct Ledger {
    applied: Mutex<HashSet<Entry>>,
}

impl Ledger {
    /// Fails when the entry was applied before.
    pub fn expect_unapplied(&self, entry: &Entry) -> Result<(), DeclaredTwice> {
        if self.is_applied(entry) { Err(DeclaredTwice) } else { Ok(()) }
    }

    /// Records that this run creates or adopts it, so that it is neither created twice nor deleted by a replacement of the same run.
    pub fn apply(&self, entry: Entry) -> Result<(), DeclaredTwice> {
        if self.applied().insert(entry) { Ok(()) } else { Err(DeclaredTwice) }
    }

    /// Whether this run created or adopted it.
    pub fn is_applied(&self, entry: &Entry) -> bool {
        self.applied().contains(entry)
    }

    // Whole after a panic too: every change is one insertion.
    fn applied(&self) -> MutexGuard<'_, HashSet<Entry>> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: Api = Api { group_version: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles" };

    fn role(namespace: &str) -> Entry {
        Entry::of_object("a", ROLES, ObjectPlace::namespaced(namespace, "reader"))
    }

    #[test]
    fn a_thing_is_applied_once() {
        let ledger = Ledger::default();
        assert_eq!(ledger.apply(role("team")), Ok(()));
        assert_eq!(ledger.apply(role("team")), Err(DeclaredTwice));
        assert_eq!(ledger.expect_unapplied(&role("team")), Err(DeclaredTwice));
        assert!(ledger.is_applied(&role("team")));
        let elsewhere = Entry::of_object("b", ROLES, ObjectPlace::namespaced("team", "reader"));
        for other in [role("other"), elsewhere] {
            assert_eq!(ledger.expect_unapplied(&other), Ok(()), "{other:?}");
        }
    }

    #[test]
    fn an_object_is_known_by_group_and_kind_in_whichever_version() {
        let of = |group_version, kind| {
            let api = Api { group_version, kind, plural: "ignored" };
            Entry::of_object("a", api, ObjectPlace::namespaced("team", "reader"))
        };
        let ledger = Ledger::default();
        assert_eq!(ledger.apply(role("team")), Ok(()));
        for other in [
            of("example.com/v1", "Role"),
            of("v1", "Role"),
            of("rbac.authorization.k8s.io/v1", "RoleBinding"),
            Entry::of_cluster("a", "Role"),
        ] {
            assert_eq!(ledger.expect_unapplied(&other), Ok(()), "{other:?}");
        }
        let later = of("rbac.authorization.k8s.io/v2", "Role");
        assert_eq!(ledger.expect_unapplied(&later), Err(DeclaredTwice));
    }
}
