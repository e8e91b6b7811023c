//! What the plans of this run have decided so far, of all its resources: what one plan has to know of the others.
//!
//! Terraform plans resources in the order of their references, and those without references in any order. So a plan sees only those before
//! it, and a consequence of two plans is reported by the later one.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::ledger::{DeclaredTwice, Entry};

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

/// A name that a binding gives rights to, as Kubernetes has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Name of a user.
    User(String),
    /// Name of a group.
    Group(String),
}

/// What is said once in a run for each cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Checks of the plan were skipped.
    Unchecked,
    /// CoreWeave's API has no such cluster.
    NotFound,
    /// The cluster is not running.
    Status,
}

/// All plans of one run.
#[derive(Debug, Default)]
pub struct Plans {
    inner: Mutex<Inner>,
    /// Notified of each binding.
    bindings: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    planned: HashMap<Entry, Planned>,
    /// Things of namespaces, with the namespace as key.
    inside: HashMap<Entry, BTreeSet<String>>,
    /// Things that the state protects from being destroyed.
    protected: HashSet<Entry>,
    bound: HashSet<(String, Bound)>,
    /// Issuers as a trust or a discovery document has them.
    issuers: HashSet<(IssuerOf, String)>,
    said: HashSet<(Topic, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum IssuerOf {
    Trust,
    Document,
}

impl Plans {
    /// Records the plan of a thing. Fails if another resource creates or keeps it: it is declared twice. A resource that is planned twice,
    /// to be replaced, is planned as [`Planned::Replace`] the second time.
    pub fn plan(&self, planned: Planned, entry: Entry) -> Result<(), DeclaredTwice> {
        let mut inner = self.inner();
        let before = inner.planned.get(&entry).copied();
        match (before, planned) {
            (Some(Planned::Create | Planned::Keep), Planned::Create)
            | (Some(Planned::Create), Planned::Keep) => return Err(DeclaredTwice),
            // Renamed without a `moved` block: the one that creates it remains.
            (Some(Planned::Create), Planned::Destroy) => {}
            _ => {
                inner.planned.insert(entry, planned);
            }
        }
        Ok(())
    }

    /// Whether a plan so far creates it.
    pub fn is_created(&self, entry: &Entry) -> bool {
        matches!(self.inner().planned.get(entry), Some(Planned::Create | Planned::Replace))
    }

    /// Whether a plan so far destroys it for good.
    pub fn is_destroyed(&self, entry: &Entry) -> bool {
        self.inner().planned.get(entry) == Some(&Planned::Destroy)
    }

    /// Records what is in the namespace of this entry and stays there, as it is named in a list. Returns whether a plan so far destroys or
    /// replaces the namespace.
    pub fn stays(&self, entry: &Entry, planned: Planned, name: String) -> bool {
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
    pub fn inside(&self, namespace: &Entry) -> Vec<String> {
        self.inner().inside.get(namespace).into_iter().flatten().cloned().collect()
    }

    /// Records that the state protects it from being destroyed.
    pub fn protect(&self, entry: Entry) {
        self.inner().protected.insert(entry);
    }

    /// Whether the state protects it from being destroyed, as far as it was read in this run.
    pub fn is_protected(&self, entry: &Entry) -> bool {
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

    /// Whether this is to be said now: true once in a run for each cluster.
    pub fn say(&self, topic: Topic, cluster_id: &str) -> bool {
        self.inner().said.insert((topic, cluster_id.to_owned()))
    }

    /// Whether this was said.
    pub fn was_said(&self, topic: Topic, cluster_id: &str) -> bool {
        self.inner().said.contains(&(topic, cluster_id.to_owned()))
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

    fn account(namespace: &str) -> Entry {
        Entry::of_object("a", ACCOUNTS, ObjectPlace::namespaced(namespace, "ci"))
    }

    fn namespace(name: &str) -> Entry {
        Entry::of_object("a", NAMESPACES, ObjectPlace::cluster(name))
    }

    #[test]
    fn a_thing_is_created_or_kept_by_one_resource() {
        use Planned::{Create, Destroy, Keep, Replace};
        #[track_caller]
        fn check(plans: &[Planned], expected: Result<(), DeclaredTwice>) {
            let known = Plans::default();
            let (last, before) = plans.split_last().expect("some");
            for planned in before {
                known.plan(*planned, account("shop")).expect("it is declared once");
            }
            assert_eq!(known.plan(*last, account("shop")), expected, "{plans:?}");
            assert_eq!(known.plan(Create, account("other")), Ok(()), "{plans:?}");
        }
        for twice in [[Create, Create], [Create, Keep], [Keep, Create]] {
            check(&twice, Err(DeclaredTwice));
        }
        // A replacement is planned twice, and a rename destroys at one address what it creates at another.
        for once in [[Keep, Replace], [Destroy, Create], [Create, Destroy], [Keep, Keep]] {
            check(&once, Ok(()));
        }
    }

    #[test]
    fn a_plan_to_create_is_none_to_destroy() {
        let plans = Plans::default();
        plans.plan(Planned::Create, account("shop")).expect("once");
        assert!(plans.is_created(&account("shop")) && !plans.is_destroyed(&account("shop")));
        plans.plan(Planned::Destroy, account("shop")).expect("a rename");
        assert!(plans.is_created(&account("shop")) && !plans.is_destroyed(&account("shop")));
        plans.plan(Planned::Replace, account("other")).expect("once");
        assert!(plans.is_created(&account("other")) && !plans.is_destroyed(&account("other")));
    }

    #[test]
    fn what_stays_in_a_namespace_that_goes_is_found_in_either_order() {
        let stays =
            |plans: &Plans, planned| plans.stays(&account("shop"), planned, "cks_x shop/ci".to_owned());
        for (fate, kept, created) in [(Planned::Destroy, true, true), (Planned::Replace, true, false)] {
            let plans = Plans::default();
            assert!(!stays(&plans, Planned::Keep));
            assert_eq!(plans.inside(&namespace("shop")), ["cks_x shop/ci"]);
            assert!(plans.inside(&namespace("other")).is_empty());

            let plans = Plans::default();
            plans.plan(fate, namespace("shop")).expect("once");
            assert_eq!(stays(&plans, Planned::Keep), kept);
            assert_eq!(stays(&plans, Planned::Create), created);
        }
        let plans = Plans::default();
        plans.plan(Planned::Keep, namespace("shop")).expect("once");
        assert!(!stays(&plans, Planned::Keep) && !stays(&plans, Planned::Create));
        assert!(!plans.stays(&namespace("shop"), Planned::Keep, String::new()), "it is in no namespace");
    }

    #[test]
    fn issuers_that_differ_by_a_slash_meet_in_either_order() {
        let (with, without) = ("https://issuer.example.com/", "https://issuer.example.com");
        let plans = Plans::default();
        assert_eq!(plans.trust(without), None);
        assert_eq!(plans.discover(with).as_deref(), Some(without));
        let plans = Plans::default();
        assert_eq!(plans.discover(with), None);
        assert_eq!(plans.trust(without).as_deref(), Some(with));
        assert_eq!(plans.trust("https://Issuer.example.com").as_deref(), Some(with));
        assert_eq!(plans.trust(with), None);
        assert_eq!(plans.trust("https://other.example.com"), None);
    }

    #[test]
    fn each_topic_is_said_once_for_each_cluster() {
        let plans = Plans::default();
        assert!(!plans.was_said(Topic::Status, "a"));
        assert!(plans.say(Topic::Status, "a") && !plans.say(Topic::Status, "a"));
        assert!(plans.say(Topic::Status, "b") && plans.say(Topic::Unchecked, "a"));
        assert!(plans.was_said(Topic::Status, "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn bound_names_are_those_of_one_cluster_and_may_come_a_moment_later() {
        let plans = Plans::default();
        let is_ada = |name: &Bound| matches!(name, Bound::User(name) if name.starts_with("oidc:"));
        let soon = Duration::from_secs(2);
        let bind = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            plans.bind("a", [Bound::Group("g".to_owned())]);
            plans.bind("a", [Bound::User("oidc:ada".to_owned())]);
        };
        let (found, elsewhere, ()) = tokio::join!(
            plans.is_bound_within(soon, "a", is_ada),
            plans.is_bound_within(soon, "b", is_ada),
            bind
        );
        assert!(found && !elsewhere);
        assert!(plans.is_bound_within(Duration::ZERO, "a", |name| matches!(name, Bound::Group(_))).await);
    }
}
