//! Warnings about lost access: the caller's own, and that of the last administrators that this provider bound.

use std::collections::BTreeSet;

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{Binding, ObjectPlace, RoleRef, Subject};
use tfplugin::{Context, Diagnostic};

use super::RbacBinding;
use crate::resources::{
    object::{ObjectResource as _, entry},
    own_access::is_of,
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
    let warnings = within_a_plan(prior.cluster_id(), context, async {
        let kubernetes = kubernetes_of(prior.cluster_id(), context).await?;
        let mut warnings = Vec::new();
        let caller = kubernetes.who_am_i().await?;
        if removed.iter().any(|subject| is_of(subject, &caller))
            && !kept.iter().any(|subject| is_of(subject, &caller))
        {
            warnings.push(callers_own_access(&prior.place(), &before.role));
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
        !context.provider().ledger().is_destroyed(&entry)
    };
    Ok(bindings.iter().any(|binding| {
        binding.place.name != prior.scope.name
            && binding.is_by_us()
            && is_administrators(&binding.content, true)
            && !binding.content.subjects.is_empty()
            && stays(&binding.place)
    }))
}

/// A change that removes a permission of the caller.
fn callers_own_access(binding: &ObjectPlace, role: &RoleRef) -> Diagnostic {
    Diagnostic::warning(
        "Removes the caller's own access",
        format!(
            "The binding {binding} grants a {} to the provider's own caller. After this change Kubernetes may reject the rest of this apply, and \
             the next plan. Keep the subject, or make sure that another binding grants the same role to the caller, whose names the data \
             source cks_self_subject_review returns.",
            role.kind
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
    fn access_that_is_removed_is_named() {
        let role = RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() };
        check_messages(
            callers_own_access(&ObjectPlace::cluster("viewers"), &role),
            &expect![[r#"
                Removes the caller's own access @ 
                The binding viewers grants a ClusterRole to the provider's own caller. After this change Kubernetes may reject the rest of this apply, and the next plan. Keep the subject, or make sure that another binding grants the same role to the caller, whose names the data source cks_self_subject_review returns.
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
