//! How an object is created, read, changed, deleted, and imported.

use clusters::{ClusterKubernetes, Clusters, Presence, Reach};
use kubernetes::{Created, Deleted, Mode, Object, ObjectPlace, Owned, PlannedDeletion, Update};
use tfplugin::{
    Capabilities, Context, Diagnostics, Error, Import, ImportResource, Lifecycle, MoveResource, MoveSource,
    Plan, PlanDestroy, Value,
};

use super::{
    Fate, ObjectFields, ObjectId, ObjectResource, Scope, Written, existing,
    found::{as_found, completed, of_object, show_warnings, warn_of_found},
    imported::Imported,
    kind_at, messages, moved, namespace_check, run_plan, version,
};
use crate::{
    errors::{self, IntoDiagnostics as _},
    operation::ReachClusters as _,
    resources::{
        cluster_status, plan_checks,
        provenance::{Provenance, warn_if_unverified},
    },
};

/// Key of the planned private of a plan that has run its checks: the second plan, that of the apply, need not repeat them.
const TRIED: &str = "tried";

/// The lifecycle of every Kubernetes object, whatever its kind.
#[derive(Debug)]
pub(crate) struct ObjectLifecycle;

impl<R: ObjectResource> Lifecycle<R> for ObjectLifecycle {
    type Provider = Clusters;

    /// Other plans of the run have to know what is kept.
    const PLAN_UNCHANGED: bool = true;

    const CAPABILITIES: Capabilities<R, Clusters> = Capabilities::none()
        .import::<Self>()
        .identity(R::SCOPE.identity())
        .plan_destroy::<Self>()
        .move_from::<Self>();

    fn validate(config: &R::Partial, report: &mut Diagnostics) {
        R::validate(config, report);
    }

    /// Warns on create of what exists already, on update of what stays, and of what Kubernetes would reject.
    async fn plan(plan: &mut Plan<R>, context: &Context<Clusters>) -> Result<(), Error> {
        if plan.prior.as_ref().is_some_and(moved::is_incomplete)
            && !moved::complete_plan(plan, context).await?
        {
            return Ok(());
        }
        if let Some(prior) = &plan.prior {
            let (prior, planned) = (prior.as_ref(), plan.planned.as_mut());
            planned.id = prior.id.clone();
            planned.uid = prior.uid.clone();
        }
        let prior = plan.prior.as_ref().map(ObjectResource::cluster_id);
        plan_checks::expect_right_cluster(&plan.planned.as_ref().cluster_id, prior, context).await?;
        R::modify_plan(plan, context).await?;
        let whole = plan.whole();
        run_plan::record(plan, whole.as_ref(), context).await?;
        let tried = context.planned_private(TRIED).unwrap_or(false);
        plan_checks::warn_of_skipped_verification_if_changed(
            plan,
            &plan.planned.as_ref().cluster_id,
            context,
        );
        context.set_planned_private(TRIED, &whole.is_some());
        if let Some(prior) = plan.prior.as_ref().filter(|_| !tried) {
            R::warn_of_loss(prior, Fate::Changed(&plan.planned), context).await;
        }
        let Some(planned) = whole.filter(|_| !tried) else { return Ok(()) };
        if plan.prior.is_none() {
            namespace_check::warn_of_namespace(&planned, context).await;
        }
        R::check_plan(&planned, plan.prior.as_ref(), context).await;
        Ok(())
    }

    /// Look, claim, write and record are one turn: a resource that destroys the same object meanwhile finds it claimed.
    async fn create(resource: R, context: &Context<Clusters>) -> Result<R, Error> {
        let id = resource.object_id();
        let mut turn = context.clusters().turn(resource.entry()).await.into_diagnostics()?;
        let claim = turn.claim().map_err(|_| declared_twice(&resource))?;
        run_plan::forget(context);
        let kubernetes = context.clusters().kubernetes(&id.cluster_id).await.into_diagnostics()?;
        warn_if_unverified(&id.cluster_id, &kubernetes, context).await?;
        let (object, is_new) =
            match existing::create_or_take_over(&resource, &claim, &kubernetes, context).await? {
                Created::New(object) => (object, true),
                Created::Existing(object) => (object, false),
            };
        let resource = completed(resource, object.uid.clone());
        // It exists now: whatever fails later must not orphan it.
        context.record(&resource);
        claim.keep();
        version::remember(&resource, &object, context);
        Provenance::of_object(Some(&object.uid), &kubernetes, context).await.keep(context);
        resource.written(Written { prior: None, object: &object, is_new }, &kubernetes).await;
        warn_of_found::<R>(&object, &id, context);
        show_warnings(&kubernetes, context);
        Ok(resource)
    }

    async fn read(resource: R, context: &Context<Clusters>) -> Result<Option<R>, Error> {
        if moved::is_incomplete(&resource) {
            return Ok(Some(resource));
        }
        Ok(refreshed(resource, context).await?.into_state())
    }

    async fn update(resource: R, prior: R, context: &Context<Clusters>) -> Result<R, Error> {
        let mut turn = context.clusters().turn(resource.entry()).await.into_diagnostics()?;
        let claim = turn.claim().map_err(|_| declared_twice(&resource))?;
        run_plan::forget(context);
        let (mut before, after) = (prior.owned(), resource.owned());
        let mut imported = Imported::remembered(context);
        let left = imported.leave(&mut before, &after);
        let uid = if moved::is_incomplete(&prior) {
            moved::update(&resource, prior, context).await?
        } else if before == after {
            prior.as_ref().known_uid().unwrap_or_default().to_owned()
        } else {
            write_difference(&resource, &prior, &before, &after, context).await?
        };
        claim.keep();
        if !left.is_empty() {
            imported.keep(context);
        }
        for key in left {
            context.warn(messages::imported_key_was_kept(&resource.object_id(), &key));
        }
        Ok(completed(resource, uid))
    }

    /// Deletes the object, unless another resource of this run took it over.
    async fn delete(resource: R, context: &Context<Clusters>) -> Result<(), Error> {
        moved::expect_complete(&resource)?;
        let mut turn = context.clusters().turn(resource.entry()).await.into_diagnostics()?;
        let Some(deletion) = turn.begin_delete() else {
            context.warn(messages::claimed_by_this_run::<R>(&resource.object_id()));
            return Ok(());
        };
        delete_own(&resource, context).await?;
        deletion.done();
        Ok(())
    }
}

impl<R: ObjectResource> PlanDestroy<Clusters, R> for ObjectLifecycle {
    async fn plan_destroy(prior: &R, context: &Context<Clusters>) -> Result<(), Error> {
        moved::expect_complete(prior)?;
        let cluster_id = prior.cluster_id();
        plan_checks::expect_right_cluster(&Value::Known(cluster_id.to_owned()), Some(cluster_id), context)
            .await?;
        plan_checks::warn_of_skipped_verification(cluster_id, context);
        run_plan::record_destroy(prior, context).await
    }
}

impl<R: ObjectResource> MoveResource<R> for ObjectLifecycle {
    fn move_from(source: &MoveSource, report: &mut Diagnostics) -> Result<Option<R>, Error> {
        moved::move_from(source, report)
    }
}

impl<R: ObjectResource> ImportResource<Clusters, R> for ObjectLifecycle {
    async fn import(from: Import, context: &Context<Clusters>) -> Result<R, Error> {
        let id = match from {
            Import::Id(id) => {
                R::SCOPE.parse(&id).map_err(|why| errors::bad_import_id::<R>(R::SCOPE.form(), &why))?
            }
            Import::Identity(identity) => {
                Scope::identified(&identity).map_err(|why| errors::bad_import_identity::<R>(&why))?
            }
            _ => return Err(errors::unknown_import::<R>()),
        };
        let kubernetes = context.clusters().reading().kubernetes(&id.cluster_id).await.into_diagnostics()?;
        let Some(object) = find::<R>(&id.place, &kubernetes).await? else {
            let kind = kind_at::<R::Kind>(&id.place);
            return Err(messages::nothing_to_import::<R>(kind, &id));
        };
        let resource: R = of_object(&id.cluster_id, &object)?;
        warn_of_found::<R>(&object, &id, context);
        warn_if_unverified(&id.cluster_id, &kubernetes, context).await?;
        Provenance::of_object(Some(&object.uid), &kubernetes, context).await.keep(context);
        version::remember(&resource, &object, context);
        let fields: &ObjectFields = resource.as_ref();
        Imported::of(&fields.labels, &fields.annotations).keep(context);
        Ok(resource)
    }
}

/// The resource as it is now, with a warning of what others changed.
async fn refreshed<R: ObjectResource>(
    resource: R,
    context: &Context<Clusters>,
) -> Result<Presence<R>, Error> {
    let remembered = Provenance::remembered(context);
    let id = resource.object_id();
    let kubernetes = match remembered.find_kubernetes(&id.cluster_id, context.clusters().reading()).await? {
        Reach::Present(kubernetes) => kubernetes,
        Reach::Going(cluster) => {
            cluster_status::warn(&cluster, context);
            return Ok(Presence::Present(resource));
        }
        Reach::Gone(gone) => return Ok(Presence::Gone(gone)),
    };
    if let Some(cluster) = kubernetes.cluster() {
        cluster_status::warn(cluster, context);
    }
    let uid = resource.as_ref().known_uid().unwrap_or_default();
    let object = match kubernetes.find_or_gone::<R::Kind>(&id.place, uid).await.into_diagnostics()?.into() {
        Presence::Present(object) => object,
        Presence::Gone(gone) => return Ok(Presence::Gone(gone)),
    };
    R::refuse(&object)?;
    let differences = resource.owned().differences(&object);
    let mut changes = !differences.is_empty();
    if !remembered.is_complete_for_object(Some(&object.uid)) {
        let found = remembered.clone().refreshed(Some(&object.uid), &kubernetes, context).await;
        changes |= found != remembered;
        found.keep(context);
    }
    if !differences.is_empty() {
        context.warn(messages::changed_outside(&id, R::NAME, &differences, &object));
    }
    show_warnings(&kubernetes, context);
    let found = as_found(resource, &object);
    // With what changes anyway: a plan that only refreshes counts private state too.
    if changes {
        version::remember(&found, &object, context);
    }
    run_plan::record_found(&found, context);
    Ok(Presence::Present(found))
}

/// Writes what an update changes; the uid of the object.
async fn write_difference<R: ObjectResource>(
    resource: &R,
    prior: &R,
    before: &Owned<R::Kind>,
    after: &Owned<R::Kind>,
    context: &Context<Clusters>,
) -> Result<String, Error> {
    let id = resource.object_id();
    let remembered = Provenance::remembered(context);
    let kubernetes = remembered.kubernetes(&id.cluster_id, context.clusters()).await?;
    let uid = prior.as_ref().known_uid().unwrap_or_default();
    let update = Update { place: &id.place, uid: Some(uid), before: Some(before), after };
    let object = kubernetes.update(update, Mode::Write).await.into_diagnostics()?;
    version::remember(resource, &object, context);
    resource.written(Written::update(prior, &object), &kubernetes).await;
    warn_of_found::<R>(&object, &id, context);
    show_warnings(&kubernetes, context);
    Ok(object.uid)
}

/// Deletes the object that the resource has, and no other of its name.
async fn delete_own<R: ObjectResource>(resource: &R, context: &Context<Clusters>) -> Result<(), Error> {
    run_plan::expect_unprotected(resource)?;
    let id = resource.object_id();
    let remembered = Provenance::remembered(context);
    let kubernetes = match remembered.find_kubernetes(&id.cluster_id, context.clusters()).await? {
        Reach::Present(kubernetes) => kubernetes,
        Reach::Going(cluster) => {
            let kind = kind_at::<R::Kind>(&id.place);
            context.warn(cluster_status::was_left(&cluster, &format!("{kind} {}", id.place), ""));
            return Ok(());
        }
        Reach::Gone(_) => return Ok(()),
    };
    let uid = resource.as_ref().known_uid().unwrap_or_default();
    let (before, version) = (resource.owned(), version::remembered(context));
    let planned = PlannedDeletion { place: &id.place, uid, before: &before, version: version.as_deref() };
    let (deleted, _gone) = kubernetes.delete_as_planned(planned).await.into_diagnostics()?;
    match deleted {
        Deleted::Now | Deleted::Before => {}
        Deleted::NotThisOne => context.warn(messages::another_was_kept::<R>(&id)),
    }
    show_warnings(&kubernetes, context);
    Ok(())
}

/// Another resource of this run has the same object.
fn declared_twice<R: ObjectResource>(resource: &R) -> Error {
    let ObjectId { cluster_id, place } = resource.object_id();
    errors::declared_twice::<R>(&cluster_id, Some(&place.to_string()))
}

/// The object, unless it is being deleted.
async fn find<R: ObjectResource>(
    place: &ObjectPlace,
    kubernetes: &ClusterKubernetes,
) -> Result<Option<Object<R::Kind>>, Error> {
    let found = kubernetes.find::<R::Kind>(place).await.into_diagnostics()?;
    Ok(found.filter(|object| !object.deleting))
}
