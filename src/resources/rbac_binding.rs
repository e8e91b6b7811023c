//! `cks_rbac_binding`: a ClusterRoleBinding, or a RoleBinding when `namespace` is set.

mod effect;
mod lockout;
mod names;
mod plan_checks;

use std::collections::BTreeSet;

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{Binding, Object, ObjectPlace, RoleRef, Subject, SubjectList};
use tfplugin::{Context, Diagnostic, Diagnostics, Error, Plan, Schema, SharedLifecycle};

use super::{
    object::{
        Fate, ObjectFields, ObjectId, ObjectLifecycle, ObjectResource, Scope, Written, kind_at,
        moved::{self, MovedState, MovesFrom},
    },
    rbac_dry_run::{self, RightsResource},
    rbac_scope::ScopeFields,
    spelling::Spelling as _,
};
use crate::{
    checks,
    errors::{attribute_of_subjects, import_block},
};

/// Grants a role to users, groups and ServiceAccounts: in the whole cluster, or in one namespace when `namespace` is set.
///
/// Equivalent to `kubectl create clusterrolebinding` and `kubectl create rolebinding`. The lists of subjects are managed as a whole.
/// Names of users and groups are those that Kubernetes sees, with the prefixes of the cluster's OIDC issuer: the functions
/// `oidc_username` and `oidc_group` compute them.
///
/// You can bind only roles whose permissions you hold, or roles on which you have the `bind` verb; the plan lists what is missing.
/// A binding takes effect a moment after it is written: the apply waits up to five seconds until an access review confirms it, if the
/// caller is permitted to send reviews, and does not fail without.
///
/// With `on_existing = "adopt"`, an existing binding can be adopted only if it has the same role.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_rbac_binding")]
pub(crate) struct RbacBinding {
    #[schema(flatten)]
    object: ObjectFields,
    #[schema(flatten)]
    scope: ScopeFields,
    /// Name of the ClusterRole to bind. Set either this or `role`. Changing it creates a new binding, since Kubernetes does not
    /// allow the role of a binding to change.
    #[schema(optional, replace, validate(checks::path_segment))]
    cluster_role: Option<String>,
    /// Name of the Role to bind, in the same namespace. Requires `namespace`. Changing it creates a new binding.
    #[schema(optional, replace, validate(checks::path_segment))]
    role: Option<String>,
    /// Users, as Kubernetes sees them.
    #[schema(optional, validate_each(plan_checks::user_or_group))]
    users: Option<BTreeSet<String>>,
    /// Groups, as Kubernetes sees them.
    #[schema(optional, validate_each(plan_checks::user_or_group))]
    groups: Option<BTreeSet<String>>,
    /// ServiceAccounts, each as `namespace:name`.
    #[schema(optional, validate_each(checks::service_account))]
    service_accounts: Option<BTreeSet<String>>,
}

impl SharedLifecycle for RbacBinding {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for RbacBinding {
    type Kind = Binding;

    const SCOPE: Scope = Scope::Either;

    const MOVES_FROM: &'static [MovesFrom] = &[
        MovesFrom { type_name: "kubernetes_cluster_role_binding", namespaced: false },
        MovesFrom { type_name: "kubernetes_role_binding", namespaced: true },
    ];

    fn moved_content(
        state: &MovedState,
        place: &ObjectPlace,
        _report: &mut Diagnostics,
    ) -> Result<Binding, Error> {
        let role = state
            .blocks("role_ref")
            .next()
            .map(|role| RoleRef { kind: moved::text(role, "kind"), name: moved::text(role, "name") });
        let subject = |subject: &serde_json::Value| {
            let name = moved::text(subject, "name");
            match moved::text(subject, "kind").as_str() {
                "Group" => Subject::Group(name),
                "ServiceAccount" => {
                    // The schema has this default, and gives users and groups a namespace too.
                    let namespace = Some(moved::text(subject, "namespace")).filter(|text| !text.is_empty());
                    Subject::ServiceAccount {
                        namespace: namespace.unwrap_or_else(|| "default".to_owned()),
                        name,
                    }
                }
                _ => Subject::User(name),
            }
        };
        Ok(Binding {
            role: role.ok_or_else(|| moved::incomplete(kind_at::<Binding>(place), place, "role_ref"))?,
            subjects: state.blocks("subject").map(subject).collect(),
        })
    }

    fn place(&self) -> ObjectPlace {
        self.scope.place()
    }

    fn at(place: ObjectPlace) -> Self {
        Self { scope: ScopeFields::at(place), ..Self::default() }
    }

    fn content(&self) -> Binding {
        let subjects = SubjectList::ALL.into_iter().flat_map(|list| {
            let texts = self.listed(list).into_iter().flatten();
            texts.map(move |text| Subject::from_listed(list, text))
        });
        Binding { role: self.role_ref(), subjects: subjects.collect() }
    }

    fn with_content(self, content: &Binding) -> Self {
        let name = content.role.name.clone();
        let (cluster_role, role) =
            if content.role.kind == "Role" { (None, Some(name)) } else { (Some(name), None) };
        Self {
            cluster_role,
            role,
            users: self.users.with_found(&content.listed(SubjectList::Users)),
            groups: self.groups.with_found(&content.listed(SubjectList::Groups)),
            service_accounts: self.service_accounts.with_found(&content.listed(SubjectList::ServiceAccounts)),
            ..self
        }
    }

    fn with_computed(self) -> Self {
        Self { scope: self.scope.with_kind::<Binding>(), ..self }
    }

    fn validate(config: &RbacBindingPartial, report: &mut Diagnostics) {
        plan_checks::check(config, report);
    }

    async fn modify_plan(plan: &mut Plan<Self>, context: &Context<Clusters>) -> Result<(), Error> {
        plan.planned.scope.plan_kind::<Binding>(plan.prior.as_ref().map(|prior| &prior.scope), context)?;
        if let Some(warning) = plan_checks::replacement(plan) {
            context.warn(warning);
        }
        names::record(&plan.planned, context);
        names::warn_at_plan(plan, context).await;
        Ok(())
    }

    async fn warn_of_loss(prior: &Self, fate: Fate<'_, Self>, context: &Context<Clusters>) {
        Box::pin(lockout::warn_at_plan(prior, fate, context)).await;
    }

    async fn written(&self, written: Written<'_, Self>, kubernetes: &ClusterKubernetes) {
        effect::wait(self, written, kubernetes).await;
    }

    fn refuse_to_adopt(&self, found: &Object<Binding>) -> Result<(), Error> {
        let wanted = self.role_ref();
        if found.content.role.normalized() == wanted.normalized() {
            return Ok(());
        }
        Err(binding_of_another_role(&self.object_id(), &found.content.role, &wanted))
    }

    fn warnings_of(found: &Object<Binding>, id: &ObjectId) -> Vec<Diagnostic> {
        let lists = [SubjectList::Users, SubjectList::Groups].into_iter().filter(|list| {
            found.content.listed(*list).iter().any(|name| normal_form::normalized(name) != *name)
        });
        lists.map(|list| names::not_in_normal_form(attribute_of_subjects(list), id)).collect()
    }

    async fn check_plan(planned: &Self, prior: Option<&Self>, context: &Context<Clusters>) {
        Box::pin(rbac_dry_run::check_plan(planned, prior, context)).await;
    }
}

impl RightsResource for RbacBinding {
    fn bound_role(&self) -> Option<ObjectPlace> {
        match (&self.cluster_role, &self.role) {
            (Some(name), _) => Some(ObjectPlace::cluster(name)),
            (None, Some(name)) => Some(ObjectPlace { name: name.clone(), ..self.place() }),
            (None, None) => None,
        }
    }
}

impl RbacBinding {
    /// The attribute of a list of subjects.
    fn listed(&self, list: SubjectList) -> Option<&BTreeSet<String>> {
        match list {
            SubjectList::Users => self.users.as_ref(),
            SubjectList::Groups => self.groups.as_ref(),
            SubjectList::ServiceAccounts => self.service_accounts.as_ref(),
        }
    }

    fn role_ref(&self) -> RoleRef {
        let (kind, name) = match (&self.cluster_role, &self.role) {
            (None, Some(role)) => ("Role", role.clone()),
            (cluster_role, _) => ("ClusterRole", cluster_role.clone().unwrap_or_default()),
        };
        RoleRef { kind: kind.to_owned(), name }
    }
}

/// A create of a binding that already exists, with another role.
fn binding_of_another_role(id: &ObjectId, found: &RoleRef, wanted: &RoleRef) -> Error {
    let kind = kind_at::<Binding>(&id.place);
    let attribute = if wanted.kind == "Role" { "role" } else { "cluster_role" };
    Error::new(
        format!("{kind} exists already, with another role"),
        format!(
            "{kind} {} grants a {} of another kind or name than `{attribute}`. The role of a binding (its roleRef) is immutable, so it cannot \
             be adopted. Set another `name`, delete the existing binding, or import it, so that the next apply replaces it:\n\n{}",
            id.in_words(),
            found.kind,
            import_block::<RbacBinding>(&id.to_string()),
        ),
    )
    .at(attribute)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn a_binding_of_another_role_is_named() {
        let role = |name: &str| RoleRef { kind: "ClusterRole".to_owned(), name: name.to_owned() };
        let cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824".to_owned();
        let id = ObjectId { cluster_id, place: ObjectPlace::cluster("viewers") };
        check_messages(
            binding_of_another_role(&id, &role("edit"), &role("view")),
            &expect![[r#"
                ClusterRoleBinding exists already, with another role @ cluster_role
                ClusterRoleBinding viewers in cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 grants a ClusterRole of another kind or name than `cluster_role`. The role of a binding (its roleRef) is immutable, so it cannot be adopted. Set another `name`, delete the existing binding, or import it, so that the next apply replaces it:

                import {
                  to = cks_rbac_binding.NAME
                  id = "81540112-93fc-4d39-af10-fe6c2f4b8824/viewers"
                }
            "#]],
        );
    }
}
