//! Messages of the lifecycle of tokens.

use coreweave::Cluster;
use service_account_tokens::{Account, ID_LABEL, State, TokenSecret, rfc3339};
use tfplugin::{Diagnostic, Error, Schema};

use crate::{errors::with_note, resources::cluster_status};

/// An import of a token, which Kubernetes returns only once.
pub(super) fn not_importable<R: Schema>() -> Error {
    Error::new(
        "Tokens cannot be imported",
        format!(
            "Kubernetes returns a token only once, when it issues it, so a {} cannot be imported. Remove the import; the apply then issues a \
             new token. To revoke an existing token, delete the Secret that it is bound to.",
            R::NAME
        ),
    )
}

/// A token that cannot be revoked, and that has not expired.
pub(super) fn stays_valid(account: Account<'_>, expires_at: Option<&String>) -> Diagnostic {
    Diagnostic::warning(
        format!("Token of ServiceAccount {account} stays valid"),
        format!(
            "The token of ServiceAccount {account} was issued with revocable = false, so it cannot be revoked: it is valid until {}. To end it \
             before, delete the ServiceAccount, which ends all its tokens.",
            expires_at.map_or("it expires", String::as_str)
        ),
    )
}

/// A destroy of a token on a cluster that is being deleted.
pub(super) fn left_valid(cluster: &Cluster, account: Account<'_>, id: &str) -> Diagnostic {
    let revoke = format!(
        " Its tokens are valid until then, or until they expire. To revoke those that are bound to a Secret: `kubectl delete secrets --namespace \
         {} --selector {ID_LABEL}={id}`.",
        account.namespace
    );
    cluster_status::was_left(cluster, &format!("the token of ServiceAccount {account}"), &revoke)
}

/// Valid tokens of the same ServiceAccount of which this run does not see the resource.
pub(super) fn others_are_valid<'a>(
    account: Account<'_>,
    secrets: impl IntoIterator<Item = &'a TokenSecret>,
) -> Diagnostic {
    let one = |secret: &TokenSecret| {
        let until = match secret.state {
            State::Issued { expires_at } => rfc3339(expires_at),
            State::Pending | State::Unclear => "it expires".to_owned(),
        };
        format!("\n- {}, token-id {}, valid until {until}", secret.place, secret.id)
    };
    let listed: String = secrets.into_iter().map(one).collect();
    Diagnostic::warning(
        format!("ServiceAccount {account} has other valid tokens"),
        format!(
            "Secrets of tokens of ServiceAccount {account} that this resource does not manage:\n{listed}\n\nNo action is needed for a token whose \
             token-id is the `id` of a resource in a state. If no state has it, the run that issued it ended before it saved its state, or \
             the resource was removed with `terraform state rm` or a `removed` block without destroy. To revoke such a token now, delete \
             its Secret: `kubectl delete secret NAME --namespace {}`.",
            account.namespace
        ),
    )
}

/// A rotation that issued the new token and could not revoke the previous one.
pub(super) fn previous_not_revoked(account: Account<'_>, error: Error) -> Error {
    let note = format!(
        "The new token of ServiceAccount {account} was issued and is in the state. An earlier token is still bound to its Secret, and valid \
         until it expires. The next apply rotates again and revokes all earlier tokens. To revoke it now, delete that Secret with `kubectl \
         delete secret`."
    );
    with_note(error, &note)
}

/// A rotation or destroy that may not look for the Secrets of earlier tokens.
pub(super) fn earlier_not_listed(account: Account<'_>, id: &str, error: Error) -> Error {
    let Account { namespace, .. } = account;
    let note = format!(
        "Earlier tokens of this resource were bound to Secrets, and are valid until they expire or these are deleted; without that permission \
         the provider does not find them. Nothing was changed. Grant `list` on `secrets` in namespace {namespace}, and apply again. Or delete \
         them with other credentials: `kubectl delete secrets --namespace {namespace} --selector {ID_LABEL}={id}`; then remove the resource \
         of ServiceAccount {account} from the state with `terraform state rm`."
    );
    with_note(error, &note)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use kubernetes::ObjectPlace;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn other_valid_tokens_are_named_with_the_command_that_revokes_them() {
        let secret = |name: &str, state| TokenSecret {
            id: "7d4f".to_owned(),
            place: ObjectPlace::namespaced("ci", name),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "deployer".to_owned(),
            for_one_run: false,
            created: 0,
            credential_id: None,
            state,
        };
        let secrets = [
            secret("deployer-token-1", State::Issued { expires_at: 1_800_000_000 }),
            secret("deployer-token-2", State::Unclear),
        ];
        let account = Account { namespace: "ci", name: "deployer" };
        check_messages(
            others_are_valid(account, &secrets),
            &expect![[r#"
            ServiceAccount ci/deployer has other valid tokens @ 
            Secrets of tokens of ServiceAccount ci/deployer that this resource does not manage:

            - ci/deployer-token-1, token-id 7d4f, valid until 2027-01-15T08:00:00Z
            - ci/deployer-token-2, token-id 7d4f, valid until it expires

            No action is needed for a token whose token-id is the `id` of a resource in a state. If no state has it, the run that issued it ended before it saved its state, or the resource was removed with `terraform state rm` or a `removed` block without destroy. To revoke such a token now, delete its Secret: `kubectl delete secret NAME --namespace ci`.
        "#]],
        );
    }
}
