//! ListResource: what was found, one event for each object, up to the limit.

use std::pin::pin;

use tokio::sync::mpsc;

use super::{
    identity,
    object::Object,
    operation::{CallScope, DEFAULT_TIMEOUT, RpcCall, caught},
    read::storable,
};
use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error, PROVIDER_BUG},
    list_resource::{Listed, Sink},
    offers::{OfferedListResource, OfferedResource},
    value::Value,
};

/// What a host requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The largest number of objects; `None` for all.
    pub(crate) limit: Option<u64>,
    /// Whether the objects themselves are requested, in addition to their identities.
    pub(crate) objects: bool,
}

/// An event of a list.
#[derive(Debug)]
pub(crate) enum Event {
    /// An object.
    Found { identity: Value, display_name: String, object: Option<Value>, messages: Diagnostics },
    /// Warnings alone.
    Warnings(Diagnostics),
}

/// Lists objects: sends the events in order, each after the host has taken the one before it.
pub(crate) async fn list<P, F>(
    (list, resource): (&OfferedListResource<P>, &OfferedResource<P>),
    config: &Value,
    wanted: Wanted,
    scope: CallScope<P>,
    mut send: impl FnMut(Event) -> F,
) -> Result<(), Error>
where
    F: Future<Output = ()>,
{
    let (call, stopped) = (scope.call.clone(), scope.stopped.clone());
    let context = scope.context(DEFAULT_TIMEOUT)?;
    let (sender, mut listed) = mpsc::channel(1);
    let sink = Sink { sender, limit: wanted.limit, wants_objects: wanted.objects };
    let mut work = pin!(caught(&call, list.code.list(config, sink, &context)));
    let mut left = wanted.limit;
    let mut outcome = None;
    while left != Some(0) {
        // What was found before the end is sent before it.
        let found = match outcome {
            None => tokio::select! {
                biased;
                found = listed.recv() => found,
                () = stopped.cancelled() => return Err(interrupted(&call)),
                result = &mut work => {
                    outcome = Some(result);
                    continue;
                }
            },
            Some(_) => listed.try_recv().ok(),
        };
        let Some(found) = found else { break };
        send(event(resource, found, wanted.objects, &context)?).await;
        left = left.map(|left| left - 1);
    }
    let messages = context.take_output().messages;
    let outcome = outcome.unwrap_or(Ok(()));
    match outcome {
        Err(error) => Err(messages.before(error)),
        Ok(()) if messages.is_empty() => Ok(()),
        Ok(()) => {
            send(Event::Warnings(messages)).await;
            Ok(())
        }
    }
}

fn interrupted(call: &RpcCall) -> Error {
    Error::new(
        "List is incomplete",
        format!("The list of {} was interrupted. What was found until then is shown.", call.type_name),
    )
}

/// The event of an object, with the warnings since the one before it.
fn event<P>(
    resource: &OfferedResource<P>,
    Listed { display_name, object }: Listed,
    wants_objects: bool,
    context: &Context<P>,
) -> Result<Event, Error> {
    let identity = identity::of_state(resource, &object);
    if identity.is_null() || !identity.is_wholly_known() {
        return Err(Error::new(
            "Listed object has no identity",
            format!(
                "The list of {} has an object whose identity is not complete. Nothing was changed. {PROVIDER_BUG}",
                resource.descriptor.name
            ),
        ));
    }
    let object =
        wants_objects.then(|| storable(Object::from(&resource.descriptor.block), object)).transpose()?;
    Ok(Event::Found { identity, display_name, object, messages: context.take_output().messages })
}
