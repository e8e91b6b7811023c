//! When a plan rotates the token, with which warning, and which attributes stay known. A pure function of state, private state and
//! configuration.

use std::collections::{BTreeMap, BTreeSet};

use clusters::Clusters;
use tfplugin::{Context, Diagnostic, Diagnostics, Plan, Value};

use super::{
    ServiceAccountToken, ServiceAccountTokenPartial,
    lifetime::{self, Age},
    tracked::{Lost, Tracked},
};
use crate::resources::{object::differs, own_access::Loss};

/// `on_rotation`: the previous token is valid until it expires.
const EXPIRE: &str = "expire";
/// `on_rotation`: the previous token is revoked once its successor exists.
pub(super) const REVOKE: &str = "revoke";

/// Rule for `on_rotation`.
pub(super) fn on_rotation(text: &str) -> Result<(), String> {
    match text {
        EXPIRE | REVOKE => Ok(()),
        other => Err(format!("{other:?} is neither \"expire\" nor \"revoke\".")),
    }
}

/// Only a token that is bound to a Secret can be revoked.
pub(super) fn check(config: &ServiceAccountTokenPartial, report: &mut Diagnostics) {
    let revokes = matches!(&config.on_rotation, Value::Known(choice) if choice == REVOKE);
    if revokes && config.revocable == Value::Known(false) {
        report.push(
            Diagnostic::error(
                "on_rotation = \"revoke\" requires revocable",
                "With revocable = false the token is not bound to a Secret, so it cannot be revoked. Remove one of the two.",
            )
            .at("on_rotation"),
        );
    }
}

/// Keeps the values of the state unless the token is rotated, and warns about a rotation. Returns what the plan does to the
/// current token, if it may end it.
pub(super) fn plan(plan: &mut Plan<ServiceAccountToken>, context: &Context<Clusters>) -> Option<Loss> {
    let Some(prior) = &plan.prior else { return None };
    let planned = &mut plan.planned;
    if is_moved(prior, planned) {
        // A new resource: all values are new.
        return is_replaced(prior, planned).then_some(Loss::Replaced);
    }
    planned.id = prior.id.clone();
    let tracked = Tracked::remembered(prior, context);
    let reasons = reasons(&plan.config, prior, planned, &tracked);
    if plan.config.service_account_uid.is_null()
        && (reasons.is_empty() || tracked.lost != Some(Lost::Account))
    {
        planned.service_account_uid = prior.service_account_uid.clone();
    }
    if reasons.is_empty() {
        planned.token = prior.token.clone().map(Into::into);
        planned.issued_at = prior.issued_at.clone();
        planned.expires_at = prior.expires_at.clone();
        planned.credential_id = prior.credential_id.clone();
        planned.secret_name = prior.secret_name.clone();
        return None;
    }
    context.warn(warning(prior, planned, &reasons, &tracked));
    (planned.on_rotation.is_unknown() || revokes(planned)).then_some(Loss::Revoked)
}

fn revokes(planned: &ServiceAccountTokenPartial) -> bool {
    planned.on_rotation.as_known().is_some_and(|choice| choice == REVOKE)
}

/// Whether it is certain that the plan replaces the resource.
fn is_replaced(prior: &ServiceAccountToken, planned: &ServiceAccountTokenPartial) -> bool {
    differs(&planned.cluster_id, Some(&prior.cluster_id))
        || differs(&planned.namespace, Some(&prior.namespace))
        || differs(&planned.service_account, Some(&prior.service_account))
}

fn is_moved(prior: &ServiceAccountToken, planned: &ServiceAccountTokenPartial) -> bool {
    let differs = |planned: &Value<String>, prior: &String| planned.as_known() != Some(prior);
    differs(&planned.cluster_id, &prior.cluster_id)
        || differs(&planned.namespace, &prior.namespace)
        || differs(&planned.service_account, &prior.service_account)
}

/// Why the token is rotated; empty if it is not.
fn reasons(
    config: &ServiceAccountTokenPartial,
    prior: &ServiceAccountToken,
    planned: &ServiceAccountTokenPartial,
    tracked: &Tracked,
) -> Vec<String> {
    let mut reasons: Vec<_> = due(prior, planned, tracked).into_iter().collect();
    let (mut changed, mut unknown) = (Vec::new(), Vec::new());
    for (name, change) in changes(config, prior, planned) {
        match change {
            Change::None => {}
            Change::Known => changed.push(format!("`{name}`")),
            Change::Unknown => unknown.push(format!("`{name}`")),
        }
    }
    if !changed.is_empty() {
        reasons.push(format!("{} changed", changed.join(", ")));
    }
    if !unknown.is_empty() {
        reasons.push(format!("{} may change, which is known only after apply", unknown.join(", ")));
    }
    reasons
}

/// Why it is rotated without a change of the configuration.
fn due(
    prior: &ServiceAccountToken,
    planned: &ServiceAccountTokenPartial,
    tracked: &Tracked,
) -> Option<String> {
    let rotate_before = planned.rotate_before.as_known().map(String::as_str);
    let expires_at = prior.expires_at.as_known().map_or("", String::as_str);
    let age = lifetime::age(prior, rotate_before, tracked);
    if age == Age::Expired {
        return Some(format!("it expired at {expires_at}"));
    }
    let account = prior.account();
    let secret = prior.secret().map(|place| place.to_string()).unwrap_or_default();
    match (tracked.lost, age) {
        (Some(Lost::Secret), _) => Some(format!("its Secret {secret} was deleted")),
        (Some(Lost::SecretReplaced), _) => {
            Some(format!("its Secret {secret} was re-created by another client"))
        }
        (Some(Lost::Account), _) => {
            Some(format!("ServiceAccount {account} was deleted; re-create it before the apply"))
        }
        (Some(Lost::AccountReplaced), _) => Some(format!("ServiceAccount {account} was re-created")),
        (None, _) if tracked.is_previous_valid() && revokes(planned) => {
            Some("the previous token could not be revoked (`on_rotation` = \"revoke\")".to_owned())
        }
        (None, Age::InWindow(window)) => Some(format!(
            "it expires at {expires_at}, which was at most {} after the last refresh (`rotate_before`)",
            lifetime::spelled(window)
        )),
        (None, _) => None,
    }
}

/// Whether an argument changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Known,
    Unknown,
}

/// Compares a planned value, `None` if it is not wholly known, with that of the state.
fn change<T: PartialEq>(planned: Option<T>, prior: &T) -> Change {
    match planned {
        None => Change::Unknown,
        Some(planned) if planned == *prior => Change::None,
        Some(_) => Change::Known,
    }
}

/// The arguments that are part of the token, and `rotate_before`: an unknown one may cause a rotation.
fn changes(
    config: &ServiceAccountTokenPartial,
    prior: &ServiceAccountToken,
    planned: &ServiceAccountTokenPartial,
) -> [(&'static str, Change); 6] {
    let uid = match &config.service_account_uid {
        Value::Null => Change::None,
        Value::Unknown => Change::Unknown,
        given @ Value::Known(_) => change(Some(given.clone()), &prior.service_account_uid),
    };
    let duration = (!planned.duration.is_unknown()).then(|| planned.duration.clone().known());
    // An empty set and null are the same.
    let audiences = prior.audiences.clone().unwrap_or_default();
    let triggers = prior.rotation_triggers.clone().unwrap_or_default();
    let rotate_before = if planned.rotate_before.is_unknown() { Change::Unknown } else { Change::None };
    [
        ("service_account_uid", uid),
        ("duration", change(duration, &prior.duration)),
        ("audiences", change(known_set(&planned.audiences), &audiences)),
        ("rotation_triggers", change(known_map(&planned.rotation_triggers), &triggers)),
        ("revocable", change(planned.revocable.as_known().copied(), &prior.revocable)),
        ("rotate_before", rotate_before),
    ]
}

fn known_set(planned: &Value<Vec<Value<String>>>) -> Option<BTreeSet<String>> {
    match planned {
        Value::Unknown => None,
        Value::Null => Some(BTreeSet::new()),
        Value::Known(elements) => elements.iter().map(|element| element.as_known().cloned()).collect(),
    }
}

fn known_map(planned: &Value<BTreeMap<String, Value<String>>>) -> Option<BTreeMap<String, String>> {
    let known = |(key, value): (&String, &Value<String>)| Some((key.clone(), value.as_known()?.clone()));
    match planned {
        Value::Unknown => None,
        Value::Null => Some(BTreeMap::new()),
        Value::Known(entries) => entries.iter().map(known).collect(),
    }
}

/// The warning about a rotation, with the reasons and the end of the previous token.
fn warning(
    prior: &ServiceAccountToken,
    planned: &ServiceAccountTokenPartial,
    reasons: &[String],
    tracked: &Tracked,
) -> Diagnostic {
    let expires_at = prior.expires_at.as_known().map_or("", String::as_str);
    let is_invalid = tracked.is_lost() || lifetime::age(prior, None, tracked) == Age::Expired;
    let previous = match (is_invalid, revokes(planned) && prior.revocable) {
        (true, _) => String::new(),
        (false, true) => {
            " The previous token is revoked once its successor exists (`on_rotation` = \"revoke\")."
                .to_owned()
        }
        (false, false) => format!(" The previous token is valid until {expires_at}."),
    };
    Diagnostic::warning(
        "Token will be rotated",
        format!(
            "The token of ServiceAccount {} will be rotated: {}.{previous}",
            prior.account(),
            reasons.join("; ")
        ),
    )
}

#[cfg(test)]
pub(super) mod tests;
