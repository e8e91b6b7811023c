//! What the plan of a block can tell beforehand: a warning when the cluster has another one already.

use clusters::{Clusters, LedgerEntry, Planned};
use coreweave::{Cluster, ClusterMember as _, ConfigBlock as _};
use tfplugin::{Context, Error, Plan, Value};

use super::{ClusterBlock, messages};
use crate::{
    errors,
    existing::OnExisting,
    operation::ReachClusters as _,
    resources::{
        own_access,
        plan_checks::{warn, within_a_plan},
    },
};

/// Key of the planned private of a plan that was compared with the others of its run.
const CHECKED: &str = "checked";

/// Fills in what is certain beforehand and warns of what the user should know.
pub(crate) async fn plan<R: ClusterBlock>(
    plan: &mut Plan<R>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    warn(R::warn_at_plan(&mut plan.planned), context);
    let Value::Known(cluster_id) = plan.planned.as_ref().cluster_id.clone() else {
        return Ok(());
    };
    let is_new = plan.prior.as_ref().is_none_or(|prior| prior.cluster_id() != cluster_id);
    // The second plan, that of the apply, does not see the plans of the others.
    if !context.planned_private(CHECKED).unwrap_or(false) {
        context.set_private_state(CHECKED, &true);
        warn(R::check_run(&plan.planned, is_new, context.provider().plans()).await, context);
    }
    if plan.prior.is_none() {
        let entry = LedgerEntry::of_cluster(&cluster_id, R::Block::KIND.name());
        let declared_twice = |_| errors::declared_twice::<R>(&cluster_id, None);
        context.provider().plans().plan(Planned::Create, entry).map_err(declared_twice)?;
    }
    if let Some(prior) = plan.prior.as_ref().filter(|prior| prior.cluster_id() == cluster_id) {
        plan.planned.as_mut().id = prior.as_ref().id.clone();
        R::keep_computed(&mut plan.planned, prior);
        return Ok(());
    }
    if let Some(cluster) = within_a_plan(&cluster_id, context, context.clusters().expect(&cluster_id)).await {
        warn_of_existing(plan, &cluster, context);
    }
    Ok(())
}

/// Warns of access of the caller's own that a destroy removes.
pub(crate) async fn plan_destroy<R: ClusterBlock>(prior: &R, context: &Context<Clusters>) {
    own_access::warn_of_loss(prior.cluster_id(), context, |caller| prior.access_of(caller)).await;
}

/// What a block that is there before the create means, once all that would be written is known.
fn warn_of_existing<R: ClusterBlock>(plan: &Plan<R>, cluster: &Cluster, context: &Context<Clusters>) {
    let Some(existing) = R::Block::of(cluster) else {
        return;
    };
    // None while anything that is written, or the choice itself, is unknown.
    let Some(planned) = plan.whole() else {
        return;
    };
    let wanted = planned.to_block();
    if coreweave::differing_leaves(Some(&existing), Some(&wanted)).is_empty() {
        return;
    }
    context.warn(match OnExisting::of(planned.as_ref().on_existing.as_deref()) {
        OnExisting::Adopt => messages::will_be_overwritten(&cluster.id, &existing, &wanted),
        OnExisting::Fail => messages::existing_at_plan::<R, _>(&cluster.id, &existing, &wanted),
    });
}
