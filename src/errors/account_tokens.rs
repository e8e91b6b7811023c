//! Messages for errors of tokens of ServiceAccounts.

use service_account_tokens::Error as E;
use tfplugin::Error;

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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn a_token_that_may_have_been_issued_is_said_with_what_ends_it() {
        let error = E::MayBeIssued { error: Box::new(kubernetes::Error::Cancelled) };
        check_messages(
            error.into_diagnostics(),
            &expect![[r#"
            Interrupted @ 
            The operation was interrupted before it was complete. Apply again to continue.

            The token was to be issued with revocable = false. If the request reached the API server, a token is valid that nobody has, until it expires. To end it before, delete the ServiceAccount, which ends all its tokens.
        "#]],
        );
    }
}
