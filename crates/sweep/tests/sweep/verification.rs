//! A kubeconfig that skips the verification of the server's certificate: it is said when something changes, and not on a plan without
//! changes.

use sweep::{
    bench::Bench,
    history::{Route, Run, Step},
    things::{Kind, Thing, Things},
};

/// How often one apply says it.
fn said(bench: &mut Bench, things: &Things) -> usize {
    let before = bench.shown.len();
    let went = bench.step(&Step::Apply(Run { things: things.clone(), ..Run::default() }), None);
    assert!(!went.failed, "{:?}", bench.errors(before));
    let warnings = bench.shown.iter().skip(before);
    warnings.filter(|warning| warning.summary == "The server's certificate is not verified").count()
}

#[test]
fn a_connection_that_is_not_verified_is_said_once_when_something_changes_and_not_before() {
    for kind in [Kind::Namespace, Kind::ClusterRole, Kind::ClusterBinding, Kind::Account, Kind::Token] {
        for skips_verification in [true, false] {
            let mut bench = Bench::new(Route::Kubeconfig, 7);
            bench.skips_verification = skips_verification;
            let thing = Thing::new(kind);
            let changed = match kind {
                Kind::Namespace => Thing { labels: 1, ..thing.clone() },
                _ => Thing { content: 1, ..thing.clone() },
            };
            let [created, changed] = [thing, changed].map(|thing| Things::from([("a".to_owned(), thing)]));
            let once = usize::from(skips_verification);
            assert_eq!(said(&mut bench, &created), once, "create of {kind:?}");
            assert_eq!(said(&mut bench, &created), 0, "no change of {kind:?}");
            assert_eq!(said(&mut bench, &changed), once, "change of {kind:?}");
            assert_eq!(said(&mut bench, &changed), 0, "no change of {kind:?}");
            assert_eq!(said(&mut bench, &Things::new()), once, "destroy of {kind:?}");
        }
    }
}
