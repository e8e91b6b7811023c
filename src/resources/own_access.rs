//! Warnings about the loss of the caller's own access: the ServiceAccount, the token or the trust that the provider itself uses.
//!
//! With a CoreWeave token at the managed endpoint the caller is a user of CoreWeave, whose identity no resource of this provider holds: then
//! nothing is read.

use clusters::Clusters;
use kubernetes::{Identity, Subject};
use service_account_tokens::TokenSecret;
use tfplugin::{Context, Diagnostic};

use super::plan_checks::{kubernetes_of, within_a_plan};
use crate::operation::ReachClusters as _;

/// What a plan does to a thing that the caller's access may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It is destroyed.
    Destroyed,
    /// It is deleted and created again.
    Replaced,
    /// It is changed in place, so that it may no longer accept the caller.
    Changed,
    /// It is a token that its rotation revokes.
    Revoked,
    /// It is a token that an action revokes.
    RevokedByAction,
}

/// Prefix of the user names of ServiceAccounts.
pub(super) const ACCOUNTS: &str = "system:serviceaccount:";

/// Warns if the caller's access rests on what the plan takes away, by this rule: `Some` with what it is, as `the ServiceAccount team/ci`.
pub(super) async fn warn_of_loss(
    cluster_id: &str,
    loss: Loss,
    context: &Context<Clusters>,
    rests_on: impl Fn(&Identity) -> Option<String>,
) {
    if let Some(thing) = caller(cluster_id, context).await.as_ref().and_then(rests_on) {
        context.warn(will_be_lost(cluster_id, &thing, loss));
    }
}

/// Who the caller is; `None` if it is a user of CoreWeave, or could not be asked.
pub(crate) async fn caller(cluster_id: &str, context: &Context<Clusters>) -> Option<Identity> {
    if context.clusters().is_by_coreweave_token(cluster_id) {
        return None;
    }
    let caller = within_a_plan(cluster_id, context, async {
        Ok(kubernetes_of(cluster_id, context).await?.caller().await?)
    });
    caller.await
}

/// Whether the caller logged in with a client certificate, as far as the API server says so.
pub(super) fn is_by_certificate(caller: &Identity) -> bool {
    credential_ids(caller).iter().any(|id| id.starts_with("X509SHA256="))
}

/// The facts that Kubernetes has about the caller's credentials, such as `JTI=…` for a token with this id; empty if it has none.
pub(crate) fn credential_ids(caller: &Identity) -> &[String] {
    caller.extra.get("authentication.kubernetes.io/credential-id").map_or(&[], Vec::as_slice)
}

/// Whether the caller's token has this id.
pub(super) fn is_credential(caller: &Identity, id: &str) -> bool {
    credential_ids(caller).iter().any(|own| own.strip_prefix("JTI=") == Some(id))
}

/// Whether the caller's token is the one that is bound to this Secret.
pub(crate) fn is_of_secret(caller: &Identity, secret: &TokenSecret) -> bool {
    secret.credential_id.as_deref().is_some_and(|id| is_credential(caller, id))
}

/// Whether the caller is this ServiceAccount.
pub(crate) fn is_account(caller: &Identity, namespace: &str, name: &str) -> bool {
    caller.username == format!("{ACCOUNTS}{namespace}:{name}")
}

/// Whether the subject is the caller, or one of its groups.
pub(super) fn is_of(subject: &Subject, caller: &Identity) -> bool {
    match subject {
        Subject::User(name) => *name == caller.username,
        Subject::Group(name) => caller.groups.contains(name),
        Subject::ServiceAccount { namespace, name } => is_account(caller, namespace, name),
        Subject::Other(_) => false,
    }
}

/// A plan that takes away what the caller's access rests on.
pub(crate) fn will_be_lost(cluster_id: &str, thing: &str, loss: Loss) -> Diagnostic {
    let (verb, consequence) = match loss {
        Loss::Destroyed => (
            "Destroys",
            "Once that is deleted, Kubernetes rejects the rest of this apply, and every later plan. Keep it,",
        ),
        Loss::Replaced => (
            "Replaces",
            "The plan deletes it and creates it again. Once it is deleted, Kubernetes rejects the rest of this apply, so that it may not be \
             created, and every later plan. Keep it,",
        ),
        Loss::Changed => (
            "Changes",
            "If what it becomes does not accept them, or gives the caller another name, Kubernetes rejects the rest of this apply, and every \
             later plan. Make sure that it accepts them,",
        ),
        Loss::Revoked => (
            "Revokes",
            "The plan rotates it, and on_rotation = \"revoke\" revokes it once its successor exists: from then on Kubernetes rejects the rest of \
             this apply, and later plans until the provider is configured with the new token. Set on_rotation = \"expire\",",
        ),
        Loss::RevokedByAction => (
            "Revokes",
            "The action deletes its Secret: from then on Kubernetes rejects the rest of this apply, and later plans until the provider is \
             configured with another token. Do not run the action,",
        ),
    };
    Diagnostic::warning(
        format!("{verb} what the caller's own access rests on"),
        format!(
            "In cluster {cluster_id} the provider's own credentials rest on {thing}. {consequence} or give the provider other credentials \
             first: another `kubernetes` entry, or none, with a CoreWeave API token."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use tfplugin::Error;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn the_caller_is_found_by_name_group_and_service_account() {
        let caller = Identity {
            username: "system:serviceaccount:ci:deployer".to_owned(),
            groups: vec!["system:serviceaccounts".to_owned()],
            ..Identity::default()
        };
        let account = |namespace: &str| Subject::ServiceAccount {
            namespace: namespace.to_owned(),
            name: "deployer".to_owned(),
        };
        assert!(is_of(&account("ci"), &caller) && !is_of(&account("default"), &caller));
        assert!(is_of(&Subject::User(caller.username.clone()), &caller));
        assert!(is_of(&Subject::Group("system:serviceaccounts".to_owned()), &caller));
        assert!(!is_of(&Subject::User("system:serviceaccounts".to_owned()), &caller));
        assert!(!is_of(&Subject::Other(String::new()), &caller));
    }

    #[test]
    fn what_is_lost_is_named() {
        let id = "81540112-93fc-4d39-af10-fe6c2f4b8824";
        let warnings = [Loss::Destroyed, Loss::Replaced, Loss::Changed, Loss::Revoked, Loss::RevokedByAction]
            .map(|loss| will_be_lost(id, "the ServiceAccount team/ci", loss));
        let error = Error::all([Diagnostic::error("", "")].into_iter().chain(warnings)).expect("an error");
        check_messages(
            error,
            &expect![[r#"
             @ 

            Destroys what the caller's own access rests on @ 
            In cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 the provider's own credentials rest on the ServiceAccount team/ci. Once that is deleted, Kubernetes rejects the rest of this apply, and every later plan. Keep it, or give the provider other credentials first: another `kubernetes` entry, or none, with a CoreWeave API token.
            Replaces what the caller's own access rests on @ 
            In cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 the provider's own credentials rest on the ServiceAccount team/ci. The plan deletes it and creates it again. Once it is deleted, Kubernetes rejects the rest of this apply, so that it may not be created, and every later plan. Keep it, or give the provider other credentials first: another `kubernetes` entry, or none, with a CoreWeave API token.
            Changes what the caller's own access rests on @ 
            In cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 the provider's own credentials rest on the ServiceAccount team/ci. If what it becomes does not accept them, or gives the caller another name, Kubernetes rejects the rest of this apply, and every later plan. Make sure that it accepts them, or give the provider other credentials first: another `kubernetes` entry, or none, with a CoreWeave API token.
            Revokes what the caller's own access rests on @ 
            In cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 the provider's own credentials rest on the ServiceAccount team/ci. The plan rotates it, and on_rotation = "revoke" revokes it once its successor exists: from then on Kubernetes rejects the rest of this apply, and later plans until the provider is configured with the new token. Set on_rotation = "expire", or give the provider other credentials first: another `kubernetes` entry, or none, with a CoreWeave API token.
            Revokes what the caller's own access rests on @ 
            In cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 the provider's own credentials rest on the ServiceAccount team/ci. The action deletes its Secret: from then on Kubernetes rejects the rest of this apply, and later plans until the provider is configured with another token. Do not run the action, or give the provider other credentials first: another `kubernetes` entry, or none, with a CoreWeave API token.
        "#]],
        );
    }
}
