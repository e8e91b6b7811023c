//! The tokens of one ServiceAccount, from the labels and annotations of their Secrets.

use service_account_tokens::{Account, State, TokenSecret, rfc3339};
use tfplugin::Schema;

use crate::listing::TokenSecrets;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq, Schema)]
pub(crate) struct ListedToken {
    /// Name of the Secret that the token is bound to, in the namespace of the ServiceAccount. Its deletion revokes the token.
    #[schema(computed)]
    secret_name: String,
    /// Id of the token's resource: the `id` of a `cks_service_account_token`, which its previous tokens have too until they expire.
    #[schema(computed)]
    token_id: String,
    /// Id of the token (`jti`), which the cluster's audit logs have as `authentication.kubernetes.io/credential-id`. Null while it is pending.
    #[schema(computed)]
    credential_id: Option<String>,
    /// State by the cluster's clock: `issued`, `expired`, `pending` (the token was not returned yet, or its run was killed), or `unknown`, if
    /// another client changed the Secret's annotations.
    #[schema(computed)]
    state: String,
    /// Time at which the Secret was created, moments before its token was issued (RFC 3339).
    #[schema(computed)]
    created_at: String,
    /// Time of expiry (RFC 3339). Null if it is pending or unknown.
    #[schema(computed)]
    expires_at: Option<String>,
    /// Whether it is the token of an ephemeral resource, which the end of its run revokes.
    #[schema(computed)]
    for_one_run: bool,
}

/// The tokens of this ServiceAccount, in the order of their creation.
pub(super) fn of_account(namespace: &str, name: &str, found: &TokenSecrets) -> Vec<ListedToken> {
    let account = Account { namespace, name };
    let is_of_account = |secret: &&TokenSecret| {
        secret.place.namespace.as_deref() == Some(namespace) && secret.is_of_account(account)
    };
    let mut tokens: Vec<_> =
        found.secrets.iter().filter(is_of_account).map(|secret| of_secret(secret, found.now)).collect();
    tokens.sort_by(|one, other| {
        (&one.created_at, &one.secret_name).cmp(&(&other.created_at, &other.secret_name))
    });
    tokens
}

fn of_secret(secret: &TokenSecret, now: i64) -> ListedToken {
    let (state, expires_at) = match secret.state {
        State::Pending => ("pending", None),
        State::Issued { expires_at } if expires_at < now => ("expired", Some(expires_at)),
        State::Issued { expires_at } => ("issued", Some(expires_at)),
        State::Unclear => ("unknown", None),
    };
    ListedToken {
        secret_name: secret.place.name.clone(),
        token_id: secret.id.clone(),
        credential_id: secret.credential_id.clone(),
        state: state.to_owned(),
        created_at: rfc3339(secret.created),
        expires_at: expires_at.map(rfc3339),
        for_one_run: secret.for_one_run,
    }
}

#[cfg(test)]
mod tests {
    use kubernetes::ObjectPlace;

    use super::*;

    fn secret(namespace: &str, account: &str, created: i64, state: State) -> TokenSecret {
        TokenSecret {
            id: "7d4f".to_owned(),
            place: ObjectPlace::namespaced(namespace, format!("{account}-token-{created}")),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: account.to_owned(),
            created,
            credential_id: None,
            for_one_run: false,
            state,
        }
    }

    #[test]
    fn a_service_account_has_its_own_tokens_with_their_states_by_the_clusters_clock() {
        let found = TokenSecrets {
            now: 1_000,
            secrets: vec![
                secret("ci", "deployer", 60, State::Issued { expires_at: 1_000 }),
                secret("ci", "deployer", 0, State::Issued { expires_at: 999 }),
                secret("ci", "deployer", 120, State::Pending),
                secret("ci", "deployer", 180, State::Unclear),
                secret("ci", "builder", 0, State::Pending),
                secret("shop", "deployer", 0, State::Pending),
            ],
        };
        let tokens = of_account("ci", "deployer", &found);
        let shown: Vec<_> = tokens
            .iter()
            .map(|token| (&*token.created_at, &*token.state, token.expires_at.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("1970-01-01T00:00:00Z", "expired", Some("1970-01-01T00:16:39Z")),
                ("1970-01-01T00:01:00Z", "issued", Some("1970-01-01T00:16:40Z")),
                ("1970-01-01T00:02:00Z", "pending", None),
                ("1970-01-01T00:03:00Z", "unknown", None),
            ]
        );
        assert_eq!(of_account("ci", "deploy", &found), []);
    }
}
