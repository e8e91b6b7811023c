//! An object that is there before it is created: an error with the ready import block, or adopted; taken over when it is as planned.

use clusters::{Claim, ClusterKubernetes, Clusters};
use kubernetes::{Created, Mode, Object, Update};
use tfplugin::{Context, Diagnostic, Error, Severity};

use super::{ObjectResource, kind_at, messages};
use crate::{
    errors::IntoDiagnostics as _,
    existing::OnExisting,
    resources::{
        plan_checks::{kubernetes_of, warn, within_a_plan},
        provenance::Provenance,
    },
};

/// Makes the object that the resource has claimed, or takes over what is there if that is allowed.
pub(super) async fn create_or_take_over<R: ObjectResource>(
    resource: &R,
    claim: &Claim<'_>,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Result<Created<R::Kind>, Error> {
    let id = resource.object_id();
    let place = &id.place;
    let wanted = resource.owned();
    loop {
        let live = match kubernetes.create_or_find(place, &wanted).await.into_diagnostics()? {
            made @ Created::New(_) => return Ok(made),
            Created::Existing(live) => live,
        };
        if live.deleting {
            kubernetes.wait_until_gone::<R::Kind>(place, &live.uid).await.into_diagnostics()?;
            continue;
        }
        let kind = kind_at::<R::Kind>(place);
        if claim.is_still_to_be_deleted() {
            return Err(messages::still_to_be_deleted::<R>(kind, &id));
        }
        R::refuse(&live)?;
        resource.refuse_to_adopt(&live)?;
        let differences = wanted.differences(&live);
        if differences.is_empty() {
            context.warn(messages::taken_over::<R>(&id));
            return Ok(Created::Existing(live));
        }
        if resource.as_ref().on_existing() == OnExisting::Fail {
            return Err(messages::already_exists::<R>(kind, &id, &differences, live.is_by_us()));
        }
        let update = Update { place, uid: Some(&live.uid), before: None, after: &wanted };
        return kubernetes.update(update, Mode::Write).await.map(Created::Existing).into_diagnostics();
    }
}

/// Warns of an object that exists before it is created. `planned` is the whole resource.
pub(super) async fn warn_of_existing<R: ObjectResource>(planned: &R, context: &Context<Clusters>) {
    let warning = within_a_plan(planned.cluster_id(), context, async {
        let kubernetes = kubernetes_of(planned.cluster_id(), context).await?;
        Ok(look(planned, &kubernetes, context).await?)
    });
    warn(warning.await.flatten(), context);
}

/// What a create will find there, as a warning. `planned` is the whole resource.
pub(in crate::resources) async fn look<R: ObjectResource>(
    planned: &R,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Result<Option<Diagnostic>, kubernetes::Error> {
    let id = planned.object_id();
    let Some(live) = kubernetes.find_before_create::<R::Kind>(&id.place).await? else { return Ok(None) };
    let kind = kind_at::<R::Kind>(&id.place);
    if live.deleting {
        return Ok(Some(messages::being_deleted(kind, &id)));
    }
    // What is about to be replaced is gone by then.
    if Provenance::remembered(context).is_of(&live.uid) {
        return Ok(None);
    }
    if let Some(refusal) = refusal(planned, &live) {
        return Ok(Some(refusal));
    }
    let differences = planned.owned().differences(&live);
    if differences.is_empty() {
        return Ok(None);
    }
    let adopts = planned.as_ref().on_existing() == OnExisting::Adopt;
    Ok(Some(messages::existing_at_plan::<R>(kind, &id, &differences, adopts, live.is_by_us())))
}

/// Why what is there can be neither managed nor made into this one, as a warning.
fn refusal<R: ObjectResource>(planned: &R, live: &Object<R::Kind>) -> Option<Diagnostic> {
    let refused = R::refuse(live).and_then(|()| planned.refuse_to_adopt(live)).err()?;
    let refusal = refused.into_messages().into_iter().next()?;
    Some(Diagnostic { severity: Severity::Warning, ..refusal })
}
