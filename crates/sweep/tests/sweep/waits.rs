//! Waits for a cluster that will not come back: every operation of every kind ends with its cause, and names what it waited for.

use serde_json::json;
use sweep::{
    bench::Bench,
    history::{Route, Run, Step},
    terraform::State,
    things::{Kind, Thing, Things},
    world::CLUSTERS,
};

/// The objects of Kubernetes, and tokens.
const KINDS: [Kind; 7] = [
    Kind::Namespace,
    Kind::ClusterRole,
    Kind::Role,
    Kind::ClusterBinding,
    Kind::Binding,
    Kind::Account,
    Kind::Token,
];

/// What Terraform does while the cluster is down.
#[derive(Clone, Copy, Debug)]
enum Work {
    Refresh,
    Create,
    Update,
    Destroy,
}

fn one(thing: Thing) -> Things {
    Things::from([("a".to_owned(), thing)])
}

/// Kubernetes answers 503 for good, and CoreWeave's API has the cluster in this state.
fn take_down(bench: &mut Bench, status: &str) {
    bench.world.kubernetes.remove(CLUSTERS[0]);
    let cluster = bench.world.coreweave.clusters.get_mut(CLUSTERS[0]).expect("it is there");
    cluster.fields.insert("status".to_owned(), json!(status));
}

#[test]
fn whatever_waits_for_a_kubernetes_that_is_down_ends_with_the_status_of_its_cluster() {
    for kind in KINDS {
        for work in [Work::Refresh, Work::Create, Work::Update, Work::Destroy] {
            let thing = Thing::new(kind);
            let changed = match kind {
                Kind::Namespace => Thing { labels: 1, ..thing.clone() },
                _ => Thing { content: 1, ..thing.clone() },
            };
            let (declared, no_refresh) = match work {
                Work::Refresh => (one(thing.clone()), false),
                Work::Create => (one(thing.clone()), true),
                Work::Update => (one(changed), true),
                Work::Destroy => (Things::new(), true),
            };
            let mut bench = Bench::new(Route::Managed, 7);
            if !matches!(work, Work::Create) {
                let went = bench.step(&Step::Apply(Run { things: one(thing), ..Run::default() }), None);
                assert!(!went.failed, "{kind:?}: {:?}", bench.errors(0));
            }
            take_down(&mut bench, "STATUS_ERROR");
            let (began, told, state) = (bench.world.now, bench.shown.len(), bench.states[0].clone());
            let went = bench.step(&Step::Apply(Run { things: declared, no_refresh, ..Run::default() }), None);
            assert!(went.failed, "{kind:?} {work:?}");
            let errors = bench.errors(told);
            let [error] = errors.as_slice() else { panic!("{kind:?} {work:?}: {errors:?}") };
            let status = format!("Cluster {} is STATUS_ERROR", CLUSTERS[0]);
            assert!(error.contains(&status), "{kind:?} {work:?}: {error}");
            assert!(
                error.contains("HTTP 503") && error.contains(waited_for(kind)),
                "{kind:?} {work:?}: {error}"
            );
            let lasted = (bench.world.now - began) / 1000;
            assert!((30..100).contains(&lasted), "{kind:?} {work:?} took {lasted} s: {error}");
            let values = |state: &State| state.values().map(|it| it.value.clone()).collect::<Vec<_>>();
            assert_eq!(values(&bench.states[0]), values(&state), "{kind:?} {work:?}: the state is kept");
        }
    }
}

/// The object of the first request of an operation.
fn waited_for(kind: Kind) -> &'static str {
    match kind {
        Kind::Namespace => "Namespace team",
        Kind::ClusterRole => "ClusterRole alpha",
        Kind::Role => "Role default/alpha",
        Kind::ClusterBinding => "ClusterRoleBinding alpha",
        Kind::Binding => "RoleBinding default/alpha",
        Kind::Account => "ServiceAccount default/alpha",
        _ => "default",
    }
}

#[test]
fn whatever_waits_for_a_cluster_in_a_terminal_state_names_the_wait_and_the_state() {
    for kind in [Kind::Oidc, Kind::Authn, Kind::Authz] {
        for status in ["STATUS_ERROR", "STATUS_FAILED", "STATUS_UPGRADE_FAILED"] {
            let thing = Thing::new(kind);
            let changed = Thing { content: 1, ..thing.clone() };
            for (existing, declared) in
                [(None, one(thing.clone())), (Some(&thing), one(changed)), (Some(&thing), Things::new())]
            {
                let mut bench = Bench::new(Route::Managed, 7);
                if let Some(existing) = existing {
                    bench.step(&Step::Apply(Run { things: one(existing.clone()), ..Run::default() }), None);
                }
                take_down(&mut bench, status);
                let told = bench.shown.len();
                let went = bench.step(&Step::Apply(Run { things: declared, ..Run::default() }), None);
                let errors = bench.errors(told);
                assert!(went.failed && errors.len() == 1, "{kind:?} {status}: {errors:?}");
                assert!(
                    errors[0].contains(status) && errors[0].contains(CLUSTERS[0]),
                    "{kind:?} {status}: {errors:?}"
                );
            }
        }
    }
}
