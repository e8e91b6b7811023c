//! What the resources that are one Kubernetes object have in common: how they are created, read, updated, deleted and imported, whatever
//! the kind.
//!
//! A resource says what it is ([`ObjectResource`]); [`ObjectLifecycle`] is the rest.
//! Writes are guarded by what the plan was made from ([`kubernetes::Update`]), and only declared labels and annotations are ours.

mod existing;
mod fields;
mod id;
mod imported;
mod lifecycle;
mod messages;
mod metadata;

use clusters::{ClusterKubernetes, Clusters, LedgerEntry};
use kubernetes::{Kind, Object, ObjectPlace, Owned};
use tfplugin::{Context, Diagnostic, Diagnostics, Error, Plan, Schema};

use self::fields::ObjectFieldsPartial;
pub(crate) use self::id::{ObjectId, Scope};
pub(super) use self::{
    existing::look as look_for_existing, fields::ObjectFields, lifecycle::ObjectLifecycle,
};

/// A resource that is one Kubernetes object. [`ObjectLifecycle`] makes it a `Resource`.
pub(crate) trait ObjectResource:
    Schema<Partial: AsRef<ObjectFieldsPartial> + AsMut<ObjectFieldsPartial>>
    + AsRef<ObjectFields>
    + AsMut<ObjectFields>
{
    /// What the object is made of.
    type Kind: Kind;

    /// Where its objects are.
    const SCOPE: Scope;

    /// The place of the object in its cluster.
    fn place(&self) -> ObjectPlace;

    /// The resource of an object of which only the place is known: what an import begins with.
    fn at(place: ObjectPlace) -> Self;

    /// What the object shall be, in addition to labels and annotations.
    fn content(&self) -> Self::Kind;

    /// The attributes as found, in the user's spelling where that means the same: the inverse of [`ObjectResource::content`].
    fn with_content(self, content: &Self::Kind) -> Self;

    /// The resource with its computed attributes, except `id` and `uid`.
    fn with_computed(self) -> Self {
        self
    }

    /// Checks that need more than one attribute, without network.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Fills in what is certain beforehand, except `id` and `uid`, and warns of what the plan of a change means, in addition to what
    /// exists already. Sends requests only for what is planned. Returns an error only where the apply could not do what the plan shows.
    fn modify_plan(
        plan: &mut Plan<Self>,
        context: &Context<Clusters>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (plan, context);
        async { Ok(()) }
    }

    /// Warns of what a planned create, or update of `prior`, will meet on the cluster. By default: of an object that exists before
    /// it is created. `planned` is the whole resource. Sends requests only for what is planned.
    fn check_plan(
        planned: &Self,
        prior: Option<&Self>,
        context: &Context<Clusters>,
    ) -> impl Future<Output = ()> + Send {
        async move {
            if prior.is_none() {
                existing::warn_of_existing(planned, context).await;
            }
        }
    }

    /// Warns of what destroying it means.
    fn modify_destroy_plan(&self, context: &Context<Clusters>) -> impl Future<Output = ()> + Send {
        let _ = context;
        async {}
    }

    /// What there is to do once it is written, such as to wait until it is in force. Never fails: it is written.
    fn written(
        &self,
        prior: Option<&Self>,
        kubernetes: &ClusterKubernetes,
    ) -> impl Future<Output = ()> + Send {
        let _ = (prior, kubernetes);
        async {}
    }

    /// Warns of an object that exists, when it is imported, taken over, or changed.
    fn warnings_of(found: &Object<Self::Kind>, id: &ObjectId) -> Vec<Diagnostic> {
        let _ = (found, id);
        Vec::new()
    }

    /// Why it may not be deleted, if so.
    fn allow_delete(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Why an object that exists cannot be managed, if so.
    fn refuse(found: &Object<Self::Kind>) -> Result<(), Error> {
        let _ = found;
        Ok(())
    }

    /// Why an object that exists cannot be made into this one, if so.
    fn refuse_to_adopt(&self, found: &Object<Self::Kind>) -> Result<(), Error> {
        let _ = found;
        Ok(())
    }

    /// The cluster.
    fn cluster_id(&self) -> &str {
        &self.as_ref().cluster_id
    }

    /// The cluster, and the place there.
    fn object_id(&self) -> ObjectId {
        ObjectId { cluster_id: self.cluster_id().to_owned(), place: self.place() }
    }

    /// The object as this resource has it.
    fn owned(&self) -> Owned<Self::Kind> {
        let fields = self.as_ref();
        Owned {
            content: self.content(),
            labels: fields.labels.clone().unwrap_or_default(),
            annotations: fields.annotations.clone().unwrap_or_default(),
            owners: Vec::new(),
        }
    }

    /// The object as the ledger has it, whichever resource type manages it.
    fn entry(&self) -> LedgerEntry {
        entry::<Self::Kind>(self.cluster_id(), self.place())
    }
}

/// An object as the ledger has it.
pub(super) fn entry<K: Kind>(cluster_id: &str, place: ObjectPlace) -> LedgerEntry {
    LedgerEntry::of_object(cluster_id, K::api(place.namespace.is_some()), place)
}

/// The kind of an object at this place.
pub(super) fn kind_at<K: Kind>(place: &ObjectPlace) -> &'static str {
    K::api(place.namespace.is_some()).kind
}
