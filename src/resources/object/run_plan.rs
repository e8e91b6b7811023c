//! What the plan of an object means for the other plans of the run, and they for it: what is declared twice, what the state protects, and
//! what is deleted with its namespace.

use clusters::{Clusters, LedgerEntry, Planned};
use kubernetes::ObjectPlace;
use serde::{Deserialize, Serialize};
use tfplugin::{Context, Error, Plan};

use super::{Fate, ObjectFields, ObjectId, ObjectResource, entry, kind_at, messages, messages::Loss, moved};
use crate::resources::plan_checks::{kubernetes_of, record_plan, within_a_plan};

/// Key of the private state.
const PRIOR: &str = "prior";

/// What the first plan of a replacement leaves for the second.
#[derive(Debug, Serialize, Deserialize)]
struct Prior {
    cluster_id: String,
    namespace: Option<String>,
    name: String,
    is_protected: bool,
}

impl Prior {
    fn of<R: ObjectResource>(prior: &R) -> Self {
        let ObjectId { cluster_id, place: ObjectPlace { namespace, name } } = prior.object_id();
        Self { cluster_id, namespace, name, is_protected: prior.is_protected() }
    }

    fn object_id(self) -> ObjectId {
        let Self { cluster_id, namespace, name, .. } = self;
        ObjectId { cluster_id, place: ObjectPlace { namespace, name } }
    }
}

/// Records the plan of a create, or of an update. `whole` is the planned resource as far as all of it is known.
pub(super) async fn record<R: ObjectResource>(
    plan: &Plan<R>,
    whole: Option<&R>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    if let Some(prior) = &plan.prior {
        context.set_private_state(PRIOR, &Prior::of(prior));
        let stays = match whole {
            Some(planned) => planned.object_id() == prior.object_id(),
            None => may_stay(prior, &plan.planned),
        };
        if stays { declare(prior, Planned::Keep, context) } else { Ok(()) }
    } else if let Some(prior) = context.private_state::<Prior>(PRIOR) {
        replace(prior, whole, context)
    } else if let Some(planned) = whole {
        let (id, ledger) = (planned.object_id(), context.provider().ledger());
        if ledger.is_protected(&planned.entry()) {
            return Err(messages::protected::<R>(&id, Loss::Recreate));
        }
        if ledger.is_found(&planned.entry()) {
            // Tainted, or destroyed at another address.
            warn_of_tainted(planned, context).await;
        }
        declare(planned, Planned::Create, context)
    } else {
        Ok(())
    }
}

/// Whether a plan that is unknown in parts keeps the object where it is, as far as it is known.
fn may_stay<R: ObjectResource>(prior: &R, planned: &R::Partial) -> bool {
    let (prior, planned) = (prior.to_value(), R::partial_to_value(planned));
    ["cluster_id", "namespace", "name"].iter().all(|place| {
        let planned = planned.member(place);
        planned.is_unknown() || planned == prior.member(place)
    })
}

/// Records the plan of the second half of a replacement.
fn replace<R: ObjectResource>(
    prior: Prior,
    whole: Option<&R>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    let is_protected = prior.is_protected;
    let id = prior.object_id();
    moved::refuse_replacement(kind_at::<R::Kind>(&id.place), &id.place, context)?;
    if is_protected {
        return Err(messages::protected::<R>(&id, Loss::Replace));
    }
    // No warnings: Terraform shows none of a second plan.
    let planned = whole.filter(|planned| planned.object_id() != id);
    let lost = if planned.is_some() { Planned::Destroy } else { Planned::Replace };
    lose::<R>(&id, lost, context)?;
    planned.map_or(Ok(()), |planned| declare(planned, Planned::Create, context))
}

/// Forgets in an apply what counts only for the plan that is made next.
pub(super) fn forget(context: &Context<Clusters>) {
    context.set_private_state(PRIOR, &());
}

/// Warns of what goes with an object that the plan replaces since it is tainted. Such a plan has neither the prior state nor its private
/// state: what goes is what the cluster has.
async fn warn_of_tainted<R: ObjectResource>(planned: &R, context: &Context<Clusters>) {
    let id = planned.object_id();
    let found = within_a_plan(&id.cluster_id, context, async {
        let kubernetes = kubernetes_of(&id.cluster_id, context).await?;
        Ok(kubernetes.find::<R::Kind>(&id.place).await?)
    });
    if let Some(found) = found.await.flatten().filter(|found| !found.deleting) {
        let mut prior = R::at(id.place);
        let fields: &mut ObjectFields = prior.as_mut();
        fields.cluster_id = id.cluster_id.into();
        R::warn_of_loss(&prior.with_content(&found.content), Fate::Replaced(planned), context).await;
    }
}

/// Records the plan of a destroy. Fails if the state protects the object.
pub(super) async fn record_destroy<R: ObjectResource>(
    prior: &R,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    expect_unprotected(prior)?;
    let id = prior.object_id();
    R::warn_of_loss(prior, Fate::Destroyed, context).await;
    lose::<R>(&id, Planned::Destroy, context)
}

/// Fails if the state protects the object from being destroyed.
pub(super) fn expect_unprotected<R: ObjectResource>(prior: &R) -> Result<(), Error> {
    if prior.is_protected() {
        return Err(messages::protected::<R>(&prior.object_id(), Loss::Destroy));
    }
    Ok(())
}

/// Records what a refresh found, so that the plan of a tainted object, which has no prior state, can tell.
pub(super) fn record_found<R: ObjectResource>(found: &R, context: &Context<Clusters>) {
    context.provider().ledger().find(found.entry());
    if found.is_protected() {
        context.provider().ledger().protect(found.entry());
    }
}

/// Records that the plan creates or keeps it.
fn declare<R: ObjectResource>(planned: &R, fate: Planned, context: &Context<Clusters>) -> Result<(), Error> {
    let id = planned.object_id();
    record_plan::<R>(fate, &planned.entry(), &id.in_words(), context)?;
    stay(&planned.entry(), fate, &id, &format!("{} {}", R::NAME, id.place), context);
    Ok(())
}

/// Records that a resource, as it is named in a list, stays in its namespace. Warns if a plan so far deletes that.
pub(in crate::resources) fn stay(
    entry: &LedgerEntry,
    fate: Planned,
    id: &ObjectId,
    name: &str,
    context: &Context<Clusters>,
) {
    let is_lost = context.provider().ledger().stays(entry, fate, name.to_owned());
    if let (true, Some(namespace)) = (is_lost, &id.place.namespace) {
        context.warn(messages::lost_with_its_namespace(&id.cluster_id, namespace, name));
    }
}

/// Records that the plan destroys or replaces it. Warns of what stays in it, if it is a namespace.
fn lose<R: ObjectResource>(id: &ObjectId, fate: Planned, context: &Context<Clusters>) -> Result<(), Error> {
    let ledger = context.provider().ledger();
    let entry = entry::<R::Kind>(&id.cluster_id, id.place.clone());
    record_plan::<R>(fate, &entry, &id.in_words(), context)?;
    let inside = ledger.inside(&entry);
    if !inside.is_empty() {
        context.warn(messages::lost_with_namespace(id, &inside));
    }
    Ok(())
}
