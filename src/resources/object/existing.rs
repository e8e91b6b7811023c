//! An object that is there before it is created: an error with the ready import block, or adopted; taken over when it is as planned.

use std::time::Duration;

use tfplugin::{Context, Diagnostic, Error};

use super::{ObjectResource, owned};
use crate::{
    clusters::{self, Clusters, Kubernetes},
    errors,
    existing::OnExisting,
    kubernetes::{self, Kind as _, Mode, Object, Update},
};

/// A plan should not wait long for what is only a forewarning.
const FOREWARNING: Duration = Duration::from_secs(20);

/// Makes the object, or takes over what is there if that is allowed.
pub(super) async fn create_or_take_over<R: ObjectResource>(
    resource: &R,
    kubernetes: &Kubernetes,
    context: &Context<Clusters>,
) -> Result<Object<R::Kind>, Error> {
    let head = resource.head();
    let wanted = owned(resource);
    loop {
        match kubernetes.create(&head.place, &wanted, Mode::Write).await {
            Ok(object) => return Ok(object),
            Err(kubernetes::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let Some(live) = kubernetes.find::<R::Kind>(&head.place).await? else { continue };
        if live.deleting {
            kubernetes.wait_until_gone::<R::Kind>(&head.place, &live.uid).await?;
            continue;
        }
        R::refuse(&live)?;
        let differences = wanted.differences(&live);
        if differences.is_empty() {
            context.warn(errors::object_taken_over::<R>(&head.id()));
            return Ok(live);
        }
        if OnExisting::of(head.on_existing) == OnExisting::Fail {
            let kind = R::Kind::api(head.place.namespace.is_some()).kind;
            return Err(errors::object_exists::<R>(kind, &head.id(), &differences));
        }
        let update = Update { place: &head.place, uid: Some(&live.uid), before: None, after: &wanted };
        return Ok(kubernetes.update(update, Mode::Write).await?);
    }
}

/// Says at plan what a create will find there, when all that would be written is known. `planned` is the whole resource.
pub(super) async fn forewarn<R: ObjectResource>(planned: &R, context: &Context<Clusters>) {
    match tokio::time::timeout(FOREWARNING, look(planned, context)).await {
        Ok(Ok(Some(warning))) => context.warn(warning),
        Ok(Ok(None)) => {}
        // Only a forewarning: the apply will say it if it still holds then.
        Ok(Err(error)) => tracing::debug!(%error, "the object could not be looked for during plan"),
        Err(_) => tracing::debug!("looking for the object took too long during plan"),
    }
}

async fn look<R: ObjectResource>(
    planned: &R,
    context: &Context<Clusters>,
) -> Result<Option<Diagnostic>, clusters::Error> {
    let head = planned.head();
    let kubernetes = context.provider().kubernetes(head.cluster_id, FOREWARNING, context.stopped()).await?;
    let Some(live) = kubernetes.find::<R::Kind>(&head.place).await?.filter(|live| !live.deleting) else {
        return Ok(None);
    };
    let differences = owned(planned).differences(&live);
    if differences.is_empty() {
        return Ok(None);
    }
    let adopts = OnExisting::of(head.on_existing) == OnExisting::Adopt;
    let kind = R::Kind::api(head.place.namespace.is_some()).kind;
    Ok(Some(errors::object_will_exist(kind, &head.id(), &differences, adopts)))
}
