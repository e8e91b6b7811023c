//! The model does what it should. That what is broken is seen, the tests of `check.rs` show.

use sweep::{
    fault::Fault,
    history::{History, Part, Pinned, Route, Run, Step},
    sweep::replay,
    things::{Kind, Thing, Things},
};

fn history(steps: Vec<Step>, fault: Option<Pinned>) -> History {
    History { seed: 1, route: Route::Managed, steps, fault }
}

fn all_kinds() -> Things {
    use Kind::{Account, Authn, Authz, Binding, ClusterBinding, ClusterRole, Namespace, Oidc, Role, Token};
    let of_team = |kind| Thing { namespace: 1, ..Thing::new(kind) };
    let token = Thing { name: 0, ..of_team(Token) };
    let things = [Namespace, ClusterRole, ClusterBinding, Oidc, Authn, Authz].map(Thing::new).into_iter();
    let things = things.chain([Role, Binding, Account].map(of_team)).chain([token]);
    things.map(|thing| (format!("{:?}", thing.kind), thing)).collect()
}

#[test]
fn everything_is_created_changed_and_destroyed() {
    let apply = |things| Step::Apply(Run { things, ..Run::default() });
    let changed: Things = all_kinds()
        .into_iter()
        .map(|(address, thing)| (address, Thing { content: 1, labels: 2, ..thing }))
        .collect();
    for route in [Route::Managed, Route::Address] {
        let steps = [apply(all_kinds()), apply(changed.clone()), apply(Things::new())];
        for end in 1..=steps.len() {
            let history = History { route, ..history(steps[..end].to_vec(), None) };
            assert_eq!(replay(&history), [], "{}", history.text());
        }
    }
}

#[test]
fn a_history_is_read_back_as_printed() {
    let fault = Some(Pinned { part: Part::Apply, request: 3, fault: Fault::LostAfter });
    let history =
        history(vec![Step::Apply(Run { things: all_kinds(), ..Run::default() }), Step::Swap], fault);
    assert_eq!(History::read(&history.text()), Ok(history));
}
