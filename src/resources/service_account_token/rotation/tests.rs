//! When a plan rotates, and with which reasons.

use kubernetes::ObjectPlace;
use service_account_tokens::{NewToken, SecretRef, State, TokenSecret, rfc3339};

use super::{super::tracked::Lost, *};

const ISSUED_AT: i64 = 1_800_000_000;
const LIFETIME: i64 = 3600;

fn known(text: &str) -> Value<String> {
    Value::Known(text.to_owned())
}

pub(in crate::resources::service_account_token) fn prior() -> ServiceAccountToken {
    ServiceAccountToken {
        id: known("7d4f"),
        cluster_id: "81540112".to_owned(),
        namespace: "ci".to_owned(),
        service_account: "deployer".to_owned(),
        service_account_uid: known("u-1"),
        duration: Some("1h".to_owned()),
        audiences: None,
        rotation_triggers: None,
        revocable: true,
        rotate_before: None,
        on_rotation: EXPIRE.to_owned(),
        token: Value::Known("secret".to_owned().into()),
        issued_at: known(&rfc3339(ISSUED_AT)),
        expires_at: known(&rfc3339(ISSUED_AT + LIFETIME)),
        credential_id: known("jti"),
        secret_name: known("deployer-token-1"),
        timeouts: None,
    }
}

fn tracked() -> Tracked {
    Tracked {
        account_uid: "u-1".to_owned(),
        secret: Some(SecretRef { name: "deployer-token-1".to_owned(), uid: "s-1".to_owned() }),
        granted_seconds: LIFETIME,
        checked_at: ISSUED_AT,
        lost: None,
        was_bound: true,
        not_revoked: None,
    }
}

/// A configuration and plan that agree with [`prior`].
fn same() -> ServiceAccountTokenPartial {
    ServiceAccountTokenPartial {
        duration: known("1h"),
        revocable: Value::Known(true),
        on_rotation: known(EXPIRE),
        ..ServiceAccountTokenPartial::default()
    }
}

#[track_caller]
fn check(config: &ServiceAccountTokenPartial, tracked: &Tracked, expected: &[&str]) {
    let found = reasons(config, &prior(), config, tracked);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found:?} does not contain {expected:?}");
    }
}

#[test]
fn a_token_is_rotated_in_its_window_and_after_expiry() {
    let window = ServiceAccountTokenPartial { rotate_before: known("10m"), ..same() };
    let after = |seconds: i64| Tracked { checked_at: ISSUED_AT + seconds, ..tracked() };
    check(&window, &after(LIFETIME - 601), &[]);
    check(&window, &after(LIFETIME - 600), &["at most 10m after the last refresh"]);
    check(&same(), &after(LIFETIME - 1), &[]);
    check(&same(), &after(LIFETIME), &["expired at 2027-01-15T09:00:00Z"]);
    check(&window, &after(LIFETIME), &["expired"]);
}

#[test]
fn a_revoked_token_is_rotated_with_the_reason() {
    for (lost, reason) in [
        (Lost::Secret, "its Secret ci/deployer-token-1 was deleted"),
        (Lost::SecretReplaced, "its Secret ci/deployer-token-1 was re-created by another client"),
        (Lost::Account, "ServiceAccount ci/deployer was deleted; re-create it before the apply"),
        (Lost::AccountReplaced, "ServiceAccount ci/deployer was re-created"),
    ] {
        check(&same(), &Tracked { lost: Some(lost), ..tracked() }, &[reason]);
    }
}

#[test]
fn a_token_is_rotated_again_while_the_previous_one_could_not_be_revoked() {
    let not_revoked = |expires_at| Tracked { not_revoked: Some(expires_at), ..tracked() };
    let revoking = ServiceAccountTokenPartial { on_rotation: known(REVOKE), ..same() };
    check(&revoking, &not_revoked(ISSUED_AT + 1), &["the previous token could not be revoked"]);
    check(&revoking, &not_revoked(ISSUED_AT), &[]);
    check(&same(), &not_revoked(ISSUED_AT + 1), &[]);
}

#[test]
fn the_earlier_token_that_lives_longest_counts_and_one_that_is_unclear_lives_on() {
    let secret = |state| TokenSecret {
        id: "7d4f".to_owned(),
        place: ObjectPlace::namespaced("ci", "deployer-token-0"),
        uid: "s-0".to_owned(),
        resource_version: "7".to_owned(),
        account: "deployer".to_owned(),
        created: 0,
        credential_id: None,
        for_one_run: false,
        state,
    };
    let until = |expires_at| secret(State::Issued { expires_at });
    let year = ISSUED_AT + 365 * 24 * LIFETIME;
    let revoking = ServiceAccountTokenPartial { on_rotation: known(REVOKE), ..same() };
    for (ending, rotates_at, ends_at) in [
        // The previous one has expired, one before it has not.
        (vec![until(year), until(ISSUED_AT)], year - 1, Some(year)),
        (vec![until(ISSUED_AT + 1)], ISSUED_AT, Some(ISSUED_AT + 1)),
        (vec![until(ISSUED_AT), secret(State::Unclear)], year, None),
        (vec![secret(State::Pending)], year, None),
    ] {
        // The current token lives longer than all of them.
        let prior = ServiceAccountToken { expires_at: known(&rfc3339(2 * year)), ..prior() };
        let rotates = |checked_at| {
            let tracked = Tracked { checked_at, ..tracked() }.not_revoking(&ending);
            !reasons(&revoking, &prior, &revoking, &tracked).is_empty()
        };
        assert!(rotates(rotates_at), "{ending:?}");
        assert!(ends_at.is_none_or(|ends_at| !rotates(ends_at)), "{ending:?}");
    }
}

#[test]
fn a_resource_that_ever_had_a_bound_token_remembers_it() {
    let token = |secret: Option<SecretRef>| NewToken {
        token: "secret".to_owned().into(),
        issued_at: ISSUED_AT,
        expires_at: ISSUED_AT + LIFETIME,
        granted_seconds: LIFETIME,
        credential_id: None,
        account_uid: "u-1".to_owned(),
        secret,
        has_twin: false,
    };
    assert!(!Tracked::of(&token(None), false).was_bound);
    let bound = Tracked::of(&token(tracked().secret), false);
    assert!(bound.was_bound);
    assert!(Tracked::of(&token(None), bound.was_bound).was_bound, "after `revocable` became false");
    // Of an earlier state, which does not say.
    let mut stored = serde_json::to_value(Tracked::of(&token(None), false)).expect("JSON");
    stored.as_object_mut().expect("an object").remove("was_bound");
    assert!(serde_json::from_value::<Tracked>(stored).expect("it is read").was_bound);
}

#[test]
fn only_arguments_that_are_part_of_the_token_rotate_it() {
    let trigger = |value: Value<String>| Value::Known(BTreeMap::from([("build".to_owned(), value)]));
    let rotating = [
        (ServiceAccountTokenPartial { duration: known("2h"), ..same() }, "`duration` changed"),
        (ServiceAccountTokenPartial { duration: Value::Null, ..same() }, "`duration` changed"),
        (
            ServiceAccountTokenPartial { audiences: Value::Known(vec![known("vault")]), ..same() },
            "`audiences` changed",
        ),
        (
            ServiceAccountTokenPartial { rotation_triggers: trigger(known("7")), ..same() },
            "`rotation_triggers` changed",
        ),
        (ServiceAccountTokenPartial { revocable: Value::Known(false), ..same() }, "`revocable` changed"),
        (
            ServiceAccountTokenPartial { service_account_uid: known("u-2"), ..same() },
            "`service_account_uid` changed",
        ),
        (ServiceAccountTokenPartial { duration: Value::Unknown, ..same() }, "`duration` may change"),
        (
            ServiceAccountTokenPartial { audiences: Value::Known(vec![Value::Unknown]), ..same() },
            "`audiences` may change",
        ),
        (
            ServiceAccountTokenPartial { rotation_triggers: trigger(Value::Unknown), ..same() },
            "`rotation_triggers` may",
        ),
        (
            ServiceAccountTokenPartial { service_account_uid: Value::Unknown, ..same() },
            "`service_account_uid` may",
        ),
        // The apply may find that the token is in its window, and a value that was planned as known cannot become unknown.
        (
            ServiceAccountTokenPartial { rotate_before: Value::Unknown, ..same() },
            "`rotate_before` may change",
        ),
    ];
    for (config, reason) in rotating {
        check(&config, &tracked(), &[reason]);
    }
    let staying = [
        ServiceAccountTokenPartial { rotate_before: known("30m"), ..same() },
        ServiceAccountTokenPartial { on_rotation: known(REVOKE), ..same() },
        ServiceAccountTokenPartial { audiences: Value::Known(vec![]), ..same() },
        ServiceAccountTokenPartial { rotation_triggers: Value::Known(BTreeMap::new()), ..same() },
        ServiceAccountTokenPartial { service_account_uid: known("u-1"), ..same() },
    ];
    for config in staying {
        check(&config, &tracked(), &[]);
    }
}

#[test]
fn all_reasons_are_in_one_warning_with_the_end_of_the_previous_token() {
    let detail = |planned: &ServiceAccountTokenPartial, tracked: &Tracked| {
        let reasons = reasons(planned, &prior(), planned, tracked);
        warning(&prior(), planned, &reasons, tracked).detail
    };
    let changed =
        ServiceAccountTokenPartial { duration: known("2h"), revocable: Value::Known(false), ..same() };
    assert_eq!(
        detail(&changed, &tracked()),
        "The token of ServiceAccount ci/deployer will be rotated: `duration`, `revocable` changed. The previous token is valid until \
         2027-01-15T09:00:00Z."
    );
    let revoking = ServiceAccountTokenPartial { duration: known("2h"), on_rotation: known(REVOKE), ..same() };
    assert!(
        detail(&revoking, &tracked())
            .ends_with("is revoked once its successor exists (`on_rotation` = \"revoke\").")
    );
    let revoked = Tracked { lost: Some(Lost::Secret), ..tracked() };
    assert!(detail(&revoking, &revoked).ends_with("`duration` changed."), "{}", detail(&revoking, &revoked));
}

#[test]
fn revoke_requires_revocable() {
    #[track_caller]
    fn check(on_rotation: Value<String>, revocable: Value<bool>, complains: bool) {
        let mut report = Diagnostics::default();
        super::check(&ServiceAccountTokenPartial { revocable, on_rotation, ..same() }, &mut report);
        assert_eq!(report.has_errors(), complains);
    }
    check(known(REVOKE), Value::Known(false), true);
    check(known(REVOKE), Value::Null, false);
    check(known(EXPIRE), Value::Known(false), false);
    check(Value::Unknown, Value::Known(false), false);
    check(known(REVOKE), Value::Unknown, false);
    assert!(on_rotation("never").is_err());
}
