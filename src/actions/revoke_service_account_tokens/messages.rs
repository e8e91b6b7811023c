//! Progress and messages of the action.

use kubernetes::Error as KubernetesError;
use service_account_tokens::{Account, GOING, Revoked, State, TokenSecret, rfc3339};
use tfplugin::{Diagnostic, Error};

use crate::errors::ClientError as _;

/// What became of one Secret.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) secret: TokenSecret,
    pub(super) revoked: Result<Revoked, KubernetesError>,
}

/// The tokens that no Secret of this provider tells of.
const OTHERS: &str = "Tokens that are not bound to a Secret of this provider (issued with revocable = false, or by other clients) cannot be \
     revoked, and the cluster has no list of them: they are valid until they expire. To end those too, delete the ServiceAccount.";

/// Progress: what will be revoked.
pub(super) fn found(account: Account<'_>, count: usize) -> String {
    format!("Revoking {} of ServiceAccount {account}", tokens(count))
}

/// Progress: nothing to revoke.
pub(super) fn no_tokens(account: Account<'_>) -> String {
    format!("ServiceAccount {account} has no tokens that are bound to a Secret of this provider. {OTHERS}")
}

/// Progress: no ServiceAccount.
pub(super) fn no_account(account: Account<'_>) -> String {
    format!(
        "There is no ServiceAccount {account}, so none of its tokens is valid. If it should exist, correct `namespace` and \
         `service_account`, and run the action again"
    )
}

/// Progress: the outcome for one Secret.
pub(super) fn line(secret: &TokenSecret, revoked: &Result<Revoked, KubernetesError>, now: i64) -> String {
    let token = described(secret, now);
    match revoked {
        Ok(Revoked::Now) => format!("Revoked: {token}"),
        Ok(Revoked::Going) => format!(
            "Revoked: {token}. Its Secret is kept by a finalizer of another client, so API servers accept the token for up to {} s more",
            GOING.as_secs()
        ),
        Err(error) => format!("Not revoked: {token}: {error}"),
    }
}

/// Progress: the sum, and what was not part of it.
pub(super) fn summary(account: Account<'_>, outcomes: &[Outcome]) -> String {
    format!("{} of ServiceAccount {account} revoked. {OTHERS}", sum(outcomes))
}

/// The Secrets that could not be deleted, if there are any.
pub(super) fn failures(account: Account<'_>, outcomes: Vec<Outcome>) -> Option<Error> {
    let sum = sum(&outcomes);
    let left: Vec<_> = outcomes
        .into_iter()
        .filter_map(|Outcome { secret, revoked }| {
            let why = revoked.err()?.into_diagnostics().into_messages().into_iter().map(|why| why.detail);
            let why = why.collect::<Vec<_>>().join(" ");
            Some(format!("- Secret {}, token valid {}: {why}", secret.place, validity(&secret)))
        })
        .collect();
    (!left.is_empty()).then(|| {
        Error::new(
            format!("Not all tokens of ServiceAccount {account} were revoked"),
            format!(
                "{sum} revoked. These Secrets could not be deleted, so their tokens are still valid:\n\n{}\n\nRemove the cause and run the \
                 action again, which revokes what is left. To revoke one by hand: `kubectl delete secret NAME --namespace {}`.",
                left.join("\n"),
                account.namespace
            ),
        )
    })
}

/// A plan of an action for a ServiceAccount that does not exist.
pub(super) fn account_is_missing(account: Account<'_>) -> Diagnostic {
    Diagnostic::warning(
        "ServiceAccount whose tokens are to be revoked not found",
        format!(
            "There is no ServiceAccount {account} in the cluster, and no cks_service_account that was planned so far creates it. If it was deleted, \
             all its tokens are invalid, and the action has nothing to revoke. Otherwise correct `namespace` and `service_account`."
        ),
    )
    .at("service_account")
}

fn tokens(count: usize) -> String {
    if count == 1 { "1 token".to_owned() } else { format!("{count} tokens") }
}

/// How many of how many were revoked.
fn sum(outcomes: &[Outcome]) -> String {
    let revoked = outcomes.iter().filter(|outcome| outcome.revoked.is_ok()).count();
    format!("{revoked} of {}", tokens(outcomes.len()))
}

/// The Secret, and what tells its token from others.
fn described(secret: &TokenSecret, now: i64) -> String {
    let run = if secret.for_one_run { ", of one run" } else { "" };
    let credential =
        secret.credential_id.as_ref().map_or(String::new(), |id| format!(", credential id {id}"));
    let state = match secret.state {
        State::Pending => "was being issued".to_owned(),
        State::Issued { expires_at } if expires_at < now => format!("expired at {}", rfc3339(expires_at)),
        State::Issued { .. } | State::Unclear => format!("was valid {}", validity(secret)),
    };
    format!("Secret {} (token-id {}{credential}{run}, {state})", secret.place, secret.id)
}

/// As in: valid until it expires.
fn validity(secret: &TokenSecret) -> String {
    match secret.state {
        State::Issued { expires_at } => format!("until {}", rfc3339(expires_at)),
        State::Pending | State::Unclear => "until it expires".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use kubernetes::ObjectPlace;

    use super::*;
    use crate::errors::testing::check_messages;

    const ACCOUNT: Account<'_> = Account { namespace: "ci", name: "deployer" };

    fn secret(name: &str, state: State) -> TokenSecret {
        TokenSecret {
            id: "7d4f".to_owned(),
            place: ObjectPlace::namespaced("ci", name),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "deployer".to_owned(),
            for_one_run: name.ends_with("run"),
            created: 0,
            credential_id: Some("j-1".to_owned()).filter(|_| state != State::Pending),
            state,
        }
    }

    fn interrupted() -> KubernetesError {
        KubernetesError::Cancelled { what: "deleting it".to_owned() }
    }

    #[track_caller]
    fn check(lines: &[String], expected: &Expect) {
        expected.assert_eq(&(lines.join("\n") + "\n"));
    }

    #[test]
    fn progress_has_a_line_for_each_secret_and_what_cannot_be_revoked() {
        const NOW: i64 = 1_800_000_000;
        let issued = |expires_at| State::Issued { expires_at };
        let of = |name: &str, state, revoked| line(&secret(name, state), &revoked, NOW);
        check(
            &[
                found(ACCOUNT, 1),
                of("token-1", issued(NOW), Ok(Revoked::Now)),
                of("token-of-a-run", issued(NOW - 1), Ok(Revoked::Now)),
                of("token-3", State::Unclear, Ok(Revoked::Going)),
                of("token-4", State::Pending, Err(interrupted())),
                summary(ACCOUNT, &[]),
                no_tokens(ACCOUNT),
                no_account(ACCOUNT),
            ],
            &expect![[r#"
                Revoking 1 token of ServiceAccount ci/deployer
                Revoked: Secret ci/token-1 (token-id 7d4f, credential id j-1, was valid until 2027-01-15T08:00:00Z)
                Revoked: Secret ci/token-of-a-run (token-id 7d4f, credential id j-1, of one run, expired at 2027-01-15T07:59:59Z)
                Revoked: Secret ci/token-3 (token-id 7d4f, credential id j-1, was valid until it expires). Its Secret is kept by a finalizer of another client, so API servers accept the token for up to 60 s more
                Not revoked: Secret ci/token-4 (token-id 7d4f, was being issued): cancelled while deleting it
                0 of 0 tokens of ServiceAccount ci/deployer revoked. Tokens that are not bound to a Secret of this provider (issued with revocable = false, or by other clients) cannot be revoked, and the cluster has no list of them: they are valid until they expire. To end those too, delete the ServiceAccount.
                ServiceAccount ci/deployer has no tokens that are bound to a Secret of this provider. Tokens that are not bound to a Secret of this provider (issued with revocable = false, or by other clients) cannot be revoked, and the cluster has no list of them: they are valid until they expire. To end those too, delete the ServiceAccount.
                There is no ServiceAccount ci/deployer, so none of its tokens is valid. If it should exist, correct `namespace` and `service_account`, and run the action again
            "#]],
        );
    }

    #[test]
    fn what_is_left_is_named_with_the_reason_and_what_revokes_it() {
        let outcome = |name: &str, revoked| Outcome {
            secret: secret(name, State::Issued { expires_at: 1_800_000_000 }),
            revoked,
        };
        let gone = || outcome("token-1", Ok(Revoked::Now));
        assert!(failures(ACCOUNT, vec![gone()]).is_none());
        let left = failures(ACCOUNT, vec![gone(), outcome("token-2", Err(interrupted()))]);
        check_messages(
            left.expect("one is left"),
            &expect![[r#"
                Not all tokens of ServiceAccount ci/deployer were revoked @ 
                1 of 2 tokens revoked. These Secrets could not be deleted, so their tokens are still valid:

                - Secret ci/token-2, token valid until 2027-01-15T08:00:00Z: The operation was interrupted while deleting it. Apply again to continue.

                Remove the cause and run the action again, which revokes what is left. To revoke one by hand: `kubectl delete secret NAME --namespace ci`.
            "#]],
        );
    }

    #[test]
    fn a_service_account_that_does_not_exist_is_named() {
        check_messages(
            account_is_missing(ACCOUNT),
            &expect![[r#"
                ServiceAccount whose tokens are to be revoked not found @ service_account
                There is no ServiceAccount ci/deployer in the cluster, and no cks_service_account that was planned so far creates it. If it was deleted, all its tokens are invalid, and the action has nothing to revoke. Otherwise correct `namespace` and `service_account`.
            "#]],
        );
    }
}
