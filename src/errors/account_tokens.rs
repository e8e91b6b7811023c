//! Messages for errors of tokens of ServiceAccounts.

use service_account_tokens::Error as E;
use tfplugin::Error;

use super::ClientError;

impl ClientError for E {
    fn into_diagnostics(self) -> Error {
        let error = self;
        match error {
            E::Kubernetes(error) => (*error).into_diagnostics(),
            E::NoAccount { account } => Error::new(
                "ServiceAccount not found",
                format!(
                    "There is no ServiceAccount {account} in the cluster, or it is being deleted, so that no token can be made. Create it first, \
                     with cks_service_account or otherwise, or correct `namespace` and `service_account`. A reference to what makes it, such as \
                     service_account_uid = cks_service_account.NAME.uid, puts the two in order."
                ),
            )
            .at("service_account"),
            E::OtherAccount { account, expected, found } => Error::new(
                "Another ServiceAccount of the same name",
                format!(
                    "ServiceAccount {account} {} the uid {expected} that this plan was made for: it was deleted and made anew. No token was made. \
                     Make a new plan and apply that; where `service_account_uid` is written out, write the new one.",
                    found.map_or("no longer has".to_owned(), |found| format!("has the uid {found}, and not"))
                ),
            )
            .at("service_account_uid"),
        }
    }
}
