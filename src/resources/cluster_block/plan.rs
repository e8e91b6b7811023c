//! The plan of a block: what is certain before the apply, what the other plans of the run mean for it, and what the user should know.

use clusters::{Clusters, Planned};
use coreweave::{Cluster, ClusterMember as _};
use tfplugin::{Context, Error, Plan, Value};

use super::{ClusterBlock, entry, lockout, messages};
use crate::{
    existing::OnExisting,
    operation::ReachClusters as _,
    resources::plan_checks::{Reads, defer_unknown, record_plan, warn, within_a_plan},
};

/// Key of the planned private of a plan that was compared with the others of its run: the second plan, that of the apply, is no other one.
const RECORDED: &str = "recorded";

/// Fills in what is certain beforehand and warns of what the user should know.
pub(crate) async fn plan<R: ClusterBlock>(
    plan: &mut Plan<R>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    R::fill_in(&mut plan.planned);
    if keep_unchanged(plan, context)? {
        return Ok(());
    }
    defer_unknown(&plan.planned.as_ref().cluster_id, context, Reads::Api)?;
    warn(R::warnings(&plan.planned), context);
    let Value::Known(cluster_id) = plan.planned.as_ref().cluster_id.clone() else {
        // It may stay where it is.
        let Some(prior) = plan.prior.as_ref().map(ClusterBlock::cluster_id) else { return Ok(()) };
        return record_plan::<R>(Planned::Keep, &entry::<R>(prior), &in_words(prior), context);
    };
    let kept = plan.prior.as_ref().filter(|prior| prior.cluster_id() == cluster_id);
    if !context.planned_private(RECORDED).unwrap_or(false) {
        context.set_planned_private(RECORDED, &true);
        lockout::warn_at_plan(plan, context).await;
        warn(R::check_run(&plan.planned, kept, context.provider().ledger()).await, context);
        if plan.prior.is_none() {
            record_plan::<R>(Planned::Create, &entry::<R>(&cluster_id), &in_words(&cluster_id), context)?;
        }
    }
    if kept.is_some() {
        return keep(plan, context);
    }
    if let Some(cluster) = within_a_plan(&cluster_id, context, context.clusters().expect(&cluster_id)).await {
        warn_of_existing(plan, &cluster, context);
    }
    Ok(())
}

/// Plans a block that stays as it is: nothing is checked or said. Returns whether it is one.
fn keep_unchanged<R: ClusterBlock>(plan: &mut Plan<R>, context: &Context<Clusters>) -> Result<bool, Error> {
    let (Some(prior), Some(planned)) = (&plan.prior, plan.whole()) else { return Ok(false) };
    let block = |resource: &R| (resource.cluster_id().to_owned(), resource.to_block());
    let is_unchanged = block(prior) == block(&planned);
    if is_unchanged {
        keep(plan, context)?;
    }
    Ok(is_unchanged)
}

/// Plans a block that the state has: other plans of the run have to know that it is kept.
fn keep<R: ClusterBlock>(plan: &mut Plan<R>, context: &Context<Clusters>) -> Result<(), Error> {
    let Some(prior) = &plan.prior else { return Ok(()) };
    plan.planned.as_mut().id = prior.as_ref().id.clone();
    R::keep_computed(&mut plan.planned, prior);
    let cluster_id = prior.cluster_id();
    record_plan::<R>(Planned::Keep, &entry::<R>(cluster_id), &in_words(cluster_id), context)
}

/// Records that the plan destroys the block, and warns of access of the caller's own that this removes.
pub(super) async fn plan_destroy<R: ClusterBlock>(
    prior: &R,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    let cluster_id = prior.cluster_id();
    record_plan::<R>(Planned::Destroy, &entry::<R>(cluster_id), &in_words(cluster_id), context)?;
    lockout::warn_at_destroy(prior, context).await;
    Ok(())
}

/// Records that a refresh found the block.
pub(super) fn found<R: ClusterBlock>(cluster_id: &str, context: &Context<Clusters>) {
    context.provider().ledger().find(entry::<R>(cluster_id));
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
