//! `cks_rbac_role`: a ClusterRole, or a Role when `namespace` is set.

mod lockout;
mod rules;

use clusters::Clusters;
use kubernetes::{Object, ObjectPlace};
use tfplugin::{Context, Diagnostics, Error, Plan, Schema, SharedLifecycle};

use self::rules::RbacRule;
use super::{
    object::{
        Fate, ObjectFields, ObjectLifecycle, ObjectResource, Scope,
        moved::{self, MovedState, MovesFrom},
    },
    rbac_dry_run::{self, RightsResource},
    rbac_scope::ScopeFields,
};

/// Permissions: a ClusterRole, or a Role when `namespace` is set. It grants nothing until a `cks_rbac_binding` binds it.
///
/// You can write only permissions that you hold, unless you have the verb `escalate` on roles; the plan lists those that are missing.
/// An aggregated ClusterRole, whose rules Kubernetes collects from others, cannot be managed here.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_rbac_role")]
pub(crate) struct RbacRole {
    #[schema(flatten)]
    object: ObjectFields,
    #[schema(flatten)]
    scope: ScopeFields,
    /// Permissions, in order.
    #[schema(required)]
    rules: Vec<RbacRule>,
}

impl SharedLifecycle for RbacRole {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for RbacRole {
    type Kind = kubernetes::Role;

    const SCOPE: Scope = Scope::Either;

    const MOVES_FROM: &'static [MovesFrom] = &[
        MovesFrom { type_name: "kubernetes_cluster_role", namespaced: false },
        MovesFrom { type_name: "kubernetes_role", namespaced: true },
    ];

    fn moved_content(
        state: &MovedState,
        place: &ObjectPlace,
        _report: &mut Diagnostics,
    ) -> Result<kubernetes::Role, Error> {
        if state.blocks("aggregation_rule").next().is_some() {
            return Err(role_is_aggregated(place));
        }
        let rule = |rule: &serde_json::Value| kubernetes::Rule {
            verbs: moved::texts(rule, "verbs"),
            api_groups: moved::texts(rule, "api_groups"),
            resources: moved::texts(rule, "resources"),
            resource_names: moved::texts(rule, "resource_names"),
            non_resource_urls: moved::texts(rule, "non_resource_urls"),
        };
        Ok(kubernetes::Role { rules: state.blocks("rule").map(rule).collect(), aggregated: false })
    }

    fn place(&self) -> ObjectPlace {
        self.scope.place()
    }

    fn at(place: ObjectPlace) -> Self {
        Self { scope: ScopeFields::at(place), ..Self::default() }
    }

    fn content(&self) -> kubernetes::Role {
        kubernetes::Role { rules: self.rules.iter().map(RbacRule::wanted).collect(), aggregated: false }
    }

    fn with_content(self, content: &kubernetes::Role) -> Self {
        Self { rules: rules::as_found(&self.rules, &content.rules), ..self }
    }

    fn with_computed(self) -> Self {
        Self { scope: self.scope.with_kind::<kubernetes::Role>(), ..self }
    }

    fn validate(config: &RbacRolePartial, report: &mut Diagnostics) {
        rules::check(config, report);
    }

    async fn modify_plan(plan: &mut Plan<Self>, context: &Context<Clusters>) -> Result<(), Error> {
        plan.planned
            .scope
            .plan_kind::<kubernetes::Role>(plan.prior.as_ref().map(|prior| &prior.scope), context)
    }

    async fn warn_of_loss(prior: &Self, fate: Fate<'_, Self>, context: &Context<Clusters>) {
        Box::pin(lockout::warn_at_plan(prior, fate, context)).await;
    }

    fn refuse(found: &Object<kubernetes::Role>) -> Result<(), Error> {
        if found.content.aggregated { Err(role_is_aggregated(&found.place)) } else { Ok(()) }
    }

    async fn check_plan(planned: &Self, prior: Option<&Self>, context: &Context<Clusters>) {
        Box::pin(rbac_dry_run::check_plan(planned, prior, context)).await;
    }
}

impl RightsResource for RbacRole {}

/// A role whose rules kube-controller-manager writes.
fn role_is_aggregated(role: &ObjectPlace) -> Error {
    Error::new(
        "Aggregated ClusterRole cannot be managed",
        format!(
            "ClusterRole {role} has an aggregationRule: kube-controller-manager collects its rules from other ClusterRoles by label, and overwrites \
             all others. To add rules to it, create a cks_rbac_role with the labels that the aggregationRule selects. If the state has this \
             role, remove it with `terraform state rm`."
        ),
    )
    .at("name")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn an_aggregated_role_is_named() {
        check_messages(
            role_is_aggregated(&ObjectPlace::cluster("monitor")),
            &expect![[r#"
                Aggregated ClusterRole cannot be managed @ name
                ClusterRole monitor has an aggregationRule: kube-controller-manager collects its rules from other ClusterRoles by label, and overwrites all others. To add rules to it, create a cks_rbac_role with the labels that the aggregationRule selects. If the state has this role, remove it with `terraform state rm`.
            "#]],
        );
    }
}
