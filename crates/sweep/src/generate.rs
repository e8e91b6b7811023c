//! Histories by chance. Numbers are small, so that names and places meet, and shrink to the simplest.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};

use crate::{
    fault::Fault,
    history::{History, Route, Run, Step},
    things::{Kind, Spot, Thing, Things},
    world::kubernetes::Place,
};

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Namespace,
        Kind::ClusterRole,
        Kind::ClusterBinding,
        Kind::Role,
        Kind::Binding,
        Kind::Account,
        Kind::Token,
        Kind::Oidc,
        Kind::Authn,
        Kind::Authz,
    ])
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

/// Any thing.
pub fn thing() -> impl Strategy<Value = Thing> {
    let numbers = (prop::bool::weighted(0.15), prop::bool::weighted(0.4), 0_u8..3, 0_u8..2, 0_u8..3);
    (kind(), numbers, rarely(), rarely(), rarely(), any::<bool>(), rarely()).prop_map(
        |(kind, (cluster, namespace, name, content, labels), adopt, late, firm, revoke, first)| Thing {
            cluster: u8::from(cluster),
            namespace: u8::from(namespace),
            name: if kind == Kind::Token { name } else { name % 2 },
            content,
            labels,
            adopt,
            late,
            firm: firm && kind != Kind::Namespace,
            revoke: revoke && !firm && kind == Kind::Token,
            first,
            ..Thing::new(kind)
        },
    )
}

/// A configuration in which no place is declared twice.
pub fn things() -> impl Strategy<Value = Things> {
    vec((0_u8..6, thing()), 0..5).prop_map(|listed| {
        let mut things = Things::new();
        for (address, thing) in listed {
            let spot = thing.spot();
            let taken = things.values().any(|other| spot != Spot::Token && other.spot() == spot);
            if !taken {
                things.insert(format!("{:?}{address}", thing.kind), thing);
            }
        }
        complete(things)
    })
}

/// With the namespaces and ServiceAccounts that the others are in or of.
fn complete(mut things: Things) -> Things {
    let needed: Vec<Thing> = things.values().cloned().collect();
    for thing in needed {
        let of_namespace = Thing { cluster: thing.cluster, ..Thing::new(Kind::Namespace) };
        let account = Thing {
            kind: Kind::Account,
            content: 0,
            labels: 0,
            adopt: false,
            late: false,
            firm: false,
            revoke: false,
            first: false,
            ..thing.clone()
        };
        let namespaced = matches!(thing.kind, Kind::Role | Kind::Binding | Kind::Account | Kind::Token);
        if namespaced
            && thing.namespace == 1
            && !things.values().any(|other| other.spot() == of_namespace.spot())
        {
            things.insert(format!("n{}", thing.cluster), of_namespace);
        }
        let is_there = thing.namespace == 0 && thing.name == 2;
        if thing.kind == Kind::Token
            && !is_there
            && !things.values().any(|other| other.spot() == account.spot())
        {
            things.insert(format!("a{}{}{}", thing.cluster, thing.namespace, thing.name), account);
        }
    }
    things
}

/// A change of a configuration.
#[derive(Clone, Debug)]
enum Edit {
    Content,
    Labels,
    Remove,
    Rename,
    /// With a `moved` block.
    Move,
    /// Another name at the same address.
    Name,
    Replace,
    Another(Things),
    Nothing,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        2 => Just(Edit::Content),
        1 => Just(Edit::Labels),
        2 => Just(Edit::Remove),
        2 => Just(Edit::Rename),
        1 => Just(Edit::Move),
        1 => Just(Edit::Name),
        1 => Just(Edit::Replace),
        1 => things().prop_map(Edit::Another),
        1 => Just(Edit::Nothing),
    ]
}

/// The configuration after a change, as a run.
fn edited(things: &Things, edit: &Edit, at: usize) -> Run {
    let mut run = Run { things: things.clone(), ..Run::default() };
    let things = &mut run.things;
    let Some(address) = things.keys().nth(at % things.len().max(1)).cloned() else { return run };
    match edit {
        Edit::Content => {
            if let Some(thing) = things.get_mut(&address) {
                thing.content = 1 - thing.content;
            }
        }
        Edit::Labels => {
            if let Some(thing) = things.get_mut(&address) {
                thing.labels = (thing.labels + 1) % 3;
            }
        }
        Edit::Name => {
            let mut other = things.clone();
            if let Some(thing) = other.get_mut(&address) {
                thing.name = 1 - thing.name.min(1);
            }
            if is_plain(&other) {
                *things = complete(other);
            }
        }
        Edit::Remove => {
            things.remove(&address);
            *things = complete(std::mem::take(things));
        }
        Edit::Rename | Edit::Move => {
            let to = format!("{address}x");
            if let Some(thing) = things.remove(&address) {
                things.insert(to.clone(), thing);
            }
            if matches!(edit, Edit::Move) {
                run.moved.push((address, to));
            }
        }
        Edit::Replace => run.replace.push(address),
        Edit::Another(other) => things.clone_from(other),
        Edit::Nothing => {}
    }
    run
}

/// Whether no place is declared twice.
fn is_plain(things: &Things) -> bool {
    let spots: Vec<Spot> = things.values().map(Thing::spot).filter(|spot| *spot != Spot::Token).collect();
    spots.iter().collect::<BTreeSet<_>>().len() == spots.len()
}

/// How a configuration is applied.
#[derive(Clone, Copy, Debug)]
enum How {
    Plain,
    NoRefresh,
    /// `-target` of one address.
    Target,
    /// An `import` block for one address that the state does not have.
    ImportBlock,
    /// With the CoreWeave token of another organisation.
    Foreign,
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        8 => Just(How::Plain),
        2 => Just(How::NoRefresh),
        2 => Just(How::Target),
        1 => Just(How::ImportBlock),
        1 => Just(How::Foreign),
    ]
}

/// The same run in this way.
fn in_way(run: Run, how: How, at: usize) -> Run {
    let one = run.things.keys().nth(at % run.things.len().max(1)).cloned().into_iter().collect();
    match how {
        How::Plain => run,
        How::NoRefresh => Run { no_refresh: true, ..run },
        How::Target => Run { target: one, ..run },
        How::ImportBlock => Run { imports: one, ..run },
        How::Foreign => Run { foreign: true, ..run },
    }
}

/// Without what is in a place of another configuration.
fn apart(run: Run, other: &Things) -> Run {
    let taken: BTreeSet<Spot> = other.values().map(Thing::spot).collect();
    let is_free = |thing: &Thing| thing.spot() == Spot::Token || !taken.contains(&thing.spot());
    Run { things: run.things.into_iter().filter(|(_, thing)| is_free(thing)).collect(), ..run }
}

/// Those of a second configuration that can be beside the first one: in other places, and of names that it has not.
fn beside<'a>(first: impl Iterator<Item = &'a Thing>, second: Things) -> Things {
    let spots: BTreeSet<Spot> = first.map(Thing::spot).collect();
    let is_free = |thing: &Thing| {
        let namespace = Spot::Object(thing.cluster_id(), Place::new("namespaces", "", "team"));
        let spot = thing.spot();
        spot != namespace && thing.namespace == 0 && (spot == Spot::Token || !spots.contains(&spot))
    };
    let kept: Things = second.into_iter().filter(|(_, thing)| is_free(thing)).collect();
    let has_account = |thing: &Thing| thing.kind != Kind::Token || thing.name == 2;
    kept.into_iter().filter(|(_, thing)| has_account(thing)).collect()
}

fn outside() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Edited), Just(Fault::Deleted), Just(Fault::Recreated)]
}

#[derive(Clone, Debug)]
enum Move {
    Apply(Edit, usize, How),
    Destroy(bool),
    Saved(Edit, usize, How),
    Together(Edit, usize, Things),
    Outside(Fault, usize),
    Forget(usize),
    Import(usize),
    Beside(u8),
    Swap,
    Copy,
    Wait,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (edit(), 0_usize..6, how()).prop_map(|(edit, at, how)| Move::Apply(edit, at, how)),
        2 => any::<bool>().prop_map(Move::Destroy),
        1 => (edit(), 0_usize..6, how()).prop_map(|(edit, at, how)| Move::Saved(edit, at, how)),
        1 => (edit(), 0_usize..6, things()).prop_map(|(edit, at, other)| Move::Together(edit, at, other)),
        1 => (outside(), 0_usize..6).prop_map(|(fault, at)| Move::Outside(fault, at)),
        1 => (0_usize..6).prop_map(Move::Forget),
        1 => (0_usize..6).prop_map(Move::Import),
        1 => (0_u8..2).prop_map(Move::Beside),
        1 => Just(Move::Swap),
        1 => Just(Move::Copy),
        1 => Just(Move::Wait),
    ];
    vec(one, 0..4)
}

/// A history without its fault. Its last step is a run of Terraform.
pub fn history() -> impl Strategy<Value = History> {
    let route = prop_oneof![
        4 => Just(Route::Managed),
        4 => Just(Route::Address),
        1 => Just(Route::Kubeconfig),
        2 => Just(Route::HiddenIssuer),
    ];
    let ways = (any::<bool>(), rarely(), rarely());
    (0_u64..1_000, route, ways, things(), moves()).prop_map(
        |(seed, route, (older, by_data, rereads), first, moves)| {
            let plain =
                |things: &Things| Run { things: things.clone(), older, by_data, rereads, ..Run::default() };
            let mut steps = vec![Step::Apply(plain(&first))];
            let mut current = first;
            let mut second = Things::new();
            for one in moves {
                let thing_at = |at: usize| {
                    current
                        .iter()
                        .nth(at % current.len().max(1))
                        .map(|(address, thing)| (address.clone(), thing.clone()))
                };
                match one {
                    Move::Apply(edit, at, how) => {
                        let run =
                            Run { by_data, rereads, older, ..apart(edited(&current, &edit, at), &second) };
                        current.clone_from(&run.things);
                        let run = in_way(run, how, at);
                        let forgotten = run.imports.iter().cloned().map(|address| Step::Forget { address });
                        steps.extend(forgotten);
                        steps.push(Step::Apply(run));
                    }
                    Move::Saved(edit, at, how) => {
                        let run =
                            Run { by_data, rereads, older, ..apart(edited(&current, &edit, at), &second) };
                        current.clone_from(&run.things);
                        steps.push(Step::Save(in_way(run, how, at)));
                        steps.push(Step::ApplySaved);
                    }
                    Move::Together(edit, at, other) => {
                        let run =
                            Run { by_data, rereads, older, ..apart(edited(&current, &edit, at), &second) };
                        second = beside(current.values().chain(run.things.values()), other);
                        current.clone_from(&run.things);
                        let beside = Run { state: 1, ..plain(&second) };
                        steps.push(Step::Together([run, beside]));
                    }
                    Move::Destroy(no_refresh) => {
                        current = Things::new();
                        steps.push(Step::Apply(Run { no_refresh, ..plain(&current) }));
                    }
                    Move::Outside(how, at) => {
                        if let Some((_, thing)) = thing_at(at) {
                            steps.push(Step::Outside { thing, how });
                        }
                    }
                    Move::Forget(at) => {
                        if let Some((address, _)) = thing_at(at) {
                            steps.push(Step::Forget { address });
                        }
                    }
                    Move::Import(at) => {
                        if let Some((address, thing)) = thing_at(at) {
                            steps.push(Step::Forget { address: address.clone() });
                            steps.push(Step::Import { address, thing });
                        }
                    }
                    // Another state, whose token is of a ServiceAccount that both have tokens of.
                    Move::Beside(content) => {
                        let token = Thing { content, ..Thing::new(Kind::Token) };
                        second.insert("Token9".to_owned(), token);
                        steps.push(Step::Apply(Run { state: 1, ..plain(&second) }));
                    }
                    Move::Swap => steps.push(Step::Swap),
                    Move::Copy => steps.push(Step::Copy),
                    Move::Wait => steps.push(Step::Wait { hours: 30 }),
                }
            }
            if !matches!(steps.last(), Some(Step::Apply(_) | Step::ApplySaved | Step::Together(_))) {
                steps.push(Step::Apply(plain(&current)));
            }
            History { seed, route, steps, fault: None }
        },
    )
}
