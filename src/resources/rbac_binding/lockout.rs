//! Who is about to lose access: the caller, or the last administrator that this provider made.

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

/// Warns of what a change from `prior` takes away. `planned` is none when the binding goes, and when not all of it is known.
pub(super) async fn warn_at_plan(
    prior: &RbacBinding,
    planned: Option<&RbacBinding>,
    context: &Context<Clusters>,
) {
    let (had, keeps) = (prior.content(), planned.map(|planned| kept(prior, planned)).unwrap_or_default());
    let removed: BTreeSet<_> = had.subjects.difference(&keeps).cloned().collect();
    if removed.is_empty() {
        return;
    }
    let warnings = within_a_plan(async {
        let kubernetes = kubernetes_of(prior.cluster_id(), context).await?;
        let mut warnings = Vec::new();
        let caller = kubernetes.who_am_i().await?;
        if removed.iter().any(|subject| is_of(subject, &caller))
            && !keeps.iter().any(|subject| is_of(subject, &caller))
        {
            warnings.push(callers_own_access(&caller.username, &prior.place(), &had.role));
        }
        if is_administrators(&had, prior.scope.namespace.is_none())
            && keeps.is_empty()
            && !others_remain(prior, &kubernetes, context).await?
        {
            warnings.push(last_administrators(&prior.place()));
        }
        Ok(warnings)
    });
    warn(warnings.await.unwrap_or_default(), context);
}

/// Who keeps the role in the same scope. A binding that is made anew keeps them too, after a gap that is told elsewhere.
fn kept(prior: &RbacBinding, planned: &RbacBinding) -> BTreeSet<Subject> {
    fn scope(binding: &RbacBinding) -> (&str, Option<&String>, RoleRef) {
        (binding.cluster_id(), binding.scope.namespace.as_ref(), binding.role_ref())
    }
    if scope(prior) == scope(planned) { planned.content().subjects } else { BTreeSet::new() }
}

fn is_administrators(binding: &Binding, is_cluster_wide: bool) -> bool {
    is_cluster_wide && binding.role.kind == "ClusterRole" && binding.role.name == ADMINISTRATORS
}

/// Whether another binding that this provider wrote, and that no plan of this run ends, still makes administrators.
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

/// Whether the subject is the caller, or a group of the caller's.
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

/// A change after which the caller may be locked out.
fn callers_own_access(caller: &str, binding: &ObjectPlace, role: &RoleRef) -> Diagnostic {
    Diagnostic::warning(
        "The caller's own access is taken away",
        format!(
            "These credentials are {caller:?} in the cluster, who has {} {:?} by the binding {binding}, and will no longer have it by that. Unless \
             another binding gives the same, what comes after it in this apply, and the next plan, may be refused.",
            role.kind, role.name
        ),
    )
}

/// A change after which nobody is administrator by this provider.
fn last_administrators(binding: &ObjectPlace) -> Diagnostic {
    Diagnostic::warning(
        "Removes the last cluster-admin binding",
        format!(
            "{binding} is the last binding to cluster-admin that this provider wrote and that is not going. Make sure that somebody else can \
             administer the cluster: through CoreWeave's own access, or `admin_group_binding` of cks_cluster_oidc."
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
            The caller's own access is taken away @ 
            These credentials are "ada" in the cluster, who has ClusterRole "view" by the binding viewers, and will no longer have it by that. Unless another binding gives the same, what comes after it in this apply, and the next plan, may be refused.
        "#]],
        );
        check_messages(
            last_administrators(&ObjectPlace::cluster("admins")),
            &expect![[r#"
            Removes the last cluster-admin binding @ 
            admins is the last binding to cluster-admin that this provider wrote and that is not going. Make sure that somebody else can administer the cluster: through CoreWeave's own access, or `admin_group_binding` of cks_cluster_oidc.
        "#]],
        );
    }
}
