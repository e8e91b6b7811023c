//! A host that refreshes in the process that applies: what its refreshes may not show any more.

use std::time::Duration;

use crate::{
    fault::Fault,
    terraform::{Instance, State, process::Process},
    things::{Spot, spot_of},
    wire::Wire,
};

/// How old what a refresh shows may be, and a moment.
const TOO_OLD: Duration = Duration::from_millis(5_100);

/// Refreshes everything.
pub(super) async fn before(process: &Process, state: &State) {
    for instance in state.values() {
        process.read(instance.type_name, &instance.value, &instance.private).await;
    }
}

/// Refreshes what was there `before` an apply and what is there now, and again after another client has changed one object. Returns what
/// is older than it may be.
pub(super) async fn after(process: &Process, before: &State, now: &State, wire: &Wire) -> Vec<String> {
    let mut wrong = Vec::new();
    for (address, instance) in before.iter().chain(now) {
        let Spot::Object(cluster, place) = spot_of(instance.type_name, &instance.value) else { continue };
        let uid = instance.value.member("uid").as_str().unwrap_or_default();
        let read = process.read(instance.type_name, &instance.value, &instance.private).await;
        let is_same = read.value.member("uid").as_str() == Some(uid);
        if !read.failed() && is_same && !wire.has(cluster, &place, uid) {
            wrong.push(format!("a refresh of {address} shows {uid}, which is gone"));
        }
        let is_new = now.get(address) == Some(instance) && before.get(address) != Some(instance);
        if !read.failed() && is_new && is_same && read.value != instance.value {
            wrong.push(format!("a refresh of {address} does not show what was just written"));
        }
    }
    let shows_drift = |instance: &&Instance| {
        ["cks_rbac_binding", "cks_rbac_role"].contains(&instance.type_name) && !instance.tainted
    };
    let Some(instance) = now.values().find(shows_drift) else { return wrong };
    let Spot::Object(cluster, place) = spot_of(instance.type_name, &instance.value) else { return wrong };
    wire.interfere(cluster, &place, Fault::Edited);
    tokio::time::sleep(TOO_OLD).await;
    let read = process.read(instance.type_name, &instance.value, &instance.private).await;
    if !read.failed() && read.value == instance.value {
        wrong
            .push(format!("a refresh of {place} does not show what another client changed five seconds ago"));
    }
    wrong
}
