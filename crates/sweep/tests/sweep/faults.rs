//! The faults that the sweep was made to find, each with the smallest history that shows it. Whoever brings one of them back, by whatever
//! change, is told here first.

use std::sync::Mutex;

use sweep::{
    fault::Fault,
    history::{History, Route, Run, Step},
    sweep::all_faults,
    things::{Kind, Thing, Things},
};

/// One fault.
struct Known {
    name: &'static str,
    route: Route,
    steps: Vec<Step>,
    faults: &'static [Fault],
}

/// The address leads to another cluster, for good or for one request.
const MOVED: &[Fault] = &[Fault::Swapped, Fault::Astray];

fn one(thing: Thing) -> Things {
    Things::from([("a".to_owned(), thing)])
}

fn renamed(thing: Thing) -> Things {
    Things::from([("b".to_owned(), thing)])
}

/// The same in both clusters.
fn both(thing: &Thing) -> Things {
    Things::from([("a".to_owned(), thing.clone()), ("b".to_owned(), Thing { cluster: 1, ..thing.clone() })])
}

fn apply(things: Things) -> Step {
    Step::Apply(Run { things, ..Run::default() })
}

fn destroy_without_refresh() -> Step {
    Step::Apply(Run { no_refresh: true, ..Run::default() })
}

/// An address that leads to another cluster.
fn identity() -> Vec<Known> {
    let known = |name, steps, faults| Known { name, route: Route::Address, steps, faults };
    let mut all = Vec::new();
    for kind in [Kind::ClusterRole, Kind::Namespace, Kind::Account, Kind::ClusterBinding] {
        let thing = Thing::new(kind);
        let labelled = Thing { labels: 1, ..thing.clone() };
        let start = || vec![apply(both(&thing)), Step::Swap];
        let after = |step| [start(), vec![step]].concat();
        all.push(known("plan of another cluster", after(apply(both(&thing))), &[]));
        all.push(known("update of another cluster", after(apply(both(&labelled))), &[]));
        all.push(known("destroy in another cluster", after(apply(Things::new())), &[]));
        all.push(known("destroy without refresh forgets", after(destroy_without_refresh()), &[]));
        let steps = vec![apply(both(&thing)), apply(Things::new())];
        all.push(known("another cluster in between", steps, MOVED));
        let first = vec![apply(one(thing.clone()))];
        all.push(known("another cluster before a first create", first, MOVED));
    }
    let copied = |thing: Thing| vec![apply(one(thing)), Step::Copy, Step::Swap, destroy_without_refresh()];
    all.push(known("a token's Secret of the same name", copied(Thing::new(Kind::Token)), &[]));
    let tokens = vec![apply(both(&Thing::new(Kind::Token))), Step::Swap, destroy_without_refresh()];
    all.push(known("a token in another cluster", tokens, &[]));
    all.push(known("a binding of the same name", copied(Thing::new(Kind::ClusterBinding)), &[]));
    all
}

/// The same where only what the state remembers tells clusters apart: what an import found is remembered too.
fn remembered() -> Vec<Known> {
    let known = |name, steps| Known { name, route: Route::HiddenIssuer, steps, faults: &[] };
    let mut all = Vec::new();
    for kind in [Kind::ClusterRole, Kind::Namespace, Kind::Account, Kind::ClusterBinding] {
        let thing = Thing::new(kind);
        let import = [
            Step::Forget { address: "a".to_owned() },
            Step::Import { address: "a".to_owned(), thing: thing.clone() },
        ];
        let block = Run { things: both(&thing), imports: vec!["a".to_owned()], ..Run::default() };
        let deleted = Step::Outside { thing: thing.clone(), how: Fault::Deleted };
        let wait = Step::Wait { hours: 1 };
        let again = vec![deleted, wait, apply(one(thing.clone()))];
        let first = vec![apply(one(thing.clone()))];
        all.push(known("an import that forgets its cluster", [first, import.to_vec(), again].concat()));
        let imports = [vec![], import.to_vec(), vec![import[0].clone(), Step::Apply(block)]];
        let labelled = Thing { labels: 1, ..thing.clone() };
        for import in imports {
            let after = |step| [vec![apply(both(&thing))], import.clone(), vec![Step::Swap, step]].concat();
            all.push(known("plan of another cluster", after(apply(both(&thing)))));
            all.push(known("update of another cluster", after(apply(both(&labelled)))));
            all.push(known("destroy in another cluster", after(apply(Things::new()))));
            all.push(known("destroy without refresh forgets", after(destroy_without_refresh())));
        }
    }
    let tokens = vec![apply(both(&Thing::new(Kind::Token))), Step::Swap, destroy_without_refresh()];
    all.push(known("a token in another cluster", tokens));
    all
}

/// A rename without a `moved` block: the old address is destroyed beside the create of the new one.
fn turns() -> Vec<Known> {
    let rename = |kind| Known {
        name: "rename",
        route: Route::Managed,
        steps: vec![apply(one(Thing::new(kind))), apply(renamed(Thing::new(kind)))],
        faults: &[Fault::SlowBefore, Fault::SlowAfter],
    };
    let objects = [Kind::ClusterRole, Kind::Namespace, Kind::Account, Kind::ClusterBinding];
    let blocks = [Kind::Oidc, Kind::Authn, Kind::Authz];
    let objects = objects.into_iter().map(rename);
    let half_done = Known {
        name: "rename whose destroy fails",
        faults: &[Fault::OtherMissing],
        ..rename(Kind::Namespace)
    };
    let blocks = blocks.into_iter().map(rename);
    objects.chain(blocks).chain([half_done]).collect()
}

/// A "not found" that is none, and a refusal, which is neither that nor a success.
fn gone() -> Vec<Known> {
    const REFUSED: &[Fault] = &[Fault::Unauthorized, Fault::Login, Fault::Refused, Fault::Blocked];
    const NOT_FOUND: &[Fault] = &[Fault::NoUpstream, Fault::OtherMissing, Fault::NoSuchPage];
    let known = |name, before: Thing, after, faults| Known {
        name,
        route: Route::Managed,
        steps: vec![apply(one(before)), apply(after)],
        faults,
    };
    let mut all = Vec::new();
    for kind in [Kind::Oidc, Kind::Authn, Kind::Token] {
        let thing = Thing::new(kind);
        all.push(known("refresh", thing.clone(), one(thing.clone()), NOT_FOUND));
        all.push(known("destroy", thing.clone(), Things::new(), NOT_FOUND));
    }
    for kind in [Kind::ClusterRole, Kind::Namespace, Kind::Token, Kind::Oidc, Kind::Authn] {
        let thing = Thing::new(kind);
        let changed = Thing { content: 1, labels: 1, ..thing.clone() };
        all.push(known("refusal of a refresh", thing.clone(), one(thing.clone()), REFUSED));
        all.push(known("refusal of a change", thing.clone(), one(changed), REFUSED));
        all.push(known("refusal of a destroy", thing, Things::new(), REFUSED));
    }
    let token = Thing::new(Kind::Token);
    all.push(known("revocation that is refused", token.clone(), Things::new(), &[Fault::Conflict]));
    let revoking = |content| Thing { revoke: true, content, ..token.clone() };
    let rotated = one(revoking(1));
    all.push(known("rotation whose revocation is refused", revoking(0), rotated, &[Fault::Conflict]));
    all
}

/// Notes, unknown ids, and tokens that nobody has.
fn others() -> Vec<Known> {
    const KILLED: &[Fault] = &[Fault::KilledBefore, Fault::KilledAfter];
    let known = |name, steps, faults| Known { name, route: Route::Managed, steps, faults };
    let mut all = Vec::new();
    let namespace = Thing::new(Kind::Namespace);
    let import = Step::Import { address: "a".to_owned(), thing: namespace.clone() };
    let outside = Step::Outside { thing: namespace.clone(), how: Fault::Edited };
    let labelled = Thing { labels: 1, ..namespace };
    all.push(known(
        "notes of a refused update",
        vec![outside, import, apply(one(labelled))],
        &[Fault::Refused],
    ));
    for kind in [Kind::ClusterRole, Kind::Namespace, Kind::Account, Kind::Token, Kind::Oidc, Kind::Authn] {
        let thing = Thing::new(kind);
        let late = Thing { late: true, ..thing.clone() };
        all.push(known("an id that is unknown again", vec![apply(one(thing)), apply(one(late))], &[]));
    }
    let token = Thing::new(Kind::Token);
    let unbound = Thing { firm: true, ..token.clone() };
    all.push(known("killed after the token was issued", vec![apply(one(token.clone()))], KILLED));
    all.push(known("a lost answer to a token", vec![apply(one(token.clone()))], &[Fault::LostAfter]));
    all.push(known("a lost answer to an unbound token", vec![apply(one(unbound))], &[Fault::LostAfter]));
    let forget = Step::Forget { address: "a".to_owned() };
    let forgotten = vec![apply(one(token.clone())), forget, apply(renamed(token))];
    all.push(known("a token that the state forgot", forgotten, &[]));
    let role = vec![apply(one(Thing::new(Kind::ClusterRole)))];
    all.push(known("exists already, and is not found", role.clone(), &[Fault::Contradicts]));
    let login = Known {
        name: "a login in the server's URL",
        route: Route::Kubeconfig,
        steps: role,
        faults: &[Fault::Outage],
    };
    all.push(login);
    all
}

/// Ways to run Terraform that bring things together which are apart else.
fn ways() -> Vec<Known> {
    let known = |name, steps| Known { name, route: Route::Managed, steps, faults: &[] };
    let run = |things: Things| Run { things, ..Run::default() };
    let mut all = Vec::new();
    for kind in [Kind::ClusterRole, Kind::Namespace, Kind::Account, Kind::Oidc] {
        // What is created first takes over what is then destroyed.
        let things = one(Thing { adopt: true, first: true, ..Thing::new(kind) });
        let replace = Step::Apply(Run { replace: vec!["a".to_owned()], ..run(things.clone()) });
        all.push(known("created first, and adopted", vec![apply(things), replace]));
    }
    for kind in [Kind::ClusterRole, Kind::Token, Kind::Oidc] {
        let things = one(Thing::new(kind));
        let foreign = Step::Apply(Run { foreign: true, ..run(things.clone()) });
        all.push(known("a token of another organisation", vec![apply(things), foreign]));
    }
    for kind in [Kind::ClusterRole, Kind::Namespace, Kind::Token, Kind::Authn] {
        let by_data =
            |late| Step::Apply(Run { by_data: true, ..run(one(Thing { late, ..Thing::new(kind) })) });
        all.push(known("a data source that is read late", vec![by_data(false), by_data(true)]));
    }
    // Two tokens of one ServiceAccount, of which the target is one.
    let tokens = |content| {
        let token = Thing::new(Kind::Token);
        let changed = Thing { content, ..token.clone() };
        Things::from([("a".to_owned(), token), ("b".to_owned(), changed)])
    };
    let target = Step::Apply(Run { target: vec!["b".to_owned()], ..run(tokens(1)) });
    all.push(known("a target beside another token", vec![apply(tokens(0)), target]));
    let beside = Run { state: 1, ..run(one(Thing::new(Kind::Authn))) };
    all.push(known("two blocks at once", vec![Step::Together([run(one(Thing::new(Kind::Oidc))), beside])]));
    all
}

/// Lists that serve refreshes: of before what this run wrote, or too old. The seeds differ in after how many refreshes a list is read.
fn pictures() -> Vec<Known> {
    let mut all = Vec::new();
    for kind in [Kind::ClusterRole, Kind::ClusterBinding, Kind::Account, Kind::Namespace] {
        let thing = Thing::new(kind);
        let again = |things| Step::Apply(Run { things, rereads: true, ..Run::default() });
        let changed = Thing { content: 1, labels: 1, ..thing.clone() };
        let name = "a refresh of before a write";
        for after in [one(changed), Things::new()] {
            let steps = vec![apply(both(&thing)), again(after)];
            all.push(Known { name, route: Route::Managed, steps, faults: &[] });
        }
    }
    all
}

/// How the fault is back, if it is.
fn found(known: &Known) -> Option<String> {
    let seeds = if known.steps.iter().flat_map(Step::runs).any(|run| run.rereads) { 1..5 } else { 1..2 };
    let history = |seed| History { seed, route: known.route, steps: known.steps.clone(), fault: None };
    let broken = seeds.flat_map(|seed| all_faults(&history(seed), known.faults).1).next();
    broken.map(|broken| format!("{}:\n{}", known.name, broken.report()))
}

#[test]
fn no_known_fault_is_back() {
    let work = Mutex::new(
        [identity(), remembered(), turns(), gone(), others(), ways(), pictures()].into_iter().flatten(),
    );
    let wrong = Mutex::new(Vec::new());
    let next = || work.lock().expect("no panic inside").next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some(known) = next() {
                    wrong.lock().expect("no panic inside").extend(found(&known));
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic inside");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
