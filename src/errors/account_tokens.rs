//! Messages for errors of tokens of ServiceAccounts, and those that the resource and the ephemeral resource share.

use kubernetes::ObjectPlace;
use service_account_tokens::{Account, Error as E};
use tfplugin::{Diagnostic, Error};

use super::{ClientError, with_note};

impl ClientError for E {
    fn into_diagnostics(self) -> Error {
        let error = self;
        match error {
            E::Kubernetes(error) => (*error).into_diagnostics(),
            E::MayBeIssued { error } => with_note(
                (*error).into_diagnostics(),
                "The token was to be issued with revocable = false. If the request reached the API server, a token is valid that nobody \
                 has, until it expires. To end it before, delete the ServiceAccount, which ends all its tokens.",
            ),
            E::NoAccount { account } => Error::new(
                "ServiceAccount not found",
                format!(
                    "There is no ServiceAccount {account} in the cluster, or it is being deleted, so no token was requested. Create it first, such as \
                     with cks_service_account, or correct `namespace` and `service_account`. If this configuration creates it, set \
                     service_account_uid = cks_service_account.NAME.uid, so that Terraform creates it first."
                ),
            )
            .at("service_account"),
            E::OtherAccount { account, expected, found } => Error::new(
                "ServiceAccount was re-created",
                format!(
                    "ServiceAccount {account} {} the uid {expected} that this plan has: it was deleted and created again. No token was requested. \
                     Create a new plan and apply it. If `service_account_uid` is set to a literal uid, set it to the new one.",
                    found.map_or("no longer has".to_owned(), |found| format!("has the uid {found}, not"))
                ),
            )
            .at("service_account_uid"),
        }
    }
}

/// A token that was requested again after a lost response, and is not bound to a Secret.
pub(crate) fn may_have_twin(account: Account<'_>, expires_at: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("One more token of ServiceAccount {account} may be valid"),
        format!(
            "The response to a request for a token of ServiceAccount {account} was lost, and the request was sent again. If the first one \
             reached the API server, it issued a token that nobody has. With revocable = false it cannot be revoked: it is valid until about \
             {expires_at}. To end it before, delete the ServiceAccount, which ends all its tokens."
        ),
    )
}

/// The Secret of a run that crashed between Secret and token.
pub(crate) fn unfinished_token_revoked(secret: &ObjectPlace) -> Diagnostic {
    Diagnostic::warning(
        "Unfinished token revoked",
        format!(
            "An earlier run created Secret {secret} for a token, and ended before it saved state. The Secret was deleted, which revokes the token. \
             No action is needed."
        ),
    )
}

/// Secrets of earlier runs that could not be deleted.
pub(crate) fn leftovers_kept(account: Account<'_>, error: &kubernetes::Error) -> Diagnostic {
    Diagnostic::warning(
        "Secrets of earlier runs were kept",
        format!(
            "Secrets of unfinished or expired tokens of ServiceAccount {account} could not be deleted: {error}. The next apply that creates, \
             rotates or destroys a token of this ServiceAccount tries again. If the cause persists, correct it."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn a_token_that_may_have_been_issued_is_said_with_what_ends_it() {
        let error =
            E::MayBeIssued { error: Box::new(kubernetes::Error::Cancelled { what: "waiting".to_owned() }) };
        check_messages(
            error.into_diagnostics(),
            &expect![[r#"
                Interrupted @ 
                The operation was interrupted while waiting. Apply again to continue.

                The token was to be issued with revocable = false. If the request reached the API server, a token is valid that nobody has, until it expires. To end it before, delete the ServiceAccount, which ends all its tokens.
            "#]],
        );
    }
}
