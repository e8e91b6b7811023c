//! The warning about a plan that ends the token which the provider itself uses: a destroy, a replacement, or a rotation that revokes.

use clusters::Clusters;
use kubernetes::Identity;
use service_account_tokens::TokenSecret;
use tfplugin::Context;

use super::ServiceAccountToken;
use crate::resources::{
    own_access::{self, Loss, will_be_lost},
    plan_checks::{kubernetes_of, within_a_plan},
};

/// Which token of the resource the caller uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// None: the caller is someone else.
    None,
    /// The current one.
    Current,
    /// Another one of the ServiceAccount, perhaps an earlier one of the resource.
    Another,
    /// One of the ServiceAccount: older API servers do not say which.
    Unclear,
}

/// Which token of the resource in this state the caller uses.
fn used_by(state: &ServiceAccountToken, caller: &Identity) -> Use {
    if !own_access::is_account(caller, &state.namespace, &state.service_account) {
        return Use::None;
    }
    match (own_access::credential_ids(caller), state.credential_id.as_known()) {
        ([], _) | (_, None) => Use::Unclear,
        (_, Some(own)) if own_access::is_credential(caller, own) => Use::Current,
        _ => Use::Another,
    }
}

/// Whether the Secret is one of the resource with this id, for the token that the caller uses.
fn is_earlier(id: Option<&String>, secret: &TokenSecret, caller: &Identity) -> bool {
    id == Some(&secret.id) && own_access::is_of_secret(caller, secret)
}

/// Warns if the plan ends the token that the caller uses: the current one of the resource, or an earlier one that is still valid.
pub(super) async fn warn(prior: &ServiceAccountToken, loss: Loss, context: &Context<Clusters>) {
    let cluster_id = &prior.cluster_id;
    let Some(caller) = own_access::caller(cluster_id, context).await else { return };
    // One that is not ends when it expires, not with the resource.
    let is_bound = prior.secret_name.as_known().is_some();
    let token = match used_by(prior, &caller) {
        Use::Current if is_bound => "this token",
        Use::Unclear if is_bound => "a token of this ServiceAccount, perhaps this one",
        Use::Another => {
            let listed = within_a_plan(cluster_id, context, async {
                let kubernetes = kubernetes_of(cluster_id, context).await?;
                Ok(service_account_tokens::list(&kubernetes, &prior.namespace).await?)
            });
            let secrets = listed.await.unwrap_or_default();
            if !secrets.iter().any(|secret| is_earlier(prior.id.as_known(), secret, &caller)) {
                return;
            }
            "an earlier token of this resource"
        }
        Use::None | Use::Current | Use::Unclear => return,
    };
    context.warn(will_be_lost(cluster_id, token, loss));
}

#[cfg(test)]
mod tests {
    use kubernetes::ObjectPlace;
    use service_account_tokens::State;
    use tfplugin::Value;

    use super::{super::rotation::tests::prior, *};

    fn caller(username: &str, credential_ids: &[&str]) -> Identity {
        let ids = credential_ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let key = "authentication.kubernetes.io/credential-id".to_owned();
        let extra = if ids.is_empty() { [].into() } else { [(key, ids)].into() };
        Identity { username: username.to_owned(), extra, ..Identity::default() }
    }

    const RUNNER: &str = "system:serviceaccount:ci:deployer";

    #[test]
    fn the_callers_token_is_known_by_its_account_and_its_id() {
        for (username, ids, expected) in [
            (RUNNER, &["JTI=jti"][..], Use::Current),
            (RUNNER, &["JTI=j-1"], Use::Another),
            (RUNNER, &[], Use::Unclear),
            ("system:serviceaccount:ci:other", &["JTI=jti"], Use::None),
            ("ada", &[], Use::None),
        ] {
            assert_eq!(used_by(&prior(), &caller(username, ids)), expected, "{username} {ids:?}");
        }
        let without = ServiceAccountToken { credential_id: Value::Null, ..prior() };
        assert_eq!(used_by(&without, &caller(RUNNER, &["JTI=jti"])), Use::Unclear);
    }

    #[test]
    fn an_earlier_token_is_found_by_the_secret_of_the_resource() {
        let secret = |id: &str, credential_id: Option<&str>| TokenSecret {
            id: id.to_owned(),
            place: ObjectPlace::namespaced("ci", "runner-token-1"),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "runner".to_owned(),
            created: 0,
            credential_id: credential_id.map(str::to_owned),
            for_one_run: false,
            state: State::Unclear,
        };
        let id = "7d4f".to_owned();
        let is_earlier = |secret: TokenSecret| is_earlier(Some(&id), &secret, &caller(RUNNER, &["JTI=j-1"]));
        assert!(is_earlier(secret("7d4f", Some("j-1"))));
        assert!(!is_earlier(secret("7d4f", Some("j-2"))) && !is_earlier(secret("7d4f", None)));
        assert!(!is_earlier(secret("other", Some("j-1"))));
    }
}
