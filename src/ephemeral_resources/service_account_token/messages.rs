//! Messages of the tokens of one run.

use clusters::Doubt;
use kubernetes::ObjectPlace;
use service_account_tokens::{NewToken, rfc3339};
use tfplugin::{Diagnostic, Error};

use super::open_token::OpenToken;
use crate::{
    errors::{not_certainly_deleted, with_note},
    resources::service_account_token::lifetime::spelled,
};

const LONGER: &str = "Set `duration` to more than the longest run takes.";

/// A server that granted less than `duration`.
pub(super) fn shortened(duration: &str, issued: &NewToken) -> Diagnostic {
    let granted = spelled(issued.granted_seconds);
    let detail = format!(
        "`duration` is {duration:?}, and the cluster granted {granted}. The token expires at {}, and cannot be renewed. To remove this warning, \
         set duration = {granted:?}.",
        rfc3339(issued.expires_at),
    );
    Diagnostic::warning("Lifetime of the run's token is shorter than duration", detail).at("duration")
}

/// A run that has taken half of the token's lifetime.
pub(super) fn may_expire(open: &OpenToken) -> Diagnostic {
    Diagnostic::warning(
        format!("Token of ServiceAccount {} may expire during this run", open.account),
        format!(
            "The run has taken half of the token's lifetime. The token expires at {}, and cannot be renewed: requests with it fail from then \
             on. {LONGER}",
            rfc3339(open.expires_at)
        ),
    )
}

/// A run that the token does not cover.
pub(super) fn expires(open: &OpenToken) -> Error {
    Error::new(
        format!("Token of ServiceAccount {} expires before the run ends", open.account),
        format!(
            "The token expires at {}, and cannot be renewed: requests with it fail from then on. {LONGER} Then apply again.",
            rfc3339(open.expires_at)
        ),
    )
}

/// A run that took more than half of the token's lifetime.
pub(super) fn nearly_expired(open: &OpenToken) -> Diagnostic {
    Diagnostic::warning(
        format!("Run took more than half of the lifetime of the token of ServiceAccount {}", open.account),
        format!(
            "The token was revoked at the end of the run. It would have expired at {}, and cannot be renewed: requests of a longer run fail. \
             {LONGER}",
            rfc3339(open.expires_at)
        ),
    )
}

/// A token that expired before its close.
pub(super) fn expired(open: &OpenToken) -> Diagnostic {
    Diagnostic::warning(
        format!("Token of ServiceAccount {} expired during this run", open.account),
        format!("The token expired at {}, before the run ended. {LONGER}", rfc3339(open.expires_at)),
    )
}

/// A close that could not delete the Secret.
pub(super) fn not_revoked(open: &OpenToken, secret: &ObjectPlace, error: Error) -> Error {
    let note = format!(
        "The token of ServiceAccount {} could not be revoked at the end of the run: it is valid until {}. {}",
        open.account,
        rfc3339(open.expires_at),
        what_deletes(open, secret)
    );
    with_note(error, &note)
}

/// A close that did not find the cluster, although it may exist.
pub(super) fn may_be_left(open: &OpenToken, secret: &ObjectPlace, why: &Doubt) -> Error {
    Error::new(
        format!("Token of ServiceAccount {} may be valid after the run", open.account),
        format!(
            "{} If the cluster exists, the token could not be revoked at the end of the run: its Secret is left, and it is valid until {}. {}",
            not_certainly_deleted(&open.cluster_id, why),
            rfc3339(open.expires_at),
            what_deletes(open, secret)
        ),
    )
}

fn what_deletes(open: &OpenToken, secret: &ObjectPlace) -> String {
    format!(
        "The next run that opens a token of this ServiceAccount after that deletes its Secret. To revoke it now: `kubectl delete secret {} \
         --namespace {}`.",
        secret.name, open.namespace
    )
}

/// A close after the cluster was deleted, or while that goes on.
pub(super) fn cluster_ends(open: &OpenToken) -> Diagnostic {
    Diagnostic::warning(
        format!("Token of ServiceAccount {} was not revoked", open.account),
        format!(
            "Cluster {} is deleted, or is being deleted, so the token's Secret was not deleted: the token ends with the cluster. If the deletion \
             of the cluster fails, the token is valid until {}.",
            open.cluster_id,
            rfc3339(open.expires_at)
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use service_account_tokens::SecretRef;

    use super::*;
    use crate::errors::testing::check_messages;

    fn open() -> OpenToken {
        OpenToken {
            cluster_id: "81540112-93fc-4d39-af10-fe6c2f4b8824".to_owned(),
            namespace: "ci".to_owned(),
            account: "ci/deployer".to_owned(),
            secret: Some(SecretRef { name: "deployer-token-1".to_owned(), uid: "u-1".to_owned() }),
            expires_at: 1_800_000_000,
            seconds: 1800,
        }
    }

    #[test]
    fn a_lifetime_that_does_not_cover_the_run_is_said_with_what_to_set() {
        check_messages(
            may_expire(&open()),
            &expect![[r#"
            Token of ServiceAccount ci/deployer may expire during this run @ 
            The run has taken half of the token's lifetime. The token expires at 2027-01-15T08:00:00Z, and cannot be renewed: requests with it fail from then on. Set `duration` to more than the longest run takes.
        "#]],
        );
        check_messages(
            expires(&open()),
            &expect![[r#"
            Token of ServiceAccount ci/deployer expires before the run ends @ 
            The token expires at 2027-01-15T08:00:00Z, and cannot be renewed: requests with it fail from then on. Set `duration` to more than the longest run takes. Then apply again.
        "#]],
        );
        check_messages(
            nearly_expired(&open()),
            &expect![[r#"
            Run took more than half of the lifetime of the token of ServiceAccount ci/deployer @ 
            The token was revoked at the end of the run. It would have expired at 2027-01-15T08:00:00Z, and cannot be renewed: requests of a longer run fail. Set `duration` to more than the longest run takes.
        "#]],
        );
        check_messages(
            expired(&open()),
            &expect![[r#"
            Token of ServiceAccount ci/deployer expired during this run @ 
            The token expired at 2027-01-15T08:00:00Z, before the run ended. Set `duration` to more than the longest run takes.
        "#]],
        );
    }

    #[test]
    fn a_token_that_was_not_revoked_is_said_with_what_revokes_it() {
        let place = ObjectPlace::namespaced("ci", "deployer-token-1");
        check_messages(
            not_revoked(&open(), &place, Error::new("It failed", "Somehow.")),
            &expect![[r#"
            It failed @ 
            Somehow.

            The token of ServiceAccount ci/deployer could not be revoked at the end of the run: it is valid until 2027-01-15T08:00:00Z. The next run that opens a token of this ServiceAccount after that deletes its Secret. To revoke it now: `kubectl delete secret deployer-token-1 --namespace ci`.
        "#]],
        );
        let why = Doubt::OtherOrganisation { expected: "ab1cd2".to_owned(), found: "ffffff".to_owned() };
        check_messages(
            may_be_left(&open(), &place, &why),
            &expect![[r#"
            Token of ServiceAccount ci/deployer may be valid after the run @ 
            CoreWeave's API has no cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 in the organisation of this token. That does not show that it was deleted: the cluster belongs to the organisation ab1cd2, and the token to ffffff. If the cluster exists, the token could not be revoked at the end of the run: its Secret is left, and it is valid until 2027-01-15T08:00:00Z. The next run that opens a token of this ServiceAccount after that deletes its Secret. To revoke it now: `kubectl delete secret deployer-token-1 --namespace ci`.
        "#]],
        );
        check_messages(
            cluster_ends(&open()),
            &expect![[r#"
            Token of ServiceAccount ci/deployer was not revoked @ 
            Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is deleted, or is being deleted, so the token's Secret was not deleted: the token ends with the cluster. If the deletion of the cluster fails, the token is valid until 2027-01-15T08:00:00Z.
        "#]],
        );
    }
}
