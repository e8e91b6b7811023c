//! Dry runs of roles and bindings during plan: Kubernetes rejects rights that the caller does not hold, and only a dry run shows that.
//!
//! At most a few requests, and none without a planned change; of all bindings of one role in one scope, one dry run ([`kubernetes::Grant`]).
//! All findings are warnings: the same apply may create what is missing, and the caller of the apply may hold more permissions than the
//! caller of the plan.

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{Action, Grant, Kind as _, ObjectPlace, Role, Update};
use tfplugin::{Context, Diagnostic};

use super::{
    object::{ObjectResource, entry, look_for_existing},
    plan_checks::{kubernetes_of, warn, within_a_plan},
};
use crate::errors::{escalation_text, remedy};

/// A resource that grants rights.
pub(super) trait RightsResource: ObjectResource {
    /// The role that it binds, if it is a binding.
    fn bound_role(&self) -> Option<ObjectPlace> {
        None
    }
}

/// Warns if Kubernetes would reject the planned create, or the planned update of `prior`. `planned` is the whole resource.
pub(super) async fn check_plan<R: RightsResource>(
    planned: &R,
    prior: Option<&R>,
    context: &Context<Clusters>,
) {
    match prior {
        None => of_create(planned, context).await,
        Some(prior) => of_update(planned, prior, context).await,
    }
}

async fn of_create<R: RightsResource>(planned: &R, context: &Context<Clusters>) {
    let warnings = within_a_plan(planned.cluster_id(), context, async {
        let kubernetes = kubernetes_of(planned.cluster_id(), context).await?;
        Ok(dry_create(planned, &kubernetes, context).await?)
    });
    warn(warnings.await.unwrap_or_default(), context);
}

async fn dry_create<R: RightsResource>(
    planned: &R,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    let role = planned.bound_role();
    let tried = kubernetes.try_create(&planned.place(), &planned.owned(), role.as_ref()).await?;
    let mut warnings: Vec<_> = match tried.grant {
        // From a caller with the verb `bind`, Kubernetes accepts a binding to a role that does not exist.
        Grant::Allowed => missing_role(planned, kubernetes, context).await.into_iter().collect(),
        grant => refusal("create", planned, grant, context).into_iter().collect(),
    };
    if !tried.is_free {
        warnings.extend(look_for_existing(planned, kubernetes, context).await?);
    }
    Ok(warnings)
}

/// Dry run of an update in place; none for a replacement.
async fn of_update<R: RightsResource>(planned: &R, prior: &R, context: &Context<Clusters>) {
    let (before, after) = (prior.owned(), planned.owned());
    let (place, role) = (planned.place(), planned.bound_role());
    let is_in_place =
        (planned.cluster_id(), &place, &role) == (prior.cluster_id(), &prior.place(), &prior.bound_role());
    if !is_in_place || before == after {
        return;
    }
    let warning = within_a_plan(planned.cluster_id(), context, async {
        let kubernetes = kubernetes_of(planned.cluster_id(), context).await?;
        let uid = prior.as_ref().known_uid();
        let update = Update { place: &place, uid, before: Some(&before), after: &after };
        let tried = kubernetes.try_update(update, role.as_ref()).await?;
        Ok(refusal("patch", planned, tried.grant, context))
    });
    warn(warning.await.flatten(), context);
}

/// The warning about a dry run that was rejected.
fn refusal<R: RightsResource>(
    verb: &'static str,
    planned: &R,
    grant: Grant,
    context: &Context<Clusters>,
) -> Option<Diagnostic> {
    match grant {
        Grant::Lacking(missing) => {
            let place = planned.place();
            let api = R::Kind::api(place.namespace.is_some());
            Some(rights_will_lack(&Action { verb, api, place: Some(place), subresource: None }, &missing))
        }
        Grant::Missing { kind, name } if kind != "namespaces" => {
            let is_missing =
                |role: &ObjectPlace| role.name == name && !is_created_by_this_run(planned, role, context);
            planned.bound_role().filter(is_missing).map(|role| role_is_missing(&role))
        }
        // The same apply often creates the namespace, and another caller often runs it.
        Grant::Missing { .. } | Grant::Forbidden | Grant::Allowed => None,
    }
}

async fn missing_role<R: RightsResource>(
    planned: &R,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Option<Diagnostic> {
    let role = planned.bound_role().filter(|role| !is_created_by_this_run(planned, role, context))?;
    let found = kubernetes.glance::<Role>(&role).await;
    matches!(found, Ok(None)).then(|| role_is_missing(&role))
}

/// Whether a plan of this run creates the role.
fn is_created_by_this_run<R: RightsResource>(
    planned: &R,
    role: &ObjectPlace,
    context: &Context<Clusters>,
) -> bool {
    let role = entry::<Role>(planned.cluster_id(), role.clone());
    context.provider().ledger().is_created(&role)
}

/// A plan whose apply will be rejected, since the caller lacks permissions.
fn rights_will_lack(action: &Action, missing: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Not allowed to grant these permissions",
        format!(
            "{}\n\n{} Otherwise Kubernetes rejects the apply, unless a caller with these permissions runs it.",
            escalation_text(action, missing),
            remedy(action)
        ),
    )
}

/// A binding to a role that does not exist.
fn role_is_missing(role: &ObjectPlace) -> Diagnostic {
    let (kind, attribute) = match role.namespace {
        Some(_) => ("Role", "role"),
        None => ("ClusterRole", "cluster_role"),
    };
    Diagnostic::warning(
        format!("{kind} does not exist"),
        format!(
            "There is no {kind} {role}, and no cks_rbac_role of this plan creates it. A binding to it grants no permissions, and Kubernetes rejects \
             it from callers without the verb `bind`. Create the role first, or correct `{attribute}`."
        ),
    )
    .at(attribute)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use kubernetes::{Binding, Error as E};

    use super::*;
    use crate::errors::{ClientError as _, testing::check_messages};

    #[test]
    fn rights_that_lack_come_with_the_remedy() {
        let missing = vec!["{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}".to_owned()];
        let action = |api| Action {
            verb: "create",
            api,
            place: Some(ObjectPlace::cluster("viewers")),
            subresource: None,
        };
        check_messages(
            rights_will_lack(&action(Binding::api(false)), &missing),
            &expect![[r#"
                Not allowed to grant these permissions @ 
                You can grant only permissions that you hold. To create ClusterRoleBinding viewers, the caller lacks:
                  {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

                Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it. Otherwise Kubernetes rejects the apply, unless a caller with these permissions runs it.
            "#]],
        );
        check_messages(
            rights_will_lack(&action(Role::api(false)), &missing),
            &expect![[r#"
                Not allowed to grant these permissions @ 
                You can grant only permissions that you hold. To create ClusterRole viewers, the caller lacks:
                  {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

                Grant the caller these permissions, or the verb `escalate` on the role: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["escalate"], resourceNames [the role]. A caller bound to cluster-admin has it. Otherwise Kubernetes rejects the apply, unless a caller with these permissions runs it.
            "#]],
        );
        check_messages(
            E::Escalation { action: action(Binding::api(false)).into(), missing }.into_diagnostics(),
            &expect![[r#"
                Not allowed to grant these permissions @ 
                You can grant only permissions that you hold. To create ClusterRoleBinding viewers, the caller lacks:
                  {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}

                Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups ["rbac.authorization.k8s.io"], resources ["clusterroles", "roles"], verbs ["bind"], resourceNames [the role]. A caller bound to cluster-admin has it.
            "#]],
        );
    }

    #[test]
    fn a_role_that_does_not_exist_is_named() {
        check_messages(
            role_is_missing(&ObjectPlace::cluster("veiw")),
            &expect![[r#"
                ClusterRole does not exist @ cluster_role
                There is no ClusterRole veiw, and no cks_rbac_role of this plan creates it. A binding to it grants no permissions, and Kubernetes rejects it from callers without the verb `bind`. Create the role first, or correct `cluster_role`.
            "#]],
        );
        check_messages(
            role_is_missing(&ObjectPlace::namespaced("team", "veiw")),
            &expect![[r#"
                Role does not exist @ role
                There is no Role team/veiw, and no cks_rbac_role of this plan creates it. A binding to it grants no permissions, and Kubernetes rejects it from callers without the verb `bind`. Create the role first, or correct `role`.
            "#]],
        );
    }
}
