//! Warnings about lost access: the caller's own, and that of the last administrators that this provider bound.

use std::collections::BTreeSet;

use clusters::{ClusterKubernetes, Clusters, Planned};
use kubernetes::{Binding, Identity, ObjectPlace, RoleRef, Subject};
use tfplugin::{Context, Diagnostic};

use super::RbacBinding;
use crate::resources::{
    object::{ObjectResource as _, entry},
    plan_checks::{kubernetes_of, warn, within_a_plan},
};

const ADMINISTRATORS: &str = "cluster-admin";

/// Warns about access that a change from `prior` removes. `planned` is `None` if the binding is deleted or not wholly known.
pub(super) async fn warn_at_plan(
    prior: &RbacBinding,
    planned: Option<&RbacBinding>,
    context: &Context<Clusters>,
) {
    let (before, kept) =
        (prior.content(), planned.map(|planned| kept_subjects(prior, planned)).unwrap_or_default());
    let removed: BTreeSet<_> = before.subjects.difference(&kept).cloned().collect();
    if removed.is_empty() {
        return;
    }
    let warnings = within_a_plan(async {
        let kubernetes = kubernetes_of(prior.cluster_id(), context).await?;
        let mut warnings = Vec::new();
        let caller = kubernetes.who_am_i().await?;
        if removed.iter().any(|subject| is_of(subject, &caller))
            && !kept.iter().any(|subject| is_of(subject, &caller))
        {
            warnings.push(callers_own_access(&caller.username, &prior.place(), &before.role));
        }
        if is_administrators(&before, prior.scope.namespace.is_none())
            && kept.is_empty()
            && !others_remain(prior, &kubernetes, context).await?
        {
            warnings.push(last_administrators(&prior.place()));
        }
        Ok(warnings)
    });
    warn(warnings.await.unwrap_or_default(), context);
}

/// Subjects that keep the role in the same scope. A replaced binding keeps them too, after a gap that has its own warning.
fn kept_subjects(prior: &RbacBinding, planned: &RbacBinding) -> BTreeSet<Subject> {
    fn scope(binding: &RbacBinding) -> (&str, Option<&String>, RoleRef) {
        (binding.cluster_id(), binding.scope.namespace.as_ref(), binding.role_ref())
    }
    if scope(prior) == scope(planned) { planned.content().subjects } else { BTreeSet::new() }
}

fn is_administrators(binding: &Binding, is_cluster_wide: bool) -> bool {
    is_cluster_wide && binding.role.kind == "ClusterRole" && binding.role.name == ADMINISTRATORS
}

/// Whether another binding to cluster-admin remains that this provider wrote and no plan of this run deletes.
async fn others_remain(
    prior: &RbacBinding,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Result<bool, kubernetes::Error> {
    let bindings = kubernetes.list::<Binding>(None, "").await?;
    let stays = |place: &ObjectPlace| {
        let entry = entry::<Binding>(prior.cluster_id(), place.clone());
        !context.provider().ledger().is_planned(Planned::Destroy, entry)
    };
    Ok(bindings.iter().any(|binding| {
        binding.place.name != prior.scope.name
            && binding.is_by_us()
            && is_administrators(&binding.content, true)
            && !binding.content.subjects.is_empty()
            && stays(&binding.place)
    }))
}

/// Whether the subject is the caller, or one of its groups.
fn is_of(subject: &Subject, caller: &Identity) -> bool {
    match subject {
        Subject::User(name) => *name == caller.username,
        Subject::Group(name) => caller.groups.contains(name),
        Subject::ServiceAccount { namespace, name } => {
            caller.username == format!("system:serviceaccount:{namespace}:{name}")
        }
        Subject::Other(_) => false,
    }
}

/// A change that removes a permission of the caller.
fn callers_own_access(caller: &str, binding: &ObjectPlace, role: &RoleRef) -> Diagnostic {
    Diagnostic::warning(
        "Removes the caller's own access",
        format!(
            "The provider's caller is {caller:?} in the cluster, and the binding {binding} grants it {} {:?}. After this change Kubernetes may reject \
             the rest of this apply, and the next plan. Keep the subject, or make sure that another binding grants the same role.",
            role.kind, role.name
        ),
    )
}

/// A change that removes the last binding to cluster-admin.
fn last_administrators(binding: &ObjectPlace) -> Diagnostic {
    Diagnostic::warning(
        "Removes the last cluster-admin binding",
        format!(
            "{binding} is the last binding to cluster-admin that this provider wrote and that no plan of this run deletes. Make sure that others can \
             administer the cluster: with CoreWeave API tokens, or by `admin_group_binding` of cks_cluster_oidc."
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
    fn access_that_is_removed_is_named() {
        let role = RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() };
        check_messages(
            callers_own_access("ada", &ObjectPlace::cluster("viewers"), &role),
            &expect![[r#"
                Removes the caller's own access @ 
                The provider's caller is "ada" in the cluster, and the binding viewers grants it ClusterRole "view". After this change Kubernetes may reject the rest of this apply, and the next plan. Keep the subject, or make sure that another binding grants the same role.
            "#]],
        );
        check_messages(
            last_administrators(&ObjectPlace::cluster("admins")),
            &expect![[r#"
                Removes the last cluster-admin binding @ 
                admins is the last binding to cluster-admin that this provider wrote and that no plan of this run deletes. Make sure that others can administer the cluster: with CoreWeave API tokens, or by `admin_group_binding` of cks_cluster_oidc.
            "#]],
        );
    }
}
