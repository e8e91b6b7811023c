//! Warnings about lost access: the caller's own, and that of the last administrators that this provider bound.

use std::collections::BTreeSet;

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{Binding, ListScope, ObjectPlace, RoleRef, Subject, SubjectList};
use tfplugin::{Context, Diagnostic, Value};

use super::{RbacBinding, RbacBindingPartial, plan_checks};
use crate::resources::{
    object::{Fate, ObjectResource as _, differs, entry},
    own_access::is_of,
    plan_checks::{kubernetes_of, warn, within_a_plan},
};

const ADMINISTRATORS: &str = "cluster-admin";

/// Who has the role of a binding after the apply.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    /// All the time, so that the apply goes on with it.
    throughout: BTreeSet<Subject>,
    /// In the end.
    in_the_end: BTreeSet<Subject>,
    /// Whether the binding is deleted and created again.
    is_replaced: bool,
}

impl Kept {
    fn of(prior: &RbacBinding, fate: &Fate<'_, RbacBinding>) -> Self {
        match fate {
            Fate::Destroyed => Self::default(),
            Fate::Replaced(planned) => {
                let in_the_end = planned.content().subjects;
                Self { in_the_end, is_replaced: true, ..Self::default() }
            }
            Fate::Changed(planned) => {
                let is_elsewhere = differs(&planned.object.cluster_id, Some(&prior.object.cluster_id));
                let replaced_for = plan_checks::replaced_for(prior, planned).map(|(attribute, _)| attribute);
                let stay = known_subjects(planned);
                match replaced_for {
                    None if !is_elsewhere => {
                        Self { throughout: stay.clone(), in_the_end: stay, is_replaced: false }
                    }
                    // The same rights by another name.
                    Some("name") if !is_elsewhere => {
                        Self { in_the_end: stay, is_replaced: true, ..Self::default() }
                    }
                    _ => Self { is_replaced: true, ..Self::default() },
                }
            }
        }
    }
}

/// Warns about access that the plan takes from subjects of the binding.
pub(super) async fn warn_at_plan(
    prior: &RbacBinding,
    fate: Fate<'_, RbacBinding>,
    context: &Context<Clusters>,
) {
    let kept = Kept::of(prior, &fate);
    let before = prior.content();
    let removed: BTreeSet<_> = before.subjects.difference(&kept.throughout).cloned().collect();
    if removed.is_empty() {
        return;
    }
    let warnings = within_a_plan(prior.cluster_id(), context, async {
        let kubernetes = kubernetes_of(prior.cluster_id(), context).await?;
        let mut warnings = Vec::new();
        let caller = kubernetes.caller().await?;
        if removed.iter().any(|subject| is_of(subject, &caller))
            && !kept.throughout.iter().any(|subject| is_of(subject, &caller))
        {
            warnings.push(callers_own_access(&prior.place(), &before.role, kept.is_replaced));
        }
        if is_administrators(&before, prior.scope.namespace.is_none())
            && kept.in_the_end.is_empty()
            && !others_remain(prior, &kubernetes, context).await?
        {
            warnings.push(last_administrators(&prior.place()));
        }
        Ok(warnings)
    });
    warn(Box::pin(warnings).await.unwrap_or_default(), context);
}

/// The planned subjects as far as they are known: an unknown one may be nobody.
fn known_subjects(planned: &RbacBindingPartial) -> BTreeSet<Subject> {
    let of = |attribute: SubjectList, names: &Value<Vec<Value<String>>>| -> Vec<Subject> {
        let names = names.as_known().into_iter().flatten().filter_map(Value::as_known);
        names.map(|name| Subject::from_listed(attribute, name)).collect()
    };
    [
        (SubjectList::Users, &planned.users),
        (SubjectList::Groups, &planned.groups),
        (SubjectList::ServiceAccounts, &planned.service_accounts),
    ]
    .into_iter()
    .flat_map(|(attribute, names)| of(attribute, names))
    .collect()
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
    let bindings = kubernetes.glance_at_all::<Binding>(ListScope::Cluster).await?;
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
fn callers_own_access(binding: &ObjectPlace, role: &RoleRef, is_replaced: bool) -> Diagnostic {
    let change = if is_replaced {
        "The plan replaces it: it is deleted first, and then Kubernetes may not permit the caller to create the new one. So it may reject \
             the rest of this apply, and the next plan. To create the new binding first, give it another `name`, and add lifecycle { \
             create_before_destroy = true },"
    } else {
        "After this change Kubernetes may reject the rest of this apply, and the next plan. Keep the subject,"
    };
    Diagnostic::warning(
        "Removes the caller's own access",
        format!(
            "The binding {binding} grants a {} to the provider's own caller. {change} or make sure that another binding grants the same role \
             to the caller, whose names the data source cks_self_subject_review returns.",
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
    use tfplugin::Schema as _;

    use super::*;
    use crate::errors::testing::check_messages;

    fn binding(name: &str, role: &str, users: &[&str]) -> RbacBinding {
        let subjects = users.iter().map(|user| Subject::User((*user).to_owned()));
        let role = RoleRef { kind: "ClusterRole".to_owned(), name: role.to_owned() };
        let mut binding = RbacBinding::at(ObjectPlace::cluster(name));
        binding.object.cluster_id = "a".to_owned().into();
        binding.with_content(&Binding { role, subjects: subjects.collect() })
    }

    fn planned(binding: &RbacBinding) -> RbacBindingPartial {
        RbacBinding::partial_from_value(&binding.to_value()).expect("a whole binding is one in parts")
    }

    #[test]
    fn a_binding_that_is_replaced_grants_nothing_until_it_is_created_again() {
        let prior = binding("viewers", "view", &["ada", "bob"]);
        let users = |names: &[&str]| binding("", "", names).content().subjects;
        let kept = |fate: &Fate<'_, RbacBinding>| Kept::of(&prior, fate);
        assert_eq!(kept(&Fate::Destroyed), Kept::default());
        let replaced = |in_the_end| Kept { throughout: users(&[]), in_the_end, is_replaced: true };
        // Tainted.
        assert_eq!(kept(&Fate::Replaced(&binding("viewers", "view", &["ada"]))), replaced(users(&["ada"])));
        let elsewhere = |mut planned: RbacBindingPartial| {
            planned.object.cluster_id = Value::Known("b".to_owned());
            planned
        };
        for (planned, in_the_end) in [
            (planned(&binding("readers", "view", &["ada"])), users(&["ada"])),
            (planned(&binding("viewers", "edit", &["ada"])), users(&[])),
            (elsewhere(planned(&binding("viewers", "view", &["ada"]))), users(&[])),
        ] {
            assert_eq!(kept(&Fate::Changed(&planned)), replaced(in_the_end), "{planned:?}");
        }
    }

    #[test]
    fn a_binding_that_is_changed_in_place_keeps_the_subjects_that_are_known() {
        let prior = binding("viewers", "view", &["ada", "bob"]);
        let kept = |planned: &RbacBindingPartial| {
            let kept = Kept::of(&prior, &Fate::Changed(planned));
            assert_eq!((&kept.throughout, kept.is_replaced), (&kept.in_the_end, false));
            kept.throughout
        };
        let ada = || binding("", "", &["ada"]).content().subjects;
        let fewer = planned(&binding("viewers", "view", &["ada"]));
        assert_eq!(kept(&fewer), ada());
        let unknown_name = |mut planned: RbacBindingPartial| {
            planned.scope.name = Value::Unknown;
            planned
        };
        assert_eq!(kept(&unknown_name(fewer)), ada());
        let users = Value::Known(vec![Value::Known("ada".to_owned()), Value::Unknown]);
        let in_part = RbacBindingPartial { users, ..planned(&prior) };
        assert_eq!(kept(&in_part), ada());
        assert_eq!(kept(&RbacBindingPartial { users: Value::Unknown, ..planned(&prior) }), BTreeSet::new());
    }

    #[test]
    fn access_that_is_removed_is_named() {
        let role = RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() };
        check_messages(
            callers_own_access(&ObjectPlace::cluster("viewers"), &role, true),
            &expect![[r#"
            Removes the caller's own access @ 
            The binding viewers grants a ClusterRole to the provider's own caller. The plan replaces it: it is deleted first, and then Kubernetes may not permit the caller to create the new one. So it may reject the rest of this apply, and the next plan. To create the new binding first, give it another `name`, and add lifecycle { create_before_destroy = true }, or make sure that another binding grants the same role to the caller, whose names the data source cks_self_subject_review returns.
        "#]],
        );
        check_messages(
            callers_own_access(&ObjectPlace::cluster("viewers"), &role, false),
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
