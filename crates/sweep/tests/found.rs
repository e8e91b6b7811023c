//! Histories by name.

use sweep::{fault::Fault, history::{History, Route, Run, Step}, sweep::all_faults, things::{Kind, Thing, Things}};

fn one(address: &str, thing: Thing) -> Things {
    Things::from([(address.to_owned(), thing)])
}

fn apply(things: Things) -> Step {
    Step::Apply(Run { things, ..Run::default() })
}

fn histories() -> Vec<(&'static str, Route, Vec<Step>, Vec<Fault>)> {
    use Kind::*;
    let t = Thing::new;
    let there = |thing: Thing| Thing { cluster: 1, ..thing };
    let both = |thing: Thing| Things::from([("a".to_owned(), thing.clone()), ("b".to_owned(), there(thing))]);
    let mut all = vec![];
    for kind in [ClusterRole, Namespace, Account] {
        all.push(("swap, plan", Route::Address, vec![apply(both(t(kind))), Step::Swap, apply(both(t(kind)))], vec![]));
        all.push(("swap, update", Route::Address, vec![apply(both(t(kind))), Step::Swap, apply(both(Thing { labels: 1, ..t(kind) }))], vec![]));
        all.push(("swap, destroy", Route::Address, vec![apply(both(t(kind))), Step::Swap, apply(Things::new())], vec![]));
        all.push(("swap, destroy -refresh=false", Route::Address, vec![apply(both(t(kind))), Step::Swap, Step::Apply(Run { no_refresh: true, ..Run::default() })], vec![]));
        all.push(("swap in between", Route::Address, vec![apply(both(t(kind))), apply(Things::new())], vec![Fault::Swapped]));
        all.push(("rename", Route::Managed, vec![apply(one("a", t(kind))), apply(one("b", t(kind)))], vec![Fault::SlowBefore, Fault::SlowAfter]));
        all.push(("late id", Route::Managed, vec![apply(one("a", t(kind))), apply(one("a", Thing { late: true, ..t(kind) }))], vec![]));
    }
    all.push(("copy, swap, destroy token", Route::Address, vec![apply(one("a", t(Token))), Step::Copy, Step::Swap, Step::Apply(Run { no_refresh: true, ..Run::default() })], vec![]));
    all.push(("copy, swap, destroy role", Route::Address, vec![apply(one("a", t(ClusterRole))), Step::Copy, Step::Swap, Step::Apply(Run { no_refresh: true, ..Run::default() })], vec![]));
    all.push(("swap, destroy token -refresh=false", Route::Address, vec![apply(both(t(Token))), Step::Swap, Step::Apply(Run { no_refresh: true, ..Run::default() })], vec![]));
    for kind in [Oidc, Authn] {
        all.push(("rename", Route::Managed, vec![apply(one("a", t(kind))), apply(one("b", t(kind)))], vec![Fault::SlowBefore, Fault::SlowAfter]));
        all.push(("late id", Route::Managed, vec![apply(one("a", t(kind))), apply(one("a", Thing { late: true, ..t(kind) }))], vec![]));
        all.push(("gone", Route::Managed, vec![apply(one("a", t(kind))), apply(one("a", t(kind)))], vec![Fault::NoUpstream, Fault::OtherMissing]));
        all.push(("gone, destroy", Route::Managed, vec![apply(one("a", t(kind))), apply(Things::new())], vec![Fault::NoUpstream, Fault::OtherMissing]));
    }
    all.push(("late token", Route::Managed, vec![apply(one("a", t(Token))), apply(one("a", Thing { late: true, ..t(Token) }))], vec![]));
    all.push(("gone token", Route::Managed, vec![apply(one("a", t(Token))), apply(one("a", t(Token)))], vec![Fault::NoUpstream, Fault::OtherMissing]));
    all.push(("revoke", Route::Managed, vec![apply(one("a", t(Token))), apply(Things::new())], vec![Fault::Conflict]));
    let rotated = |content| one("a", Thing { revoke: true, content, ..t(Token) });
    all.push(("rotate", Route::Managed, vec![apply(rotated(0)), apply(rotated(1))], vec![Fault::Conflict]));
    all.push(("token", Route::Managed, vec![apply(one("a", t(Token)))], vec![Fault::KilledAfter, Fault::KilledBefore, Fault::LostAfter]));
    all.push(("unbound token", Route::Managed, vec![apply(one("a", Thing { firm: true, ..t(Token) }))], vec![Fault::KilledAfter, Fault::LostAfter]));
    all.push(("forgotten token", Route::Managed, vec![apply(one("a", t(Token))), Step::Forget { address: "a".to_owned() }, apply(one("b", t(Token)))], vec![]));
    let import = Step::Import { address: "a".to_owned(), thing: t(Namespace) };
    let outside = Step::Outside { thing: t(Namespace), how: Fault::Edited };
    all.push(("notes", Route::Managed, vec![outside, import, apply(one("a", Thing { labels: 1, ..t(Namespace) }))], vec![Fault::Refused]));
    all
}

#[test]
fn replay() {
    let Ok(text) = std::env::var("CKS_SWEEP_REPLAY") else { return };
    println!("{}", sweep::sweep::explain(&History::read(&text).expect("a history")));
}

#[test]
fn found() {
    let work = std::sync::Mutex::new(histories().into_iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| loop {
                let next = work.lock().expect("whole").next();
                let Some((name, route, steps, faults)) = next else { return };
                let history = History { seed: 1, route, steps, fault: None };
                let (runs, broken) = all_faults(&history, &faults);
                let mut out = format!("== {name}: {runs} runs, {} broken\n", broken.len());
                for broken in broken.iter().take(3) {
                    out += &format!("   {}\n", broken.history.text());
                    for violation in &broken.violations { out += &format!("      {violation:?}\n"); }
                }
                println!("{out}");
            });
        }
    });
}
