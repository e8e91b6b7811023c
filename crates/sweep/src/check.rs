//! The promises: what is checked after each walk, and at the end of a history.

use std::collections::BTreeSet;

use tfplugin::{Diagnostic, Severity};

use crate::{
    fault::Fault,
    record::Record,
    terraform::{Instance, State, plan::Plan},
    things::{Spot, spot_of},
    world::{
        CLUSTERS, World,
        kubernetes::{Place, TOKEN_ID, uid_of},
        tokens::Token,
    },
};

/// A message shows no secret, and is no crash.
pub(crate) fn message(record: &mut Record, diagnostic: &Diagnostic) {
    let text = format!("{} {}", diagnostic.summary, diagnostic.detail);
    if record.world.secrets().iter().any(|secret| text.contains(secret.as_str())) {
        record.violate("no secret is shown", diagnostic.summary.clone());
    }
    if diagnostic.summary == "Provider crashed" || text.contains("bug in the provider") {
        record.violate("nothing crashes", text);
    }
}

/// A refresh keeps what exists, and takes nobody else's for its own.
pub(crate) fn after_refresh(record: &mut Record, before: &State, plan: &Plan, fault: Option<Fault>) {
    let others = fault.is_some_and(Fault::is_another_client);
    for (address, instance) in before {
        if !plan.prior.contains_key(address) && !others && exists(&record.world, instance) {
            record.violate("a state ends with a proof", format!("{address} exists, and the state loses it"));
        }
    }
    check_uids(record, &plan.prior);
}

/// What an apply leaves in the states is of their own clusters. `undisturbed`: for each state, whether all of it must exist.
pub(crate) fn after_apply(record: &mut Record, undisturbed: [bool; 2]) {
    for (state, undisturbed) in record.states.clone().into_iter().zip(undisturbed) {
        check_uids(record, &state);
        for (address, instance) in state.iter().filter(|_| undisturbed) {
            if !exists(&record.world, instance) && !is_said_lost(&record.shown, instance) {
                record.violate(
                    "a successful apply loses nothing",
                    format!("{address} is in the state, and does not exist"),
                );
            }
        }
        for instance in state.values().filter(|instance| instance.type_name.ends_with("_token")) {
            if let Some(token) = instance.value.member("token").as_str() {
                record.seen_tokens.insert(token.to_owned());
            }
        }
    }
}

/// A plan named it as what goes with its namespace.
fn is_said_lost(shown: &[Diagnostic], instance: &Instance) -> bool {
    let name = match spot_of(instance.type_name, &instance.value) {
        Spot::Object(_, place) => place.name,
        Spot::Token => instance.value.member("service_account").as_str().unwrap_or_default().to_owned(),
        Spot::Block(..) => return false,
    };
    said_of(shown, &name, &["deleted with"])
}

fn check_uids(record: &mut Record, state: &State) {
    for (address, instance) in state {
        let Spot::Object(own, _) = spot_of(instance.type_name, &instance.value) else { continue };
        let uid = instance.value.member("uid").as_str().unwrap_or_default();
        let is_there = |id: &str| {
            let kubernetes = record.world.kubernetes.get(id);
            kubernetes.is_some_and(|it| it.objects.values().any(|object| uid_of(object) == uid))
        };
        if CLUSTERS.into_iter().any(|id| id != own && is_there(id)) {
            record.violate(
                "a state is of its own cluster",
                format!("{address} of cluster {own} takes the uid of an object of another cluster"),
            );
        }
    }
}

/// Whether the very object, block or token of an instance exists.
fn exists(world: &World, instance: &Instance) -> bool {
    match spot_of(instance.type_name, &instance.value) {
        Spot::Object(cluster, place) => {
            let uid = instance.value.member("uid").as_str().unwrap_or_default();
            world.object(cluster, &place).is_some_and(|object| {
                uid_of(object) == uid && object["metadata"].get("deletionTimestamp").is_none()
            })
        }
        Spot::Block(cluster, block) => world.coreweave.block(cluster, block).is_some(),
        Spot::Token => {
            let text = instance.value.member("token").as_str().unwrap_or_default();
            all_tokens(world)
                .any(|(_, token, live)| token.text == text && (live || token.expires <= world.now))
        }
    }
}

fn all_tokens(world: &World) -> impl Iterator<Item = (&str, &Token, bool)> {
    world.kubernetes.iter().flat_map(|(id, kubernetes)| {
        kubernetes.tokens.iter().map(move |token| (id.as_str(), token, kubernetes.is_live(token)))
    })
}

/// Titles that say of an object or block that it is there.
const THERE: [&str; 4] = ["exists", "exist already", "already has", "left"];
/// Titles that say of a token that it lives.
const LIVES: [&str; 5] = ["valid", "live", "not revoked", "left", "still"];

/// Nothing is left behind, and every state tells the truth. `converged`: the states whose last plan was empty.
pub(crate) fn at_the_end(record: &mut Record, converged: &[usize]) {
    let mut found = Vec::new();
    let instances: Vec<&Instance> = record.states.iter().flat_map(State::values).collect();
    let uids: BTreeSet<&str> =
        instances.iter().filter_map(|instance| instance.value.member("uid").as_str()).collect();
    let spots: BTreeSet<String> =
        instances.iter().map(|instance| spot_of(instance.type_name, &instance.value).key()).collect();
    for (id, kubernetes) in &record.world.kubernetes {
        for (place, object) in &kubernetes.objects {
            let uid = uid_of(object);
            let is_token = object["metadata"]["labels"].get(TOKEN_ID).is_some();
            let going = object["metadata"].get("deletionTimestamp").is_some();
            let forgotten = record.forgotten.contains(uid);
            let ours = kubernetes.made.contains_key(uid) && !is_token && !going && !forgotten;
            if ours && !uids.contains(uid) && !said_of(&record.shown, &place.name, &THERE) {
                found.push(("nothing is left behind", format!("{place} of cluster {id} is in no state")));
            }
        }
    }
    for (id, cluster) in &record.world.coreweave.clusters {
        for block in cluster.written.keys() {
            let key = format!("{id}/{block}");
            if !spots.contains(&key)
                && !record.forgotten.contains(&key)
                && !said_of(&record.shown, id, &THERE)
            {
                found.push(("nothing is left behind", format!("{block} of cluster {id} is in no state")));
            }
        }
    }
    for (id, token, live) in all_tokens(&record.world) {
        if let Some(what) = stray(record, id, token, live, &instances) {
            found.push(("every token is in a state, or is found", what));
        }
    }
    for instance in converged.iter().flat_map(|state| record.states[*state].values()) {
        if !exists(&record.world, instance) {
            let what = format!("a {} in the state does not exist, and the plan is empty", instance.type_name);
            found.push(("a state tells the truth", what));
        }
    }
    for (promise, what) in found {
        record.violate(promise, what);
    }
}

/// Why a live token is one that nobody can revoke, if so.
fn stray(
    record: &Record,
    cluster: &str,
    token: &Token,
    live: bool,
    instances: &[&Instance],
) -> Option<String> {
    if !live {
        return None;
    }
    let current =
        instances.iter().any(|instance| instance.value.member("token").as_str() == Some(&token.text));
    if current {
        return None;
    }
    let account = &token.account.0;
    // Nobody applies a token of the same ServiceAccount, which would find it.
    let of_account = |instance: &&&Instance| {
        let is = |name: &str, text: &str| instance.value.member(name).as_str() == Some(text);
        is("cluster_id", cluster)
            && is("namespace", &account.namespace)
            && is("service_account", &account.name)
    };
    if record.forgotten.contains(&token.text) && !instances.iter().any(|instance| of_account(&instance)) {
        return None;
    }
    let Some((secret, _)) = &token.secret else {
        // Nothing on the cluster shows such a token: who removes it from the state loses it.
        if record.forgotten.contains(&token.text) {
            return None;
        }
        // A plan that rotates says how long the previous token is valid.
        let rotated =
            record.seen_tokens.contains(&token.text) && said_of(&record.shown, &account.name, &["rotated"]);
        let said = rotated || said_of(&record.shown, &account.name, &LIVES);
        return (!said).then(|| {
            format!("an unbound token of {account} of cluster {cluster} lives, and nobody was told")
        });
    };
    // It ends with the Secret of a token that is in a state.
    if instances.iter().any(|instance| instance.value.member("secret_name").as_str() == Some(&secret.name)) {
        return None;
    }
    let label = label_of(&record.world, cluster, secret);
    let owner = instances.iter().find(|instance| instance.value.member("id").as_str() == label.as_deref());
    let revokes = owner.is_some_and(|owner| owner.value.member("on_rotation").as_str() == Some("revoke"));
    // The previous token of a rotation is valid until it expires.
    if owner.is_some() && !revokes && record.seen_tokens.contains(&token.text) {
        return None;
    }
    let said = [&secret.name, &account.name].into_iter().any(|name| said_of(&record.shown, name, &LIVES));
    (!said).then(|| {
        format!("the token of {secret} of cluster {cluster} lives, is in no state, and nobody was told")
    })
}

fn label_of(world: &World, cluster: &str, secret: &Place) -> Option<String> {
    let label = world.object(cluster, secret)?["metadata"]["labels"].get(TOKEN_ID)?;
    label.as_str().map(str::to_owned)
}

/// Whether a message names something that is left: the text has its name, and the title has one of these phrases as whole words.
fn said_of(shown: &[Diagnostic], name: &str, phrases: &[&str]) -> bool {
    let in_words = |text: &str| {
        let words: Vec<_> = text.split(|sign: char| !sign.is_alphanumeric()).map(str::to_lowercase).collect();
        format!(" {} ", words.join(" "))
    };
    shown.iter().any(|diagnostic| {
        let text = format!("{} {}", diagnostic.summary, diagnostic.detail);
        let title = in_words(&diagnostic.summary);
        text.contains(name) && phrases.iter().any(|phrase| title.contains(&in_words(phrase)))
    })
}

/// Whether the errors ask the user for a decision, so that applying again cannot help.
pub(crate) fn asks_the_user(shown: &[Diagnostic]) -> bool {
    let titles = [
        "exists already",
        "already has",
        "is protected",
        "declared twice",
        "ServiceAccount not found",
        "Nothing to import",
        "is destroyed although another resource has it",
        "Cannot import non-existent",
    ];
    let errors = shown.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.into_iter().any(|error| titles.iter().any(|title| error.summary.contains(title)))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::{
        bench::Bench,
        history::{Route, Run, Step},
        things::{Kind, Thing, Things, spot_of},
        world::TOKEN,
    };

    /// After an apply without faults of one of each kind.
    fn applied() -> Bench {
        let of_team = |kind| Thing { namespace: 1, ..Thing::new(kind) };
        let things = [
            Thing::new(Kind::Namespace),
            Thing::new(Kind::ClusterRole),
            Thing::new(Kind::Oidc),
            of_team(Kind::Account),
            Thing { name: 0, ..of_team(Kind::Token) },
        ];
        let things: Things = things.into_iter().map(|thing| (format!("{:?}", thing.kind), thing)).collect();
        let mut bench = Bench::new(Route::Managed, 1);
        bench.step(&Step::Apply(Run { things, ..Run::default() }), None);
        assert_eq!((bench.errors(0), &bench.violations[..]), (Vec::new(), &[][..]));
        bench
    }

    /// Where the object of an address is.
    fn place_of(bench: &Bench, address: &str) -> (&'static str, Place) {
        let instance = &bench.states[0][address];
        match spot_of(instance.type_name, &instance.value) {
            Spot::Object(cluster, place) => (cluster, place),
            Spot::Block(..) | Spot::Token => panic!("{address} is no object"),
        }
    }

    fn remove(bench: &mut Bench, address: &str) {
        let (cluster, place) = place_of(bench, address);
        bench.world.kubernetes.get_mut(cluster).expect("a cluster").remove(&place);
    }

    /// What is broken after this was done, by this check.
    #[track_caller]
    fn expect(promise: &str, spoil: impl FnOnce(&mut Bench), check: impl FnOnce(&mut Bench)) {
        let mut bench = applied();
        check_nothing(&mut bench);
        spoil(&mut bench);
        check(&mut bench);
        let found: BTreeSet<_> = bench.violations.iter().map(|violation| violation.promise).collect();
        assert!(found.contains(promise), "{promise}: {found:?}");
    }

    /// All checks of what is sound.
    #[track_caller]
    fn check_nothing(bench: &mut Bench) {
        let message = Diagnostic::error("Cluster not found", "There is none.");
        super::message(bench, &message);
        after_apply(bench, [true; 2]);
        at_the_end(bench, &[0]);
        assert_eq!(bench.violations, []);
    }

    #[test]
    fn what_breaks_a_promise_is_seen() {
        let end = |bench: &mut Bench| at_the_end(bench, &[0]);
        let apply = |bench: &mut Bench| after_apply(bench, [true; 2]);
        expect(
            "no secret is shown",
            |_| (),
            |bench| {
                message(bench, &Diagnostic::warning("Rejected", format!("The token {TOKEN} is old.")));
            },
        );
        expect(
            "nothing crashes",
            |_| (),
            |bench| {
                message(bench, &Diagnostic::error("Provider crashed", ""));
            },
        );
        expect("a successful apply loses nothing", |bench| remove(bench, "ClusterRole"), apply);
        expect("a state tells the truth", |bench| remove(bench, "ClusterRole"), end);
        expect(
            "a state is of its own cluster",
            |bench| {
                let (cluster, place) = place_of(bench, "ClusterRole");
                let object = bench.world.object(cluster, &place).expect("an object").clone();
                let other = CLUSTERS.into_iter().find(|id| *id != cluster).expect("another cluster");
                bench.world.kubernetes.get_mut(other).expect("a cluster").objects.insert(place, object);
            },
            apply,
        );
        for address in ["ClusterRole", "Account", "Oidc"] {
            expect("nothing is left behind", |bench| drop(bench.states[0].remove(address)), end);
        }
        expect("every token is in a state, or is found", |bench| drop(bench.states[0].remove("Token")), end);
    }

    #[test]
    fn what_was_said_is_not_left_behind() {
        let mut bench = applied();
        bench.states[0].remove("ClusterRole");
        bench.shown.push(Diagnostic::warning("ClusterRole alpha was left to the end of its cluster", ""));
        at_the_end(&mut bench, &[0]);
        assert_eq!(bench.violations, []);
    }

    #[test]
    fn a_title_says_something_by_whole_words() {
        let shown =
            [Diagnostic::error("Invalid name", "alpha"), Diagnostic::error("Role does not exist", "alpha")];
        assert!(!said_of(&shown, "alpha", &LIVES) && !said_of(&shown, "alpha", &THERE));
        let shown = [Diagnostic::warning("Other tokens are valid", "alpha")];
        assert!(said_of(&shown, "alpha", &LIVES) && !said_of(&shown, "beta", &LIVES));
    }
}
