//! An object that is there before it is created: an error with the ready import block, or adopted; taken over when it is as planned.

use clusters::{Clusters, Kubernetes};
use kubernetes::{Kind as _, Mode, Object, Update};
use tfplugin::{Context, Diagnostic, Error, Severity};

use super::{ObjectResource, owned, provenance::Provenance};
use crate::{
    errors::{self, ClientError as _, IntoDiagnostics as _},
    existing::OnExisting,
};

/// Makes the object, or takes over what is there if that is allowed.
pub(super) async fn create_or_take_over<R: ObjectResource>(
    resource: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Object<R::Kind>, Error> {
    let fields = resource.fields();
    let wanted = owned(resource);
    loop {
        match kubernetes.create(&fields.place, &wanted, Mode::Write).await {
            Ok(object) => return Ok(object),
            Err(kubernetes::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into_diagnostics()),
        }
        let Some(live) = kubernetes.find::<R::Kind>(&fields.place).await.into_diagnostics()? else {
            continue;
        };
        if live.deleting {
            kubernetes.wait_until_gone::<R::Kind>(&fields.place, &live.uid).await.into_diagnostics()?;
            continue;
        }
        R::refuse(&live)?;
        resource.refuse_to_adopt(&fields.id(), &live)?;
        let differences = wanted.differences(&live);
        if differences.is_empty() {
            context.warn(errors::object_taken_over::<R>(&fields.id()));
            return Ok(live);
        }
        if OnExisting::of(fields.on_existing) == OnExisting::Fail {
            let kind = R::Kind::api(fields.place.namespace.is_some()).kind;
            return Err(errors::object_exists::<R>(kind, &fields.id(), &differences));
        }
        let update = Update { place: &fields.place, uid: Some(&live.uid), before: None, after: &wanted };
        return kubernetes.update(update, Mode::Write).await.into_diagnostics();
    }
}

/// What a create will find there, as a warning. `planned` is the whole resource.
pub(in crate::resources) async fn look<R: ObjectResource>(
    planned: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Option<Diagnostic>, kubernetes::Error> {
    let fields = planned.fields();
    let Some(live) = kubernetes.find::<R::Kind>(&fields.place).await?.filter(|live| !live.deleting) else {
        return Ok(None);
    };
    // What is about to be replaced is gone by then.
    if Provenance::remembered(context).is_of(&live.uid) {
        return Ok(None);
    }
    if let Some(refusal) = refusal(planned, &live) {
        return Ok(Some(refusal));
    }
    let differences = owned(planned).differences(&live);
    if differences.is_empty() {
        return Ok(None);
    }
    let adopts = OnExisting::of(fields.on_existing) == OnExisting::Adopt;
    let kind = R::Kind::api(fields.place.namespace.is_some()).kind;
    Ok(Some(errors::object_will_exist(kind, &fields.id(), &differences, adopts)))
}

/// Why what is there can be neither managed nor made into this one, as a warning.
fn refusal<R: ObjectResource>(planned: &R, live: &Object<R::Kind>) -> Option<Diagnostic> {
    let refused =
        R::refuse(live).and_then(|()| planned.refuse_to_adopt(&planned.fields().id(), live)).err()?;
    let refusal = refused.into_messages().into_iter().next()?;
    Some(Diagnostic { severity: Severity::Warning, ..refusal })
}
