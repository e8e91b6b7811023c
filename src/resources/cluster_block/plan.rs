//! What the plan of a block can tell beforehand: a warning when the cluster has another one already.

use clusters::{Clusters, Planned};
use coreweave::{Cluster, ClusterMember as _};
use tfplugin::{Context, Error, Plan, Value};

use super::{ClusterBlock, entry, messages};
use crate::{
    existing::OnExisting,
    operation::ReachClusters as _,
    resources::{
        own_access,
        plan_checks::{record_found, record_plan, warn, within_a_plan},
    },
};

/// Key of the planned private of a plan that was compared with the others of its run: the second plan, that of the apply, is no other one.
const RECORDED: &str = "recorded";

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
    if !context.planned_private(RECORDED).unwrap_or(false) {
        context.set_private_state(RECORDED, &true);
        warn(R::check_run(&plan.planned, is_new, context.provider().ledger()).await, context);
        if plan.prior.is_none() {
            record_plan::<R>(Planned::Create, &entry::<R>(&cluster_id), &in_words(&cluster_id), context);
        }
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

/// Records that the plan destroys the block, and warns of access of the caller's own that this removes.
pub(super) async fn plan_destroy<R: ClusterBlock>(prior: &R, context: &Context<Clusters>) {
    let cluster_id = prior.cluster_id();
    record_plan::<R>(Planned::Destroy, &entry::<R>(cluster_id), &in_words(cluster_id), context);
    own_access::warn_of_loss(cluster_id, context, |caller| prior.access_of(caller)).await;
}

/// Records that a refresh found the block.
pub(super) fn found<R: ClusterBlock>(cluster_id: &str, context: &Context<Clusters>) {
    record_found::<R>(&entry::<R>(cluster_id), &in_words(cluster_id), context);
}

/// The block of a cluster in messages, after the type of the resource.
fn in_words(cluster_id: &str) -> String {
    format!("cluster {cluster_id}")
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
