//! What the resources that are one Kubernetes object have in common: how they are created, read, updated, deleted and imported, whatever
//! the kind.
//!
//! A resource says what it is ([`ObjectResource`]); [`ObjectLifecycle`] is the rest.
//! Writes are guarded by what the plan was made from ([`kubernetes::Update`]), and only declared labels and annotations are ours.

mod cluster_id;
mod existing;
mod fields;
mod found;
mod id;
mod imported;
mod lifecycle;
mod messages;
mod metadata;
pub(in crate::resources) mod moved;
mod namespace_check;
mod run_plan;
mod version;

use clusters::{ClusterKubernetes, Clusters, LedgerEntry};
use kubernetes::{Kind, Object, ObjectPlace, Owned};
use tfplugin::{Context, Diagnostic, Diagnostics, Error, Plan, Schema, Value};

use self::{
    cluster_id::ClusterId,
    fields::ObjectFieldsPartial,
    moved::{MovedState, MovesFrom},
};
pub(super) use self::{
    existing::look as look_for_existing, fields::ObjectFields, lifecycle::ObjectLifecycle, run_plan::stay,
};
pub(crate) use self::{
    found::of_object,
    id::{ObjectId, Scope},
};
use super::own_access::Loss;

/// What a plan does with an object that exists.
#[derive(Debug)]
pub(crate) enum Fate<'a, R: Schema> {
    /// It is destroyed for good.
    Destroyed,
    /// It is tainted: it is deleted, and this one is created.
    Replaced(&'a R),
    /// It is changed to this, or replaced by it, where Kubernetes cannot change it. (Of `-replace` and `replace_triggered_by` only a second
    /// plan knows, whose warnings Terraform does not show.)
    Changed(&'a R::Partial),
}

/// An object that was written.
#[derive(Debug)]
pub(crate) struct Written<'a, R: ObjectResource> {
    /// What the state had before; `None` for a create.
    pub(super) prior: Option<&'a R>,
    /// The object, as the server returned it.
    pub(super) object: &'a Object<R::Kind>,
    /// Whether there was none of this name before.
    pub(super) is_new: bool,
}

impl<'a, R: ObjectResource> Written<'a, R> {
    fn update(prior: &'a R, object: &'a Object<R::Kind>) -> Self {
        Self { prior: Some(prior), object, is_new: false }
    }
}

impl<R: Schema> Fate<'_, R> {
    /// The loss of what rests on the object itself: none where it stays. `is_moved`: whether a change needs another object.
    pub(super) fn loss(&self, is_moved: impl FnOnce(&R::Partial) -> bool) -> Option<Loss> {
        match self {
            Self::Destroyed => Some(Loss::Destroyed),
            Self::Replaced(_) => Some(Loss::Replaced),
            Self::Changed(planned) => is_moved(planned).then_some(Loss::Replaced),
        }
    }
}

/// Whether a planned value is another one than in the state. An unknown one replaces nothing yet.
pub(super) fn differs(planned: &Value<String>, prior: Option<&String>) -> bool {
    !planned.is_unknown() && planned.as_known() != prior
}

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

    /// The types of hashicorp/kubernetes whose objects can be moved here.
    const MOVES_FROM: &'static [MovesFrom];

    /// The content of such an object, from its state. Warns of what cannot be managed here.
    fn moved_content(
        state: &MovedState,
        place: &ObjectPlace,
        report: &mut Diagnostics,
    ) -> Result<Self::Kind, Error>;

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

    /// Warns of what the plan takes away with `prior`, above all of the caller's own access: on destroy, replacement, and update alike.
    /// Sends requests only for what is planned.
    fn warn_of_loss(
        prior: &Self,
        fate: Fate<'_, Self>,
        context: &Context<Clusters>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (prior, fate, context);
        async {}
    }

    /// What there is to do once it is written as this object, such as to wait until it is in force. Never fails: it is written.
    fn written(
        &self,
        written: Written<'_, Self>,
        kubernetes: &ClusterKubernetes,
    ) -> impl Future<Output = ()> + Send {
        let _ = (written, kubernetes);
        async {}
    }

    /// Warns of an object that exists, when it is imported, taken over, or changed.
    fn warnings_of(found: &Object<Self::Kind>, id: &ObjectId) -> Vec<Diagnostic> {
        let _ = (found, id);
        Vec::new()
    }

    /// Whether the state protects it from being destroyed.
    fn is_protected(&self) -> bool {
        false
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
