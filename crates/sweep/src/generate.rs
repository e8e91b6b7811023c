//! Histories by chance. Numbers are small, so that names and places meet, and shrink to the simplest.

use proptest::{collection::vec, prelude::*};

use crate::{
    fault::Fault,
    history::{History, Route, Run, Step},
    things::{Kind, Spot, Thing, Things},
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
    (kind(), numbers, rarely(), rarely(), rarely(), any::<bool>()).prop_map(
        |(kind, (cluster, namespace, name, content, labels), adopt, late, firm, revoke)| Thing {
            cluster: u8::from(cluster),
            namespace: u8::from(namespace),
            name: if kind == Kind::Token { name } else { name % 2 },
            content,
            labels,
            adopt,
            late,
            firm: firm && kind != Kind::Namespace,
            revoke: revoke && !firm && kind == Kind::Token,
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
        1 => Just(Edit::Replace),
        1 => things().prop_map(Edit::Another),
        1 => Just(Edit::Nothing),
    ]
}

fn edited(things: &Things, edit: &Edit, at: usize) -> (Things, Vec<String>) {
    let mut things = things.clone();
    let Some(address) = things.keys().nth(at % things.len().max(1)).cloned() else {
        return (things, Vec::new());
    };
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
        Edit::Remove => {
            things.remove(&address);
            things = complete(things);
        }
        Edit::Rename => {
            if let Some(thing) = things.remove(&address) {
                things.insert(format!("{address}x"), thing);
            }
        }
        Edit::Replace => return (things, vec![address]),
        Edit::Another(other) => return (other.clone(), Vec::new()),
        Edit::Nothing => {}
    }
    (things, Vec::new())
}

fn outside() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Edited), Just(Fault::Deleted), Just(Fault::Recreated)]
}

#[derive(Clone, Debug)]
enum Move {
    Apply(Edit, usize, bool),
    Destroy(bool),
    Saved(Edit, usize),
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
        6 => (edit(), 0_usize..6, rarely()).prop_map(|(edit, at, no_refresh)| Move::Apply(edit, at, no_refresh)),
        2 => any::<bool>().prop_map(Move::Destroy),
        1 => (edit(), 0_usize..6).prop_map(|(edit, at)| Move::Saved(edit, at)),
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
    let route =
        prop_oneof![4 => Just(Route::Managed), 4 => Just(Route::Address), 1 => Just(Route::Kubeconfig)];
    (0_u64..1_000, route, any::<bool>(), things(), moves()).prop_map(|(seed, route, older, first, moves)| {
        let mut steps = vec![Step::Apply(Run { things: first.clone(), older, ..Run::default() })];
        let mut current = first;
        for one in moves {
            let thing_at = |at: usize| {
                current
                    .iter()
                    .nth(at % current.len().max(1))
                    .map(|(address, thing)| (address.clone(), thing.clone()))
            };
            match one {
                Move::Apply(edit, at, no_refresh) => {
                    let (things, replace) = edited(&current, &edit, at);
                    current.clone_from(&things);
                    steps.push(Step::Apply(Run { things, no_refresh, replace, older, state: 0 }));
                }
                Move::Saved(edit, at) => {
                    let (things, replace) = edited(&current, &edit, at);
                    current.clone_from(&things);
                    steps.push(Step::Save(Run { things, replace, older, ..Run::default() }));
                    steps.push(Step::ApplySaved);
                }
                Move::Destroy(no_refresh) => {
                    current = Things::new();
                    steps.push(Step::Apply(Run { no_refresh, older, ..Run::default() }));
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
                    let things = Things::from([("Token9".to_owned(), token)]);
                    steps.push(Step::Apply(Run { things, state: 1, older, ..Run::default() }));
                }
                Move::Swap => steps.push(Step::Swap),
                Move::Copy => steps.push(Step::Copy),
                Move::Wait => steps.push(Step::Wait { hours: 30 }),
            }
        }
        if !matches!(steps.last(), Some(Step::Apply(_) | Step::ApplySaved)) {
            steps.push(Step::Apply(Run { things: current, older, ..Run::default() }));
        }
        History { seed, route, steps, fault: None }
    })
}
