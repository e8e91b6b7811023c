//! Tried before it is done: what the plan of a create or update can tell of what Kubernetes will say to it.
//!
//! What gives rights is tried by a dry run, since Kubernetes then looks for rights that the caller would give without having them;
//! all else is looked for. One request mostly, and none without a planned change. Only forewarnings: what is missing may be made in
//! the same apply, and whoever plans may hold fewer rights than whoever applies.

use std::time::Duration;

use clusters::{Claim, Clusters, Intention, Kubernetes};
use kubernetes::{Mode, Place, Role, Update};
use tfplugin::{Context, Diagnostic};

use super::{ObjectResource, existing, owned};
use crate::{errors, resources::rbac_role::RbacRole};

/// A plan should not wait long for what is only a forewarning.
const PLAN_CHECK_TIMEOUT: Duration = Duration::from_secs(20);

/// Asks something that the plan can do without.
pub(crate) async fn within_a_plan<T>(
    question: impl Future<Output = Result<T, clusters::Error>>,
) -> Option<T> {
    match tokio::time::timeout(PLAN_CHECK_TIMEOUT, question).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the cluster could not be asked during plan");
            None
        }
        Err(_) => {
            tracing::debug!("asking the cluster took too long during plan");
            None
        }
    }
}

/// The cluster's Kubernetes for such a question.
pub(crate) async fn kubernetes_of(
    cluster_id: &str,
    context: &Context<Clusters>,
) -> Result<Kubernetes, clusters::Error> {
    context.provider().kubernetes(cluster_id, PLAN_CHECK_TIMEOUT, context.stopped()).await
}

/// What a create will meet. `planned` is the whole resource.
pub(super) async fn of_create<R: ObjectResource>(planned: &R, context: &Context<Clusters>) {
    let warnings = within_a_plan(async {
        let kubernetes = kubernetes_of(planned.fields().cluster_id, context).await?;
        if R::GIVES_RIGHTS {
            return Ok(try_create(planned, &kubernetes, context).await?);
        }
        Ok(existing::look(planned, &kubernetes, context).await?.into_iter().collect())
    });
    let warnings: Vec<Diagnostic> = warnings.await.unwrap_or_default();
    for warning in warnings {
        context.warn(warning);
    }
}

async fn try_create<R: ObjectResource>(
    planned: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    let tried = kubernetes.create(&planned.fields().place, &owned(planned), Mode::DryRun).await;
    // What may be given is looked at before what is there.
    let mut warnings = match tried {
        // Who has the verb `bind` may bind a role that does not exist, and Kubernetes says nothing.
        Ok(_) => return missing_role(planned, kubernetes, context).await,
        Err(kubernetes::Error::AlreadyExists { .. }) => missing_role(planned, kubernetes, context).await?,
        Err(error) => plan_warnings(planned, error, context)?,
    };
    warnings.extend(existing::look(planned, kubernetes, context).await?);
    Ok(warnings)
}

/// What an update will meet, when it is one in place.
pub(super) async fn of_update<R: ObjectResource>(planned: &R, prior: &R, context: &Context<Clusters>) {
    let (before, after) = (owned(prior), owned(planned));
    let (fields, prior_fields) = (planned.fields(), prior.fields());
    let is_in_place = (fields.cluster_id, &fields.place, planned.bound_role())
        == (prior_fields.cluster_id, &prior_fields.place, prior.bound_role());
    if !R::GIVES_RIGHTS || !is_in_place || before == after {
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
    let warnings: Vec<Diagnostic> = warnings.await.unwrap_or_default();
    for warning in warnings {
        context.warn(warning);
    }
}

/// What a refusal of the dry run is worth telling.
fn plan_warnings<R: ObjectResource>(
    planned: &R,
    error: kubernetes::Error,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    use kubernetes::Error as E;
    match error {
        E::Escalation { action, missing } => Ok(vec![errors::rights_will_lack(&action, &missing)]),
        E::Missing { kind, name, .. } if kind != "namespaces" => {
            let is_missing = |role: &Place| role.name == name && !is_being_made(planned, role, context);
            let role = planned.bound_role().filter(is_missing);
            Ok(role.map(|role| errors::role_is_missing(&role)).into_iter().collect())
        }
        // Often made in the same apply: the namespace. Often not the one who applies: the caller.
        E::Missing { .. } | E::Forbidden { .. } => Ok(Vec::new()),
        error => Err(error),
    }
}

async fn missing_role<R: ObjectResource>(
    planned: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Vec<Diagnostic>, kubernetes::Error> {
    let Some(role) = planned.bound_role().filter(|role| !is_being_made(planned, role, context)) else {
        return Ok(Vec::new());
    };
    let found = kubernetes.find::<Role>(&role).await;
    Ok(if matches!(found, Ok(None)) { vec![errors::role_is_missing(&role)] } else { Vec::new() })
}

/// Whether this run is to make the role.
fn is_being_made<R: ObjectResource>(planned: &R, role: &Place, context: &Context<Clusters>) -> bool {
    let role =
        Claim::of_object(planned.fields().cluster_id, <RbacRole as tfplugin::Schema>::NAME, role.to_string());
    context.provider().intends(Intention::Make, role)
}
