//! The run's ledger: what this run of Terraform planned, and what it applied.
//!
//! An entry is known by the API's own names (group, kind and place, or the member of a cluster), so that two resource types that manage
//! the same thing meet. Plans only warn by it: it has what was planned so far, in whichever order that was.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kubernetes::{Api, ObjectPlace};

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
}

/// What a plan is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Planned {
    /// Create it.
    Create,
    /// Destroy it.
    Destroy,
}

/// Another resource of this run applied the same thing: it is declared twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is declared twice")]
pub struct DeclaredTwice;

/// All entries of one run.
#[derive(Debug, Default)]
pub struct Ledger {
    planned: Mutex<HashSet<(Planned, Entry)>>,
    applied: Mutex<HashSet<Entry>>,
}

impl Ledger {
    /// Records what a plan is about to do.
    pub fn plan(&self, planned: Planned, entry: Entry) {
        self.planned().insert((planned, entry));
    }

    /// Whether a plan so far is about to do this.
    pub fn is_planned(&self, planned: Planned, entry: Entry) -> bool {
        self.planned().contains(&(planned, entry))
    }

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
    fn planned(&self) -> MutexGuard<'_, HashSet<(Planned, Entry)>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }

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

    #[test]
    fn a_plan_to_create_is_none_to_destroy() {
        let ledger = Ledger::default();
        ledger.plan(Planned::Create, role("team"));
        assert!(ledger.is_planned(Planned::Create, role("team")));
        assert!(!ledger.is_planned(Planned::Destroy, role("team")));
        assert!(!ledger.is_applied(&role("team")));
    }
}
