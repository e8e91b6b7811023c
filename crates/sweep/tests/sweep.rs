//! The sweep itself.

use sweep::{fault::Fault, history::{History, Run, Step}, sweep::all_faults, things::{Kind, Thing, Things}};

#[test]
fn a_thin_sweep() {
    let things = Things::from([
        ("role".to_owned(), Thing::new(Kind::ClusterRole)),
        ("oidc".to_owned(), Thing::new(Kind::Oidc)),
    ]);
    let history = History { seed: 1, route: Default::default(), steps: vec![Step::Apply(Run { things, ..Run::default() })], fault: None };
    let started = std::time::Instant::now();
    let (runs, broken) = all_faults(&history, &Fault::ALL);
    println!("{runs} runs in {:?}", started.elapsed());
    for broken in broken.iter().take(20) {
        println!("{}\n  {:?}", broken.history.text(), broken.violations);
    }
}
