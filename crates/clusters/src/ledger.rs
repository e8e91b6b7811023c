//! The run's ledger: what this run of Terraform found and planned, and which tokens of ServiceAccounts it met.
//!
//! An entry is known by the API's own names (group, kind and place, or the member of a cluster), so that two resource types that manage
//! the same thing meet. Plans only warn by it: it has what was planned so far, in whichever order that was.

use std::{
    collections::{HashMap, HashSet},
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

/// A resource that is a token of a ServiceAccount: its cluster and its id.
type TokenResource = (String, String);

impl Entry {
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
}

/// What a plan is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Planned {
    /// Create it.
    Create,
    /// Destroy it.
    Destroy,
}

/// All entries of one run.
#[derive(Debug, Default)]
pub struct Ledger {
    planned: Mutex<HashSet<(Planned, Entry)>>,
    /// How often refreshes found a thing for a resource in the state.
    found: Mutex<HashMap<Entry, u32>>,
    tokens: Mutex<HashSet<TokenResource>>,
}

impl Ledger {
    /// Records what a plan is about to do. Returns what another plan of this run is about to do with the same thing.
    pub fn plan(&self, planned: Planned, entry: Entry) -> Option<Planned> {
        let mut all = self.planned();
        let opposite = match planned {
            Planned::Create => Planned::Destroy,
            Planned::Destroy => Planned::Create,
        };
        if !all.insert((planned, entry.clone())) {
            return Some(planned);
        }
        all.contains(&(opposite, entry)).then_some(opposite)
    }

    /// Whether a plan so far is about to do this.
    pub fn is_planned(&self, planned: Planned, entry: Entry) -> bool {
        self.planned().contains(&(planned, entry))
    }

    /// Records that a refresh found the thing for a resource in the state. Each walk of Terraform refreshes a resource once.
    pub fn find(&self, entry: Entry) {
        *self.found().entry(entry).or_default() += 1;
    }

    /// Whether refreshes of this run found the thing for two resources in the state.
    pub fn is_found_twice(&self, entry: &Entry) -> bool {
        self.found().get(entry).is_some_and(|times| *times > 1)
    }

    /// Records that a state has, or is about to have, the token resource with this id.
    pub fn meet_token(&self, cluster_id: &str, id: &str) {
        self.tokens().insert((cluster_id.to_owned(), id.to_owned()));
    }

    /// Whether this run has met the token resource with this id.
    pub fn has_met_token(&self, cluster_id: &str, id: &str) -> bool {
        self.tokens().contains(&(cluster_id.to_owned(), id.to_owned()))
    }

    // Whole after a panic too: every change is one insertion.
    fn tokens(&self) -> MutexGuard<'_, HashSet<TokenResource>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self) -> MutexGuard<'_, HashMap<Entry, u32>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn planned(&self) -> MutexGuard<'_, HashSet<(Planned, Entry)>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn an_object_is_known_by_group_kind_and_place_in_whichever_version() {
        let of = |group_version, kind| {
            let api = Api { group_version, kind, plural: "ignored" };
            Entry::of_object("a", api, ObjectPlace::namespaced("team", "reader"))
        };
        for other in [
            role("other"),
            Entry::of_object("b", ROLES, ObjectPlace::namespaced("team", "reader")),
            of("example.com/v1", "Role"),
            of("v1", "Role"),
            of("rbac.authorization.k8s.io/v1", "RoleBinding"),
            Entry::of_cluster("a", "Role"),
        ] {
            assert_ne!(other, role("team"));
        }
        assert_eq!(of("rbac.authorization.k8s.io/v2", "Role"), role("team"));
    }

    #[test]
    fn a_thing_of_two_resources_is_found_twice() {
        let ledger = Ledger::default();
        ledger.find(role("team"));
        ledger.find(role("other"));
        assert!(!ledger.is_found_twice(&role("team")));
        ledger.find(role("team"));
        assert!(ledger.is_found_twice(&role("team")) && !ledger.is_found_twice(&role("other")));
    }

    #[test]
    fn a_token_resource_is_known_by_its_cluster_and_its_id() {
        let ledger = Ledger::default();
        ledger.meet_token("a", "7d4f");
        assert!(ledger.has_met_token("a", "7d4f"));
        assert!(!ledger.has_met_token("b", "7d4f") && !ledger.has_met_token("a", "8d4f"));
    }

    #[test]
    fn a_plan_meets_the_other_plans_for_the_same_thing() {
        let ledger = Ledger::default();
        assert_eq!(ledger.plan(Planned::Create, role("team")), None);
        assert!(ledger.is_planned(Planned::Create, role("team")));
        assert!(!ledger.is_planned(Planned::Destroy, role("team")));
        assert_eq!(ledger.plan(Planned::Create, role("team")), Some(Planned::Create));
        assert_eq!(ledger.plan(Planned::Destroy, role("team")), Some(Planned::Create));
        assert_eq!(ledger.plan(Planned::Destroy, role("other")), None);
        assert_eq!(ledger.plan(Planned::Create, role("other")), Some(Planned::Destroy));
    }
}
