//! Warnings about permissions of the caller's own that the plan of a role takes away.

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{Binding, Identity, ListScope, ObjectPlace, Role, RoleRef};
use tfplugin::{Context, Diagnostic, Value};

use super::{RbacRole, RbacRolePartial, rules::RbacRule};
use crate::resources::{
    object::{Fate, ObjectResource as _, differs, kind_at},
    own_access::is_of,
    plan_checks::{kubernetes_of, within_a_plan},
};

/// What happens to the permissions of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Destroyed,
    Replaced,
    /// An update takes some of them away.
    Cut,
}

impl Loss {
    /// `None` if the role stays, with all that it grants.
    fn of(prior: &RbacRole, fate: &Fate<'_, RbacRole>) -> Option<Self> {
        match fate {
            Fate::Destroyed => Some(Self::Destroyed),
            Fate::Replaced(_) => Some(Self::Replaced),
            Fate::Changed(planned) if is_moved(prior, planned) => Some(Self::Replaced),
            Fate::Changed(planned) => {
                let is_cut = !known_role(planned).grants_all_of(&prior.content());
                is_cut.then_some(Self::Cut)
            }
        }
    }
}

/// Warns if the caller has the role.
pub(super) async fn warn_at_plan(prior: &RbacRole, fate: Fate<'_, RbacRole>, context: &Context<Clusters>) {
    let Some(loss) = Loss::of(prior, &fate) else { return };
    let (cluster_id, place) = (prior.cluster_id(), prior.place());
    let has_it = within_a_plan(cluster_id, context, async {
        let kubernetes = kubernetes_of(cluster_id, context).await?;
        let caller = kubernetes.caller().await?;
        Ok(is_bound_to(&place, &caller, &kubernetes).await?)
    });
    if has_it.await == Some(true) {
        context.warn(callers_own_role(kind_at::<Role>(&place), &place, loss));
    }
}

/// Whether a binding grants the role to the caller, in the whole cluster or in a namespace.
async fn is_bound_to(
    role: &ObjectPlace,
    caller: &Identity,
    kubernetes: &ClusterKubernetes,
) -> Result<bool, kubernetes::Error> {
    let scopes = match &role.namespace {
        Some(namespace) => vec![ListScope::Namespace(namespace)],
        // A RoleBinding grants a ClusterRole in its own namespace.
        None => vec![ListScope::Cluster, ListScope::AllNamespaces],
    };
    let role = RoleRef { kind: kind_at::<Role>(role).to_owned(), name: role.name.clone() };
    for scope in scopes {
        let bindings = kubernetes.glance_at_all::<Binding>(scope).await?;
        let grants = |binding: &Binding| {
            binding.role == role && binding.subjects.iter().any(|subject| is_of(subject, caller))
        };
        if bindings.iter().any(|binding| grants(&binding.content)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the planned role is at another place, as far as that is known.
fn is_moved(prior: &RbacRole, planned: &RbacRolePartial) -> bool {
    differs(&planned.object.cluster_id, Some(&prior.object.cluster_id))
        || differs(&planned.scope.name, Some(&prior.scope.name))
        || differs(&planned.scope.namespace, prior.scope.namespace.as_ref())
}

/// The planned rules that are wholly known: an unknown one may grant nothing.
fn known_role(planned: &RbacRolePartial) -> Role {
    let rules = planned.rules.as_known().into_iter().flatten().filter_map(Value::as_known);
    Role { rules: rules.filter_map(RbacRule::known).map(|rule| rule.wanted()).collect(), aggregated: false }
}

/// A plan that takes permissions from a role that the caller has.
fn callers_own_role(kind: &str, role: &ObjectPlace, loss: Loss) -> Diagnostic {
    let (title, change, remedy) = match loss {
        Loss::Destroyed => ("Removes a role of the caller's own", "Once it is deleted,", "Keep the role,"),
        Loss::Replaced => (
            "Removes a role of the caller's own",
            "The plan replaces it: it is deleted first, and then Kubernetes may not permit the caller to create the new one. So",
            "Keep the role,",
        ),
        Loss::Cut => (
            "Removes permissions of the caller's own",
            "The plan takes permissions away from it. After that,",
            "Keep what this provider needs,",
        ),
    };
    Diagnostic::warning(
        title,
        format!(
            "{kind} {role} is bound to the provider's own caller. {change} Kubernetes may reject the rest of this apply, and the next plan. \
             {remedy} or make sure that another one grants the same permissions to the caller."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use kubernetes::Rule;
    use tfplugin::{Error, Schema as _};

    use super::*;
    use crate::errors::testing::check_messages;

    fn role(name: &str, verbs: &[&str]) -> RbacRole {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let rules = vec![Rule {
            verbs: texts(verbs),
            api_groups: texts(&[""]),
            resources: texts(&["pods"]),
            ..Rule::default()
        }];
        let mut role = RbacRole::at(ObjectPlace::cluster(name));
        role.object.cluster_id = "a".to_owned().into();
        role.with_content(&Role { rules, aggregated: false })
    }

    fn planned(role: &RbacRole) -> RbacRolePartial {
        RbacRole::partial_from_value(&role.to_value()).expect("a whole role is one in parts")
    }

    #[test]
    fn a_role_is_lost_in_whole_or_in_part() {
        let prior = role("reader", &["get", "list"]);
        let changed = |planned: &RbacRolePartial| Loss::of(&prior, &Fate::Changed(planned));
        assert_eq!(Loss::of(&prior, &Fate::Destroyed), Some(Loss::Destroyed));
        assert_eq!(Loss::of(&prior, &Fate::Replaced(&prior)), Some(Loss::Replaced));
        assert_eq!(changed(&planned(&role("reader", &["list", "get"]))), None);
        assert_eq!(changed(&planned(&role("reader", &["*"]))), None);
        assert_eq!(changed(&planned(&role("reader", &["get"]))), Some(Loss::Cut));
        let unknown = RbacRolePartial { rules: Value::Unknown, ..planned(&prior) };
        assert_eq!(changed(&unknown), Some(Loss::Cut));
        assert_eq!(changed(&planned(&role("other", &["get", "list"]))), Some(Loss::Replaced));
    }

    #[test]
    fn what_is_lost_of_a_role_is_named() {
        let warnings = [Loss::Destroyed, Loss::Replaced, Loss::Cut]
            .map(|loss| callers_own_role("ClusterRole", &ObjectPlace::cluster("reader"), loss));
        let error = Error::all([Diagnostic::error("", "")].into_iter().chain(warnings)).expect("an error");
        check_messages(
            error,
            &expect![[r#"
             @ 

            Removes a role of the caller's own @ 
            ClusterRole reader is bound to the provider's own caller. Once it is deleted, Kubernetes may reject the rest of this apply, and the next plan. Keep the role, or make sure that another one grants the same permissions to the caller.
            Removes a role of the caller's own @ 
            ClusterRole reader is bound to the provider's own caller. The plan replaces it: it is deleted first, and then Kubernetes may not permit the caller to create the new one. So Kubernetes may reject the rest of this apply, and the next plan. Keep the role, or make sure that another one grants the same permissions to the caller.
            Removes permissions of the caller's own @ 
            ClusterRole reader is bound to the provider's own caller. The plan takes permissions away from it. After that, Kubernetes may reject the rest of this apply, and the next plan. Keep what this provider needs, or make sure that another one grants the same permissions to the caller.
        "#]],
        );
    }
}
