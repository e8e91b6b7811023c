//! Dry runs of roles and bindings during plan: Kubernetes rejects rights that the caller does not hold, and only a dry run shows that.
//!
//! At most a few requests, and none without a planned change. All findings are warnings: the same apply may create what is missing, and the
//! caller of the apply may hold more permissions than the caller of the plan.

use clusters::{Clusters, Kubernetes, Planned};
use kubernetes::{Mode, Place, Role, Update};
use tfplugin::{Context, Diagnostic};

use super::object::{ObjectResource, entry, kubernetes_of, look_for_existing, owned, warn, within_a_plan};
use crate::errors;

/// A resource that grants rights.
pub(super) trait RightsResource: ObjectResource {
    /// The role that it binds, if it is a binding.
    fn bound_role(&self) -> Option<Place> {
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
    let warnings = within_a_plan(async {
        let kubernetes = kubernetes_of(planned.fields().cluster_id, context).await?;
        Ok(dry_create(planned, &kubernetes, context).await?)
    });
    warn(warnings.await.unwrap_or_default(), context);
}

async fn dry_create<R: RightsResource>(
    planned: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    let dry_run = kubernetes.create(&planned.fields().place, &owned(planned), Mode::DryRun).await;
    // Kubernetes checks permissions before it checks whether the object exists.
    let mut warnings = match dry_run {
        // From a caller with the verb `bind`, Kubernetes accepts a binding to a role that does not exist.
        Ok(_) => return missing_role(planned, kubernetes, context).await,
        Err(kubernetes::Error::AlreadyExists { .. }) => missing_role(planned, kubernetes, context).await?,
        Err(error) => plan_warnings(planned, error, context)?,
    };
    warnings.extend(look_for_existing(planned, kubernetes, context).await?);
    Ok(warnings)
}

/// Dry run of an update in place; none for a replacement.
async fn of_update<R: RightsResource>(planned: &R, prior: &R, context: &Context<Clusters>) {
    let (before, after) = (owned(prior), owned(planned));
    let (fields, prior_fields) = (planned.fields(), prior.fields());
    let is_in_place = (fields.cluster_id, &fields.place, planned.bound_role())
        == (prior_fields.cluster_id, &prior_fields.place, prior.bound_role());
    if !is_in_place || before == after {
        return;
    }
    let warnings = within_a_plan(async {
        let kubernetes = kubernetes_of(fields.cluster_id, context).await?;
        let update =
            Update { place: &fields.place, uid: prior_fields.uid, before: Some(&before), after: &after };
        match kubernetes.update(update, Mode::DryRun).await {
            Ok(_) => Ok(Vec::new()),
            Err(error) => Ok(plan_warnings(planned, error, context)?),
        }
    });
    warn(warnings.await.unwrap_or_default(), context);
}

/// The warnings about a rejected dry run.
fn plan_warnings<R: RightsResource>(
    planned: &R,
    error: kubernetes::Error,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    use kubernetes::Error as E;
    match error {
        E::Escalation { action, missing } => Ok(vec![errors::rights_will_lack(&action, &missing)]),
        E::Missing { kind, name, .. } if kind != "namespaces" => {
            let is_missing =
                |role: &Place| role.name == name && !is_created_by_this_run(planned, role, context);
            let role = planned.bound_role().filter(is_missing);
            Ok(role.map(|role| errors::role_is_missing(&role)).into_iter().collect())
        }
        // The same apply often creates the namespace, and another caller often runs it.
        E::Missing { .. } | E::Forbidden { .. } => Ok(Vec::new()),
        error => Err(error),
    }
}

async fn missing_role<R: RightsResource>(
    planned: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    let Some(role) = planned.bound_role().filter(|role| !is_created_by_this_run(planned, role, context))
    else {
        return Ok(Vec::new());
    };
    let found = kubernetes.find::<Role>(&role).await;
    Ok(if matches!(found, Ok(None)) { vec![errors::role_is_missing(&role)] } else { Vec::new() })
}

/// Whether a plan of this run creates the role.
fn is_created_by_this_run<R: RightsResource>(planned: &R, role: &Place, context: &Context<Clusters>) -> bool {
    let role = entry::<Role>(planned.fields().cluster_id, role);
    context.provider().ledger().is_planned(Planned::Create, role)
}
