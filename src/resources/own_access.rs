//! Warnings about the loss of the caller's own access: the ServiceAccount, the token or the trust that the provider itself uses.
//!
//! With a CoreWeave token at the managed endpoint the caller is a user of CoreWeave, whose identity no resource of this provider holds: then
//! nothing is read.

use clusters::Clusters;
use kubernetes::{Identity, Subject};
use tfplugin::{Context, Diagnostic};

use super::plan_checks::{kubernetes_of, within_a_plan};
use crate::operation::ReachClusters as _;

/// Prefix of the user names of ServiceAccounts.
pub(super) const ACCOUNTS: &str = "system:serviceaccount:";

/// Warns if the caller's access rests on what the plan destroys, by this rule: `Some` with what it is, as `the ServiceAccount team/ci`.
pub(super) async fn warn_of_loss(
    cluster_id: &str,
    context: &Context<Clusters>,
    rests_on: impl Fn(&Identity) -> Option<String>,
) {
    if context.clusters().is_by_coreweave_token(cluster_id) {
        return;
    }
    let caller = within_a_plan(cluster_id, context, async {
        Ok(kubernetes_of(cluster_id, context).await?.who_am_i().await?)
    });
    if let Some(thing) = caller.await.as_ref().and_then(rests_on) {
        context.warn(will_be_lost(cluster_id, &thing));
    }
}

/// Whether the subject is the caller, or one of its groups.
pub(super) fn is_of(subject: &Subject, caller: &Identity) -> bool {
    match subject {
        Subject::User(name) => *name == caller.username,
        Subject::Group(name) => caller.groups.contains(name),
        Subject::ServiceAccount { namespace, name } => {
            caller.username == format!("{ACCOUNTS}{namespace}:{name}")
        }
        Subject::Other(_) => false,
    }
}

/// A destroy of what the caller's access rests on.
fn will_be_lost(cluster_id: &str, thing: &str) -> Diagnostic {
    Diagnostic::warning(
        "Destroys what the caller's own access rests on",
        format!(
            "In cluster {cluster_id} the provider's own credentials rest on {thing}. Once that is deleted, Kubernetes rejects the rest of this \
             apply, and every later plan. Keep it, or give the provider other credentials first: another `kubernetes` entry, or none, with a \
             CoreWeave API token."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

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
        check_messages(
            will_be_lost(id, "the ServiceAccount team/ci"),
            &expect![[r#"
            Destroys what the caller's own access rests on @ 
            In cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 the provider's own credentials rest on the ServiceAccount team/ci. Once that is deleted, Kubernetes rejects the rest of this apply, and every later plan. Keep it, or give the provider other credentials first: another `kubernetes` entry, or none, with a CoreWeave API token.
        "#]],
        );
    }
}
