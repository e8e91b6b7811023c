//! The lifecycle of a resource that is one Kubernetes object: made, read, changed, deleted and imported the same way, whatever its kind.
//!
//! A resource says what it is ([`ObjectResource`]); [`ObjectLifecycle`] is the rest.
//! Writes are guarded by what the plan was made from ([`kubernetes::Update`]), and only declared labels and annotations are ours.

mod existing;
mod imported;
mod metadata;
mod place;
mod plan_checks;
mod provenance;

use std::collections::BTreeMap;

use tfplugin::{
    Capabilities, Context, Diagnostic, Diagnostics, Error, Import, ImportResource, Lifecycle, Plan,
    PlanDestroy, Schema, Severity,
};

use crate::errors::IntoDiagnostics as _;

pub(super) use self::provenance::Provenance;
use clusters::{Clusters, Kubernetes, LedgerEntry, Planned};
use kubernetes::{Deleted, Kind, Mode, Object, Owned, Place, Update};

use crate::errors;
pub(super) use existing::look as look_for_existing;
pub(super) use metadata::{declared, keys as metadata_keys, value as label_value};
pub(super) use place::{
    CLUSTER_FORM, CLUSTER_OR_NAMESPACED_FORM, NAMESPACED_FORM, cluster_import, either_import,
    namespaced_import,
};
pub(super) use plan_checks::{kubernetes_of, warn, within_a_plan};

/// The private note of a plan that has tried what it plans: the second plan, that of the apply, need not.
const TRIED: &str = "tried";

/// Labels or annotations: null, or declared keys.
pub(super) type Metadata = Option<BTreeMap<String, String>>;

/// A resource that is one Kubernetes object.
pub(super) trait ObjectResource: Schema + Clone {
    /// What the object is made of.
    type Kind: Kind;

    /// Form of the id, for messages: `CLUSTER_ID/NAME`.
    const FORM: &'static str;

    /// The cluster and the place in it, from an import's id.
    fn parse_id(id: &str) -> Result<(String, Place), String>;

    /// The attributes that all such resources have.
    fn fields(&self) -> ObjectFields<'_>;

    /// What the object shall be, beside labels and annotations.
    fn content(&self) -> Self::Kind;

    /// Nothing but where it is: what an import begins with.
    fn empty(cluster_id: String, place: Place) -> Self;

    /// The attributes as found, in the user's spelling where that means the same.
    fn found(self, content: &Self::Kind, labels: Metadata, annotations: Metadata) -> Self;

    /// The same with its computed attributes.
    fn completed(self, id: String, uid: String) -> Self;

    /// Checks that need more than one attribute, without network.
    fn check(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Warns of what a planned create, or update of `prior`, will meet on the cluster. By default: of an object that is there before
    /// it is created. `planned` is the whole resource. Sends requests only for what is planned.
    fn check_plan(
        planned: &Self,
        prior: Option<&Self>,
        context: &Context<Clusters>,
    ) -> impl Future<Output = ()> + Send {
        async move {
            if prior.is_none() {
                plan_checks::warn_of_existing(planned, context).await;
            }
        }
    }

    /// Fills in what is certain beforehand, and tells what the plan of a change means, besides what is there already. Costs
    /// requests only for what is planned. Refuses only what would not be what the user saw.
    fn modify_plan(
        plan: &mut Plan<Self>,
        context: &Context<Clusters>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (plan, context);
        async { Ok(()) }
    }

    /// Tells what the end of it means.
    fn modify_destroy_plan(&self, context: &Context<Clusters>) -> impl Future<Output = ()> + Send {
        let _ = context;
        async {}
    }

    /// What there is to do once it is written, such as to wait until it is in force. Never fails: it is written.
    fn written(&self, prior: Option<&Self>, kubernetes: &Kubernetes) -> impl Future<Output = ()> + Send {
        let _ = (prior, kubernetes);
        async {}
    }

    /// Why it may not be deleted, if so.
    fn allow_delete(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Puts back the computed values that a change in place leaves as they are.
    fn keep(planned: &mut Self::Partial, prior: &Self);

    /// Why an object that is there cannot be managed, if so.
    fn refuse(_found: &Object<Self::Kind>) -> Result<(), Error> {
        Ok(())
    }

    /// Why an object that is there cannot be made into this one, if so. `id` is the place, for messages.
    fn refuse_to_adopt(&self, _id: &str, _found: &Object<Self::Kind>) -> Result<(), Error> {
        Ok(())
    }
}

/// The attributes that all such resources have.
#[derive(Debug)]
pub(super) struct ObjectFields<'a> {
    pub(super) cluster_id: &'a str,
    pub(super) place: Place,
    /// Of the object that the state knows.
    pub(super) uid: Option<&'a str>,
    pub(super) labels: &'a Metadata,
    pub(super) annotations: &'a Metadata,
    pub(super) on_existing: Option<&'a str>,
}

impl ObjectFields<'_> {
    fn id(&self) -> String {
        format!("{}/{}", self.cluster_id, self.place)
    }
}

pub(super) fn owned<R: ObjectResource>(resource: &R) -> Owned<R::Kind> {
    let fields = resource.fields();
    Owned {
        content: resource.content(),
        labels: fields.labels.clone().unwrap_or_default(),
        annotations: fields.annotations.clone().unwrap_or_default(),
        owners: Vec::new(),
    }
}

/// The object as the ledger has it: by its kind and place, whichever resource type manages it.
pub(super) fn entry<K: Kind>(cluster_id: &str, place: &Place) -> LedgerEntry {
    LedgerEntry::of_object(cluster_id, K::api(place.namespace.is_some()).kind, place.to_string())
}

fn entry_of<R: ObjectResource>(resource: &R) -> LedgerEntry {
    let fields = resource.fields();
    entry::<R::Kind>(fields.cluster_id, &fields.place)
}

/// With what was written, and the server's uid.
fn completed<R: ObjectResource>(resource: R, object: &Object<R::Kind>) -> R {
    let id = resource.fields().id();
    resource.completed(id, object.uid.clone())
}

fn show_warnings(kubernetes: &Kubernetes, context: &Context<Clusters>) {
    for warning in kubernetes.take_warnings() {
        context.warn(errors::server_warning(&warning));
    }
}

/// The lifecycle of every Kubernetes object, whatever its kind.
#[derive(Debug)]
pub(crate) struct ObjectLifecycle;

impl<R: ObjectResource> Lifecycle<R> for ObjectLifecycle {
    type Provider = Clusters;

    const CAPABILITIES: Capabilities<R, Clusters> =
        Capabilities::none().import::<Self>().plan_destroy::<Self>();

    fn validate(config: &R::Partial, report: &mut Diagnostics) {
        R::check(config, report);
    }

    /// What a plan tells beforehand: on create what is there already, on update what stays, and what Kubernetes would refuse.
    async fn plan(plan: &mut Plan<R>, context: &Context<Clusters>) -> Result<(), Error> {
        if let Some(prior) = &plan.prior {
            R::keep(&mut plan.planned, prior);
        }
        R::modify_plan(plan, context).await?;
        let whole = plan.whole();
        let tried = context.planned_private(TRIED).unwrap_or(false);
        context.set_private_state(TRIED, &whole.is_some());
        let Some(planned) = whole.filter(|_| !tried) else { return Ok(()) };
        if plan.prior.is_none() {
            context.provider().ledger().plan(Planned::Create, entry_of(&planned));
        }
        R::check_plan(&planned, plan.prior.as_ref(), context).await;
        Ok(())
    }

    async fn create(resource: R, context: &Context<Clusters>) -> Result<R, Error> {
        let clusters = context.provider();
        let cluster_id = resource.fields().cluster_id.to_owned();
        let place = resource.fields().place.to_string();
        let declared_twice = |_| errors::declared_twice::<R>(&cluster_id, Some(&place));
        clusters.ledger().expect_unapplied(&entry_of(&resource)).map_err(declared_twice)?;
        let kubernetes = clusters
            .kubernetes(&cluster_id, context.timeout(), context.stopped())
            .await
            .into_diagnostics()?;
        let object = existing::create_or_take_over(&resource, &kubernetes, context).await?;
        clusters.ledger().apply(entry_of(&resource)).map_err(declared_twice)?;
        let resource = completed(resource, &object);
        // It exists now: whatever fails later must not orphan it.
        context.record(&resource);
        Provenance::of(&cluster_id, &object.uid, &kubernetes, context).await.keep(context);
        resource.written(None, &kubernetes).await;
        show_warnings(&kubernetes, context);
        Ok(resource)
    }

    async fn read(resource: R, context: &Context<Clusters>) -> Result<Option<R>, Error> {
        let remembered = Provenance::remembered(context);
        let fields = resource.fields();
        let Some(kubernetes) = remembered.find(fields.cluster_id, Clusters::READING, context).await? else {
            return Ok(None);
        };
        let found = kubernetes
            .find::<R::Kind>(&fields.place)
            .await
            .into_diagnostics()?
            .filter(|object| !object.deleting);
        let Some(object) = found else {
            kubernetes.confirm_same(remembered.cluster_uid()).await.into_diagnostics()?;
            return Ok(None);
        };
        R::refuse(&object)?;
        if !remembered.is_complete_for(&object.uid) {
            Provenance::of(fields.cluster_id, &object.uid, &kubernetes, context).await.keep(context);
        }
        let differences = owned(&resource).differences(&object);
        if !differences.is_empty() {
            context.warn(errors::object_changed_outside(
                &resource.fields().id(),
                R::NAME,
                &differences,
                &object,
            ));
        }
        show_warnings(&kubernetes, context);
        let labels = declared(resource.fields().labels, &object.labels);
        let annotations = declared(resource.fields().annotations, &object.annotations);
        Ok(Some(completed(resource.found(&object.content, labels, annotations), &object)))
    }

    async fn update(resource: R, prior: R, context: &Context<Clusters>) -> Result<R, Error> {
        let (mut before, after) = (owned(&prior), owned(&resource));
        for left in imported::leave(&mut before, &after, context) {
            context.warn(errors::imported_key_left(&resource.fields().id(), &left));
        }
        let uid = prior.fields().uid.map(str::to_owned).unwrap_or_default();
        if before == after {
            let id = resource.fields().id();
            return Ok(resource.completed(id, uid));
        }
        let fields = resource.fields();
        let kubernetes = context
            .provider()
            .kubernetes(fields.cluster_id, context.timeout(), context.stopped())
            .await
            .into_diagnostics()?;
        let update = Update { place: &fields.place, uid: Some(&uid), before: Some(&before), after: &after };
        let object = kubernetes.update(update, Mode::Write).await.into_diagnostics()?;
        resource.written(Some(&prior), &kubernetes).await;
        show_warnings(&kubernetes, context);
        Ok(completed(resource, &object))
    }

    async fn delete(resource: R, context: &Context<Clusters>) -> Result<(), Error> {
        resource.allow_delete()?;
        let fields = resource.fields();
        if context.provider().ledger().is_applied(&entry_of(&resource)) {
            context.warn(errors::object_claimed_by_this_run::<R>(&fields.id()));
            return Ok(());
        }
        let remembered = Provenance::remembered(context);
        let Some(kubernetes) = remembered.find(fields.cluster_id, context.timeout(), context).await? else {
            return Ok(());
        };
        let uid = fields.uid.unwrap_or_default();
        match kubernetes.delete_as_planned(&fields.place, uid, &owned(&resource)).await.into_diagnostics()? {
            Deleted::Now => {}
            Deleted::Before => kubernetes.confirm_same(remembered.cluster_uid()).await.into_diagnostics()?,
            Deleted::NotThisOne => context.warn(errors::another_left_in_place::<R>(&fields.id())),
        }
        show_warnings(&kubernetes, context);
        Ok(())
    }
}

impl<R: ObjectResource> PlanDestroy<Clusters, R> for ObjectLifecycle {
    /// What the plan of an end tells beforehand.
    async fn plan_destroy(prior: &R, context: &Context<Clusters>) -> Result<(), Error> {
        context.provider().ledger().plan(Planned::Destroy, entry_of(prior));
        if let Err(error) = prior.allow_delete() {
            for refusal in error.into_messages() {
                context.warn(Diagnostic { severity: Severity::Warning, ..refusal });
            }
        }
        prior.modify_destroy_plan(context).await;
        Ok(())
    }
}

impl<R: ObjectResource> ImportResource<Clusters, R> for ObjectLifecycle {
    async fn import(from: Import, context: &Context<Clusters>) -> Result<R, Error> {
        let Import::Id(id) = from else {
            return Err(errors::import_by_id_only::<R>(R::FORM));
        };
        let (cluster_id, place) =
            R::parse_id(&id).map_err(|why| errors::bad_import_id::<R>(R::FORM, &why))?;
        let kubernetes = context
            .provider()
            .kubernetes(&cluster_id, Clusters::READING, context.stopped())
            .await
            .into_diagnostics()?;
        let Some(object) =
            kubernetes.find::<R::Kind>(&place).await.into_diagnostics()?.filter(|object| !object.deleting)
        else {
            let kind = R::Kind::api(place.namespace.is_some()).kind;
            return Err(errors::no_object_to_import::<R>(kind, &place.to_string(), &cluster_id));
        };
        R::refuse(&object)?;
        Provenance::of(&cluster_id, &object.uid, &kubernetes, context).await.keep(context);
        let (labels, annotations) =
            (metadata::imported(&object.labels), metadata::imported(&object.annotations));
        imported::keep(&labels, &annotations, context);
        let resource = R::empty(cluster_id, place).found(&object.content, labels, annotations);
        Ok(completed(resource, &object))
    }
}
