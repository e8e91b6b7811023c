//! Whether the provider itself uses a token that the action revokes.

use kubernetes::Identity;
use service_account_tokens::TokenSecret;

use crate::resources::own_access;

/// Whether a caller with a token of the ServiceAccount uses one of those that are revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It uses another one, which is not bound to a Secret of this provider.
    None,
    /// It uses one of them.
    One,
    /// It may: the API server does not say which token the caller uses, or a Secret not which token it is for.
    Unclear,
}

/// `caller`: the ServiceAccount itself. `secrets`: those of its tokens.
pub(super) fn used_by(caller: &Identity, secrets: &[TokenSecret]) -> Use {
    let is_unnamed = |secret: &TokenSecret| secret.credential_id.is_none();
    if secrets.is_empty() {
        Use::None
    } else if secrets.iter().any(|secret| own_access::is_of_secret(caller, secret)) {
        Use::One
    } else if own_access::credential_ids(caller).is_empty() || secrets.iter().any(is_unnamed) {
        Use::Unclear
    } else {
        Use::None
    }
}

#[cfg(test)]
mod tests {
    use kubernetes::ObjectPlace;
    use service_account_tokens::State;

    use super::*;

    #[test]
    fn the_callers_token_is_one_of_those_that_are_revoked_if_a_secret_has_its_id() {
        #[track_caller]
        fn check(caller: &[&str], secrets: &[Option<&str>], expected: Use) {
            let ids = caller.iter().map(|id| format!("JTI={id}")).collect::<Vec<_>>();
            let key = "authentication.kubernetes.io/credential-id".to_owned();
            let extra = if ids.is_empty() { [].into() } else { [(key, ids)].into() };
            let secrets: Vec<_> = secrets
                .iter()
                .map(|id| TokenSecret {
                    id: "7d4f".to_owned(),
                    place: ObjectPlace::namespaced("ci", "deployer-token-1"),
                    uid: "u-1".to_owned(),
                    resource_version: "7".to_owned(),
                    account: "deployer".to_owned(),
                    for_one_run: false,
                    created: 0,
                    credential_id: id.map(str::to_owned),
                    state: State::Unclear,
                })
                .collect();
            assert_eq!(used_by(&Identity { extra, ..Identity::default() }, &secrets), expected);
        }
        check(&["a"], &[Some("b"), Some("a")], Use::One);
        check(&["a"], &[Some("b"), None], Use::Unclear);
        check(&[], &[Some("b")], Use::Unclear);
        check(&["a"], &[Some("b")], Use::None);
        check(&["a"], &[], Use::None);
        check(&[], &[], Use::None);
    }
}
