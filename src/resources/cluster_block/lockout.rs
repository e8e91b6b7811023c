//! Warnings about a plan that takes away the block which authenticates the caller: a destroy, a replacement, or a change in place.

use clusters::Clusters;
use coreweave::{Cluster, ClusterMember as _};
use kubernetes::Identity;
use tfplugin::{Context, Plan};

use super::{ClusterBlock, entry};
use crate::{
    operation::ReachClusters as _,
    resources::{
        own_access::{self, Loss, will_be_lost},
        plan_checks::within_a_plan,
        provenance::Provenance,
    },
};

/// Warns of a plan that changes or replaces the block. (Of `-replace` and `replace_triggered_by` only a second plan knows, whose warnings
/// Terraform does not show.)
pub(super) async fn warn_at_plan<R: ClusterBlock>(plan: &Plan<R>, context: &Context<Clusters>) {
    let cluster_id = plan.planned.as_ref().cluster_id.as_known();
    if let Some(prior) = &plan.prior {
        if cluster_id.is_some_and(|id| id != prior.cluster_id()) {
            warn(prior, Loss::Replaced, context, |_| true).await;
        } else {
            let planned = plan.whole();
            warn(prior, Loss::Changed, context, |caller| !prior.keeps_access(planned.as_ref(), caller)).await;
        }
        return;
    }
    // A tainted block has neither its prior state nor its private state; the second plan of a replacement has the latter.
    let is_tainted = |id: &&String| context.provider().ledger().is_found(&entry::<R>(id));
    let Some(cluster_id) = cluster_id.filter(is_tainted) else { return };
    if Provenance::remembered(context).is_complete_for_block() {
        return;
    }
    let cluster = within_a_plan(cluster_id, context, context.clusters().expect(cluster_id));
    if let Some(found) = cluster.await.and_then(|cluster| found::<R>(&cluster)) {
        warn(&found, Loss::Replaced, context, |_| true).await;
    }
}

/// Warns of a plan that destroys the block.
pub(super) async fn warn_at_destroy<R: ClusterBlock>(prior: &R, context: &Context<Clusters>) {
    warn(prior, Loss::Destroyed, context, |_| true).await;
}

/// Warns if the caller's access rests on the block and is lost.
async fn warn<R: ClusterBlock>(
    prior: &R,
    loss: Loss,
    context: &Context<Clusters>,
    is_lost: impl Fn(&Identity) -> bool,
) {
    let cluster_id = prior.cluster_id();
    // That endpoint uses neither the trust nor the webhook.
    if context.clusters().is_by_managed_endpoint(cluster_id) {
        return;
    }
    let Some(caller) = own_access::caller(cluster_id, context).await else { return };
    if own_access::is_by_certificate(&caller) || !is_lost(&caller) {
        return;
    }
    let cluster = within_a_plan(cluster_id, context, context.clusters().expect(cluster_id));
    let rests_on = cluster.await.and_then(|cluster| prior.access_of(&caller, &cluster));
    if let Some(thing) = rests_on {
        context.warn(will_be_lost(cluster_id, &thing, loss));
    }
}

/// The block as the cluster has it.
fn found<R: ClusterBlock>(cluster: &Cluster) -> Option<R> {
    let block = R::Block::of(cluster)?;
    R::of_cluster(&cluster.id).with_block(&block).with_computed(cluster).ok()
}
