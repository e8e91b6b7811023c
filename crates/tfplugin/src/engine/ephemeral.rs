//! OpenEphemeralResource, RenewEphemeralResource, CloseEphemeralResource: checked by core's rules, and closed in each case in which the
//! host does not.
//!
//! Hosts differ in the private bytes that a close receives: Terraform sends those of the open, OpenTofu those of the last renewal. So the
//! bytes have both apart ([`Held`]), and a close is given what the open set.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{
    object::Object,
    operation::{self, CallScope, RpcCall, caught, finished},
    plan_check,
    read::storable,
    transform::{self, PlanInputs},
};
use crate::{
    context::Context,
    diagnostics::{Diagnostic, Diagnostics, Error, PROVIDER_BUG},
    offers::OfferedEphemeralResource,
    private::Private,
    value::Value,
};

/// Time limit of a close, which no interrupt cancels.
const CLOSE_TIMEOUT: Duration = Duration::from_mins(1);

/// Shortest time until a renewal, so that no mistake of an author makes a host call without a pause.
const SHORTEST_RENEWAL: Duration = Duration::from_secs(1);

/// What is kept about an open resource until it is closed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Held {
    /// Number of the open resource, which no other process gives.
    pub(crate) number: u64,
    /// The private state that the open set.
    opened: Private,
    /// The private state after the last renewal.
    renewed: Option<Private>,
}

/// An open resource.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) result: Value,
    pub(crate) held: Held,
    pub(crate) renew_at: Option<SystemTime>,
    pub(crate) messages: Diagnostics,
}

/// A renewed resource.
#[derive(Debug)]
pub(crate) struct Renewed {
    pub(crate) held: Held,
    pub(crate) renew_at: Option<SystemTime>,
    pub(crate) messages: Diagnostics,
}

impl Held {
    /// From the bytes that the host kept.
    pub(crate) fn from_bytes(bytes: Option<&[u8]>, call: &RpcCall) -> Result<Self, Error> {
        serde_json::from_slice(bytes.unwrap_or_default()).map_err(|_| {
            Error::new(
                "Private data of an ephemeral resource is missing",
                format!(
                    "{} of {} came without the data that its open returned. The provider closes it when its process ends. Terraform or \
                     OpenTofu always sends that data, so this is a bug in the program that runs the provider: report it there.",
                    call.rpc, call.type_name
                ),
            )
        })
    }

    /// The bytes for the host to keep.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Opens a resource. One that cannot be returned is closed again.
pub(crate) async fn open<P>(
    resource: &OfferedEphemeralResource<P>,
    config: &Value,
    number: u64,
    scope: CallScope<P>,
) -> Result<Opened, Error> {
    let object = Object::from(&resource.descriptor.block);
    let inputs = PlanInputs { config, prior: &Value::Null };
    let wanted = transform::apply_defaults(object, config.clone(), inputs);
    let to_close = scope.clone();
    let context = scope.context(operation::timeout(config, "open", resource.code.timeout())?)?;
    let outcome = caught(&to_close.call, resource.code.open(&wanted, &context)).await;
    let output = context.take_output();
    let held = Held { number, opened: output.private, renewed: None };
    let checked = outcome.and_then(|(result, renewal)| Ok((checked(object, result, config)?, renewal)));
    match checked {
        Ok((result, renewal)) => {
            Ok(Opened { result, held, renew_at: renewal.and_then(from_now), messages: output.messages })
        }
        Err(error) => {
            let error = output.messages.before(error);
            if held.opened.is_empty() {
                return Err(error);
            }
            // No host closes what it did not receive.
            match close(resource, &held, to_close).await {
                Ok(_) => Err(error),
                Err(unclosed) => Err(Diagnostics::from(error).before(unclosed)),
            }
        }
    }
}

/// Prolongs a resource.
pub(crate) async fn renew<P>(
    resource: &OfferedEphemeralResource<P>,
    held: Held,
    mut scope: CallScope<P>,
) -> Result<Renewed, Error> {
    scope.private = held.renewed.clone().unwrap_or_else(|| held.opened.clone());
    let call = scope.call.clone();
    let context = scope.context(resource.code.timeout())?;
    let outcome = caught(&call, resource.code.renew(&context)).await;
    let (renewal, output) = finished(&context, outcome)?;
    Ok(Renewed {
        held: Held { renewed: Some(output.private), ..held },
        renew_at: renewal.and_then(from_now),
        messages: output.messages,
    })
}

/// Ends a resource. Neither an interrupt nor the end of the process cancels it.
pub(crate) async fn close<P>(
    resource: &OfferedEphemeralResource<P>,
    held: &Held,
    scope: CallScope<P>,
) -> Result<Diagnostics, Error> {
    let call = scope.call.clone();
    let context = Context::new(scope.provider?, CancellationToken::new(), CLOSE_TIMEOUT, held.opened.clone());
    let outcome = caught(&call, async {
        match tokio::time::timeout(CLOSE_TIMEOUT, resource.code.close(&context)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(close_timed_out(&call)),
        }
    });
    let ((), output) = finished(&context, outcome.await)?;
    Ok(output.messages)
}

/// The result in the form that core accepts (`objchange.AssertPlanValid` without a prior state).
fn checked(object: Object<'_>, result: Value, config: &Value) -> Result<Value, Error> {
    let result = transform::keep_nulls(object, storable(object, result)?, config);
    let mut report = Diagnostics::default();
    plan_check::check(object, &result, PlanInputs { config, prior: &Value::Null }, &mut report);
    let faults = report.into_iter().map(|fault| {
        let detail = format!(
            "{} is not as it is configured, so it was closed again. {PROVIDER_BUG}",
            if fault.path.steps().is_empty() { "The whole".to_owned() } else { fault.path.to_string() }
        );
        Diagnostic::error("Provider opened what was not configured", detail).at_path(fault.path)
    });
    Error::all(faults).map_or(Ok(result), Err)
}

/// The time of a renewal; `None` for one that no clock reaches.
fn from_now(after: Duration) -> Option<SystemTime> {
    SystemTime::now().checked_add(after.max(SHORTEST_RENEWAL))
}

fn close_timed_out(call: &RpcCall) -> Error {
    Error::new(
        format!("{} could not be closed in time", call.type_name),
        format!(
            "It did not end within {} seconds, and may exist until it ends by itself. Look at it, and end it by hand.",
            CLOSE_TIMEOUT.as_secs()
        ),
    )
}
