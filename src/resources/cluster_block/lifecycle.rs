//! How a block of a cluster is created, read, changed, cleared, and imported.

use clusters::{Claim, Clusters, Deletion, Presence};
use coreweave::{Change, Cluster, ClusterMember as _};
use tfplugin::{
    Capabilities, Context, Diagnostics, Error, IdentitySchema, Import, ImportResource, Lifecycle, Plan,
    PlanDestroy, Value,
};

use super::{BlockFields, ClusterBlock, entry, messages, plan};
use crate::{
    checks,
    errors::{self, ClientError as _, IntoDiagnostics as _},
    existing::OnExisting,
    operation::ReachClusters as _,
    resources::{cluster_status, provenance::Provenance},
    wait_outcome::{WaitOutcome, WrittenBy},
};

/// A cluster has each block at most once.
const IDENTITY: IdentitySchema = IdentitySchema::of(&["cluster_id"]);

/// The lifecycle of every block of a cluster.
#[derive(Debug)]
pub(crate) struct BlockLifecycle;

impl<R: ClusterBlock> Lifecycle<R> for BlockLifecycle {
    type Provider = Clusters;

    /// Other plans of the run have to know what is kept.
    const PLAN_UNCHANGED: bool = true;

    const CAPABILITIES: Capabilities<R, Clusters> =
        Capabilities::none().import::<Self>().identity(IDENTITY).plan_destroy::<Self>();

    async fn plan(plan: &mut Plan<R>, context: &Context<Clusters>) -> Result<(), Error> {
        plan::plan(plan, context).await
    }

    fn validate(config: &R::Partial, report: &mut Diagnostics) {
        R::validate(config, report);
    }

    /// Writes the block, unless another one is there that the user did not choose to overwrite. Look, claim, write and record are one
    /// turn: a resource that clears the same block meanwhile finds it claimed.
    async fn create(planned: R, context: &Context<Clusters>) -> Result<R, Error> {
        let cluster_id = planned.cluster_id();
        let mut turn = context.clusters().turn(entry::<R>(cluster_id)).await.into_diagnostics()?;
        let claim = turn.claim().map_err(|_| declared_twice(&planned))?;
        let cluster = context.clusters().expect(cluster_id).await.map_err(at_cluster)?;
        let wanted = planned.to_block();
        let existing = R::Block::of(&cluster);
        if let Some(existing) = &existing {
            if claim.is_still_to_be_deleted() {
                return Err(messages::still_to_be_cleared::<R, R::Block>(cluster_id));
            }
            if coreweave::differing_leaves(Some(existing), Some(&wanted)).is_empty() {
                context.warn(messages::taken_over::<R>(cluster_id));
            } else if OnExisting::of(planned.as_ref().on_existing.as_deref()) == OnExisting::Fail {
                return Err(messages::already_exists::<R, _>(cluster_id, existing, &wanted));
            }
        }
        Provenance::of_block(&cluster, context).await.keep(context);
        write(planned, existing, &cluster, claim, WrittenBy::Create, context).await
    }

    async fn read(state: R, context: &Context<Clusters>) -> Result<Option<R>, Error> {
        Ok(refreshed(state, context).await?.into_state())
    }

    /// Writes what changed of the block, if anything did.
    async fn update(planned: R, prior: R, context: &Context<Clusters>) -> Result<R, Error> {
        let mut turn = context.clusters().turn(entry::<R>(planned.cluster_id())).await.into_diagnostics()?;
        let claim = turn.claim().map_err(|_| declared_twice(&planned))?;
        let before = prior.to_block();
        if before == planned.to_block() {
            claim.keep();
            return Ok(planned);
        }
        let cluster = context.clusters().expect(planned.cluster_id()).await.map_err(at_cluster)?;
        write(planned, Some(before), &cluster, claim, WrittenBy::Update, context).await
    }

    /// Clears the block, unless this run made it for another resource or the cluster is gone.
    async fn delete(state: R, context: &Context<Clusters>) -> Result<(), Error> {
        let mut turn = context.clusters().turn(entry::<R>(state.cluster_id())).await.into_diagnostics()?;
        let Some(deletion) = turn.begin_delete() else {
            context.warn(messages::claimed_by_this_run::<R>(state.cluster_id()));
            return Ok(());
        };
        clear(&state, &deletion, context).await?;
        deletion.done();
        Ok(())
    }
}

/// The block as it is, with a warning when somebody else changed it.
async fn refreshed<R: ClusterBlock>(state: R, context: &Context<Clusters>) -> Result<Presence<R>, Error> {
    let remembered = Provenance::remembered(context);
    let cluster = match remembered.find_cluster(state.cluster_id(), context).await? {
        Presence::Present(cluster) => cluster,
        Presence::Gone(gone) => return Ok(Presence::Gone(gone)),
    };
    cluster_status::warn(&cluster, context);
    if !remembered.is_complete_for_block() {
        Provenance::of_block(&cluster, context).await.keep(context);
    }
    let known = state.to_block();
    match Presence::<R::Block>::of_block(&cluster) {
        Presence::Present(block) => {
            if !coreweave::differing_leaves(Some(&known), Some(&block)).is_empty() {
                context.warn(messages::changed_outside(state.cluster_id(), &known, Some(&block)));
            }
            plan::found::<R>(state.cluster_id(), context);
            completed(state.with_block(&block), &cluster).map(Presence::Present)
        }
        Presence::Gone(gone) => {
            context.warn(messages::changed_outside(state.cluster_id(), &known, None));
            Ok(Presence::Gone(gone))
        }
    }
}

impl<R: ClusterBlock> PlanDestroy<Clusters, R> for BlockLifecycle {
    async fn plan_destroy(prior: &R, context: &Context<Clusters>) -> Result<(), Error> {
        plan::plan_destroy(prior, context).await
    }
}

impl<R: ClusterBlock> ImportResource<Clusters, R> for BlockLifecycle {
    /// The block of a cluster that has one.
    async fn import(from: Import, context: &Context<Clusters>) -> Result<R, Error> {
        let cluster_id = match from {
            Import::Id(id) => {
                checks::cluster_id(&id).map_err(|why| errors::bad_import_id::<R>("CLUSTER_ID", &why))?;
                id
            }
            Import::Identity(identity) => {
                let id = identity.text("cluster_id");
                checks::cluster_id(id).map_err(|why| errors::bad_import_identity::<R>(&why))?;
                id.to_owned()
            }
            _ => return Err(errors::unknown_import::<R>()),
        };
        let cluster = context.clusters().expect(&cluster_id).await.into_diagnostics()?;
        let Some(imported) = of_cluster(&cluster) else {
            return Err(messages::nothing_to_import::<R, R::Block>(&cluster_id));
        };
        Provenance::of_block(&cluster, context).await.keep(context);
        imported
    }
}

/// The resource of a cluster's block, as an import and a list have it; `None` if the cluster has no such block.
pub(crate) fn of_cluster<R: ClusterBlock>(cluster: &Cluster) -> Option<Result<R, Error>> {
    let block = R::Block::of(cluster)?;
    Some(completed(R::of_cluster(&cluster.id).with_block(&block), cluster))
}

/// The resource with all its computed attributes.
fn completed<R: ClusterBlock>(mut resource: R, cluster: &Cluster) -> Result<R, Error> {
    let fields: &mut BlockFields = resource.as_mut();
    fields.id = Value::Known(fields.cluster_id.clone());
    resource.with_computed(cluster)
}

/// Another resource of this run has the same block.
fn declared_twice<R: ClusterBlock>(resource: &R) -> Error {
    errors::declared_twice::<R>(resource.cluster_id(), None)
}

/// Writes the block that the resource has claimed, and waits until it is in force.
async fn write<R: ClusterBlock>(
    planned: R,
    expected: Option<R::Block>,
    before: &Cluster,
    claim: Claim<'_>,
    written_by: WrittenBy,
    context: &Context<Clusters>,
) -> Result<R, Error> {
    let change = Change { expected, wanted: Some(planned.to_block()) };
    let written = context.clusters().put(&claim, change).await.map_err(at_cluster)?;
    // A cluster that is still being created has no endpoint yet.
    let complete = completed(planned.clone(), before).ok();
    // It exists now: a failed wait must not orphan it.
    context.record(complete.as_ref().unwrap_or(&planned));
    claim.keep();
    match WaitOutcome::of::<R>(written.settled().await, planned.cluster_id(), written_by) {
        WaitOutcome::InForce => {}
        WaitOutcome::Interrupted(warning) => context.warn(warning),
        WaitOutcome::Failed(error) => return Err(error),
    }
    if let Some(complete) = complete {
        return Ok(complete);
    }
    let cluster = context.clusters().expect(planned.cluster_id()).await.map_err(at_cluster)?;
    completed(planned, &cluster)
}

/// Clears the block that the resource has, in its turn, unless the cluster is gone.
async fn clear<R: ClusterBlock>(
    state: &R,
    deletion: &Deletion<'_>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    let remembered = Provenance::remembered(context);
    match remembered.find_cluster(state.cluster_id(), context).await? {
        Presence::Present(_) => {}
        Presence::Gone(_) => return Ok(()),
    }
    let change = Change { expected: Some(state.to_block()), wanted: None };
    let cleared = async { context.clusters().put(deletion, change).await?.settled().await };
    match cleared.await {
        // The block is deleted with its cluster, if that was.
        Err(clusters::Error::Api(error)) if error.is_end_of_cluster() => {
            match remembered.find_cluster(state.cluster_id(), context).await? {
                Presence::Present(cluster) if cluster.status.is_going() => {
                    context.warn(cluster_status::was_left(&cluster, &messages::thing::<R::Block>(), ""));
                    Ok(())
                }
                Presence::Present(_) => Err(error.into_diagnostics()),
                Presence::Gone(_) => Ok(()),
            }
        }
        cleared => cleared.into_diagnostics(),
    }
}

fn at_cluster(error: clusters::Error) -> Error {
    error.into_diagnostics().at("cluster_id")
}
