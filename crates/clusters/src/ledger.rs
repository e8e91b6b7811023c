//! The run's ledger: what the refreshes and plans of this run of Terraform found and decided so far, of all its resources. What it applied
//! is kept inside the turn of each thing (`turn`).
//!
//! Terraform plans resources in the order of their references, and those without references in any order. So a plan sees only those before
//! it, and a consequence of two plans is reported by the later one.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::entry::LedgerEntry;

/// What a plan does with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Planned {
    /// Creates it.
    Create,
    /// Keeps it, or changes it in place.
    Keep,
    /// Destroys it.
    Destroy,
    /// Destroys it and creates it again.
    Replace,
}

/// Two resources that plan the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Both create or keep it.
    DeclaredTwice,
    /// One destroys it and the other one creates it: a rename without a `moved` block.
    DestroyedAndCreated,
    /// One destroys what the other one keeps: both have it in the state.
    DestroyedAndKept,
}

/// A name that a binding gives rights to, as Kubernetes has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Name of a user.
    User(String),
    /// Name of a group.
    Group(String),
}

/// What is reported, or tried, once in a run for each cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Checks of the plan were skipped.
    Unchecked,
    /// CoreWeave's API has no such cluster.
    NotFound,
    /// The cluster is not running.
    Status,
    /// The certificate of the cluster's Kubernetes is not verified.
    SkipsVerification,
    /// Nothing shows that the address of the cluster's Kubernetes leads to this cluster.
    Unproved,
    /// A plan could not reach the cluster's Kubernetes by its address.
    OutOfReach,
}

/// A resource that is a token of a ServiceAccount: its cluster and its id.
type TokenResource = (String, String);

/// All records of one run.
#[derive(Debug, Default)]
pub struct Ledger {
    inner: Mutex<Inner>,
    /// Notified of each binding.
    bindings: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    planned: HashMap<LedgerEntry, Planned>,
    /// Things of namespaces, with the namespace as key.
    inside: HashMap<LedgerEntry, BTreeSet<String>>,
    /// Things that the state protects from being destroyed.
    protected: HashSet<LedgerEntry>,
    bound: HashSet<(String, Bound)>,
    /// Issuers as a trust or a discovery document has them.
    issuers: HashSet<(IssuerOf, String)>,
    reported: HashSet<(Topic, String)>,
    /// Things that refreshes found for resources in the state.
    found: HashSet<LedgerEntry>,
    tokens: HashSet<TokenResource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum IssuerOf {
    Trust,
    Document,
}

impl Ledger {
    /// Records that a refresh found the thing for a resource in the state, so that the plan of a tainted one, which has no prior state, can
    /// tell.
    pub fn find(&self, entry: LedgerEntry) {
        self.inner().found.insert(entry);
    }

    /// Whether a refresh of this run found the thing for a resource in the state.
    pub fn is_found(&self, entry: &LedgerEntry) -> bool {
        self.inner().found.contains(entry)
    }

    /// Records that a state has, or is about to have, the token resource with this id.
    pub fn meet_token(&self, cluster_id: &str, id: &str) {
        self.inner().tokens.insert((cluster_id.to_owned(), id.to_owned()));
    }

    /// Whether this run has met the token resource with this id.
    pub fn has_met_token(&self, cluster_id: &str, id: &str) -> bool {
        self.inner().tokens.contains(&(cluster_id.to_owned(), id.to_owned()))
    }

    /// Records the plan of a thing. Returns how it meets the plan of another resource for the same thing. A resource that is planned twice,
    /// to be replaced, is planned as [`Planned::Replace`] the second time.
    pub fn plan(&self, planned: Planned, entry: LedgerEntry) -> Option<Meeting> {
        use Planned::{Create, Destroy, Keep};
        let mut inner = self.inner();
        let meeting = match (inner.planned.get(&entry), planned) {
            (Some(Create | Keep), Create) | (Some(Create), Keep) => Some(Meeting::DeclaredTwice),
            (Some(Destroy), Create) | (Some(Create), Destroy) => Some(Meeting::DestroyedAndCreated),
            (Some(Destroy), Keep) | (Some(Keep), Destroy) => Some(Meeting::DestroyedAndKept),
            _ => None,
        };
        // What one resource destroys and another one creates is there after the apply, without what was in it.
        match meeting {
            Some(Meeting::DestroyedAndCreated) => drop(inner.planned.insert(entry, Planned::Replace)),
            Some(_) if planned != Create => {}
            _ => drop(inner.planned.insert(entry, planned)),
        }
        meeting
    }

    /// Whether a plan so far creates it.
    pub fn is_created(&self, entry: &LedgerEntry) -> bool {
        matches!(self.inner().planned.get(entry), Some(Planned::Create | Planned::Replace))
    }

    /// Whether a plan so far destroys it for good.
    pub fn is_destroyed(&self, entry: &LedgerEntry) -> bool {
        self.inner().planned.get(entry) == Some(&Planned::Destroy)
    }

    /// Records what is in the namespace of this entry and stays there, as it is named in a list. Returns whether a plan so far destroys or
    /// replaces the namespace.
    pub fn stays(&self, entry: &LedgerEntry, planned: Planned, name: String) -> bool {
        let Some(namespace) = entry.namespace() else { return false };
        let mut inner = self.inner();
        let is_lost = match inner.planned.get(&namespace) {
            Some(Planned::Destroy) => true,
            // What is created is created in the new namespace, if it refers to that.
            Some(Planned::Replace) => planned == Planned::Keep,
            _ => false,
        };
        if planned != Planned::Destroy {
            inner.inside.entry(namespace).or_default().insert(name);
        }
        is_lost
    }

    /// What stays in a namespace by the plans so far.
    pub fn inside(&self, namespace: &LedgerEntry) -> Vec<String> {
        self.inner().inside.get(namespace).into_iter().flatten().cloned().collect()
    }

    /// Records that the state protects it from being destroyed.
    pub fn protect(&self, entry: LedgerEntry) {
        self.inner().protected.insert(entry);
    }

    /// Whether the state protects it from being destroyed, as far as it was read in this run.
    pub fn is_protected(&self, entry: &LedgerEntry) -> bool {
        self.inner().protected.contains(entry)
    }

    /// Records names that a binding of this cluster gives rights to.
    pub fn bind(&self, cluster_id: &str, names: impl IntoIterator<Item = Bound>) {
        let of_cluster = names.into_iter().map(|name| (cluster_id.to_owned(), name));
        self.inner().bound.extend(of_cluster);
        self.bindings.notify_waiters();
    }

    /// Whether a binding of this cluster gives rights to a name like this. Waits this long for one that is planned at the same time.
    pub async fn is_bound_within(
        &self,
        limit: Duration,
        cluster_id: &str,
        is_meant: impl Fn(&Bound) -> bool,
    ) -> bool {
        let until_bound = async {
            loop {
                // Notified of all that is bound from here on.
                let another = self.bindings.notified();
                if self.inner().bound.iter().any(|(id, name)| id == cluster_id && is_meant(name)) {
                    return;
                }
                another.await;
            }
        };
        tokio::time::timeout(limit, until_bound).await.is_ok()
    }

    /// Records the issuer of a planned trust. Returns one with almost the same name that a discovery document has.
    pub fn trust(&self, issuer: &str) -> Option<String> {
        self.issuer(IssuerOf::Trust, IssuerOf::Document, issuer)
    }

    /// Records the issuer that a discovery document has. Returns one with almost the same name that a planned trust has.
    pub fn discover(&self, issuer: &str) -> Option<String> {
        self.issuer(IssuerOf::Document, IssuerOf::Trust, issuer)
    }

    fn issuer(&self, own: IssuerOf, others: IssuerOf, issuer: &str) -> Option<String> {
        let mut inner = self.inner();
        inner.issuers.insert((own, issuer.to_owned()));
        let same = |other: &String| other == issuer;
        let mut found = inner.issuers.iter().filter(|(of, _)| *of == others).map(|(_, issuer)| issuer);
        if found.clone().any(same) {
            return None;
        }
        found.find(|other| loosely(other) == loosely(issuer)).cloned()
    }

    /// Records a report. Returns whether it is the first one: true once in a run for each cluster.
    pub fn is_first_report(&self, topic: Topic, cluster_id: &str) -> bool {
        self.inner().reported.insert((topic, cluster_id.to_owned()))
    }

    /// Whether this was reported.
    pub fn is_reported(&self, topic: Topic, cluster_id: &str) -> bool {
        self.inner().reported.contains(&(topic, cluster_id.to_owned()))
    }

    // Whole after a panic too: every change is one insertion.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What two spellings of one issuer have in common.
fn loosely(issuer: &str) -> String {
    issuer.trim().trim_end_matches('/').to_lowercase()
}

#[cfg(test)]
mod tests {
    use kubernetes::{Api, ObjectPlace};

    use super::*;

    const ACCOUNTS: Api = Api { group_version: "v1", kind: "ServiceAccount", plural: "serviceaccounts" };
    const NAMESPACES: Api = Api { group_version: "v1", kind: "Namespace", plural: "namespaces" };

    fn account(namespace: &str) -> LedgerEntry {
        LedgerEntry::of_object("a", ACCOUNTS, ObjectPlace::namespaced(namespace, "ci"))
    }

    fn namespace(name: &str) -> LedgerEntry {
        LedgerEntry::of_object("a", NAMESPACES, ObjectPlace::cluster(name))
    }

    #[test]
    fn a_plan_meets_the_other_plans_for_the_same_thing() {
        use Planned::{Create, Destroy, Keep, Replace};
        for (before, planned, expected) in [
            (Create, Create, Some(Meeting::DeclaredTwice)),
            (Create, Keep, Some(Meeting::DeclaredTwice)),
            (Keep, Create, Some(Meeting::DeclaredTwice)),
            (Create, Destroy, Some(Meeting::DestroyedAndCreated)),
            (Destroy, Create, Some(Meeting::DestroyedAndCreated)),
            (Keep, Destroy, Some(Meeting::DestroyedAndKept)),
            (Destroy, Keep, Some(Meeting::DestroyedAndKept)),
            // A replacement is planned twice.
            (Keep, Replace, None),
            (Keep, Keep, None),
            (Destroy, Destroy, None),
        ] {
            let ledger = Ledger::default();
            assert_eq!(ledger.plan(before, account("shop")), None);
            assert_eq!(ledger.plan(planned, account("shop")), expected, "{before:?} {planned:?}");
            assert_eq!(ledger.plan(Create, account("other")), None);
        }
    }

    #[test]
    fn what_is_destroyed_and_created_again_is_there_after_the_apply() {
        use Planned::{Create, Destroy, Replace};
        for plan in [vec![Create], vec![Replace], vec![Create, Destroy], vec![Destroy, Create]] {
            let ledger = Ledger::default();
            for planned in &plan {
                ledger.plan(*planned, account("shop"));
            }
            assert!(ledger.is_created(&account("shop")), "{plan:?}");
            assert!(!ledger.is_destroyed(&account("shop")), "{plan:?}");
        }
        let ledger = Ledger::default();
        ledger.plan(Destroy, account("shop"));
        assert!(ledger.is_destroyed(&account("shop")) && !ledger.is_created(&account("shop")));
    }

    #[test]
    fn what_stays_in_a_namespace_that_goes_is_found_in_either_order() {
        let stays =
            |ledger: &Ledger, planned| ledger.stays(&account("shop"), planned, "cks_x shop/ci".to_owned());
        for (fate, kept, created) in [(Planned::Destroy, true, true), (Planned::Replace, true, false)] {
            let ledger = Ledger::default();
            assert!(!stays(&ledger, Planned::Keep));
            assert_eq!(ledger.inside(&namespace("shop")), ["cks_x shop/ci"]);
            assert!(ledger.inside(&namespace("other")).is_empty());

            let ledger = Ledger::default();
            ledger.plan(fate, namespace("shop"));
            assert_eq!(stays(&ledger, Planned::Keep), kept);
            assert_eq!(stays(&ledger, Planned::Create), created);
        }
        // A rename of the namespace without a `moved` block.
        for plan in [[Planned::Destroy, Planned::Create], [Planned::Create, Planned::Destroy]] {
            let ledger = Ledger::default();
            for planned in plan {
                ledger.plan(planned, namespace("shop"));
            }
            assert!(stays(&ledger, Planned::Keep) && !stays(&ledger, Planned::Create), "{plan:?}");
        }
        let ledger = Ledger::default();
        ledger.plan(Planned::Keep, namespace("shop"));
        assert!(!stays(&ledger, Planned::Keep) && !stays(&ledger, Planned::Create));
        assert!(!ledger.stays(&namespace("shop"), Planned::Keep, String::new()), "it is in no namespace");
    }

    #[test]
    fn issuers_that_differ_by_a_slash_meet_in_either_order() {
        let (with, without) = ("https://issuer.example.com/", "https://issuer.example.com");
        let ledger = Ledger::default();
        assert_eq!(ledger.trust(without), None);
        assert_eq!(ledger.discover(with).as_deref(), Some(without));
        let ledger = Ledger::default();
        assert_eq!(ledger.discover(with), None);
        assert_eq!(ledger.trust(without).as_deref(), Some(with));
        assert_eq!(ledger.trust("https://Issuer.example.com").as_deref(), Some(with));
        assert_eq!(ledger.trust(with), None);
        assert_eq!(ledger.trust("https://other.example.com"), None);
    }

    #[test]
    fn each_topic_is_reported_once_for_each_cluster() {
        let ledger = Ledger::default();
        assert!(!ledger.is_reported(Topic::Status, "a"));
        assert!(ledger.is_first_report(Topic::Status, "a") && !ledger.is_first_report(Topic::Status, "a"));
        assert!(ledger.is_first_report(Topic::Status, "b") && ledger.is_first_report(Topic::Unchecked, "a"));
        assert!(ledger.is_reported(Topic::Status, "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn bound_names_are_those_of_one_cluster_and_may_come_a_moment_later() {
        let ledger = Ledger::default();
        let is_ada = |name: &Bound| matches!(name, Bound::User(name) if name.starts_with("oidc:"));
        let soon = Duration::from_secs(2);
        let bind = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            ledger.bind("a", [Bound::Group("g".to_owned())]);
            ledger.bind("a", [Bound::User("oidc:ada".to_owned())]);
        };
        let (found, elsewhere, ()) = tokio::join!(
            ledger.is_bound_within(soon, "a", is_ada),
            ledger.is_bound_within(soon, "b", is_ada),
            bind
        );
        assert!(found && !elsewhere);
        assert!(ledger.is_bound_within(Duration::ZERO, "a", |name| matches!(name, Bound::Group(_))).await);
    }

    #[test]
    fn a_token_resource_is_known_by_its_cluster_and_its_id() {
        let ledger = Ledger::default();
        ledger.meet_token("a", "7d4f");
        assert!(ledger.has_met_token("a", "7d4f"));
        assert!(!ledger.has_met_token("b", "7d4f") && !ledger.has_met_token("a", "8d4f"));
    }
}
