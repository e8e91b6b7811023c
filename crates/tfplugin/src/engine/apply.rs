//! ApplyResourceChange: create, update or delete, and the state that remains in every case.
//!
//! A create that fails after the object exists must not lose it: what was recorded is returned with the error, and core
//! marks the object as tainted. A failed update or delete keeps the prior state. Private state goes with the state that is returned: what
//! the operation set counts with its result, or with what it recorded; with the prior state, the planned private is
//! returned as it was. Notes of the plan end here.

use super::{
    consistent,
    object::Object,
    operation::{self, CallScope, RpcCall, caught},
    transform, validate,
};
use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error},
    offers::OfferedResource,
    private::Private,
    value::Value,
};

/// What was planned.
#[derive(Debug)]
pub(crate) struct Change {
    /// What there is; null on create.
    pub(crate) prior: Value,
    /// What shall be; null on delete.
    pub(crate) planned: Value,
    /// What the user wrote, all known; null on delete.
    pub(crate) config: Value,
}

/// The outcome.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) state: Value,
    pub(crate) private: Private,
    pub(crate) messages: Diagnostics,
}

/// Carries out a change.
pub(crate) async fn apply<P>(resource: &OfferedResource<P>, change: Change, scope: CallScope<P>) -> Applied {
    let call = scope.call.clone();
    let planned_private = scope.private.clone().without_notes();
    let context = match prepare(resource, &change, &call, scope).await {
        Ok(context) => context,
        Err(error) => {
            return Applied { state: change.prior, private: planned_private, messages: error.into() };
        }
    };
    let outcome = caught(&call, carry_out(resource, &change, &context)).await;
    let output = context.take_output();
    let mut messages = output.messages;
    let object = Object::from(&resource.descriptor.block);
    let storable = |value| transform::with_empty_blocks(object, transform::without_write_only(object, value));
    let (state, private) = match outcome {
        Ok(None) => return Applied { state: Value::Null, private: Private::default(), messages },
        Ok(Some(actual)) => {
            let actual = transform::as_written(object, storable(actual), &change.planned);
            consistent::check_known(object, &actual, &mut messages);
            consistent::check(object, &change.planned, &actual, &mut messages);
            (transform::unknown_to_null(actual), output.private.without_notes())
        }
        Err(error) => {
            messages.extend(error.into_messages());
            match output.recorded {
                Some(recorded) => {
                    let recorded = transform::as_written(object, storable(recorded), &change.planned);
                    (transform::unknown_to_null(recorded), output.private.without_notes())
                }
                None => (change.prior, planned_private),
            }
        }
    };
    Applied { state, private, messages }
}

/// Everything that can be refused before the first request. All is known now.
async fn prepare<P>(
    resource: &OfferedResource<P>,
    change: &Change,
    call: &RpcCall,
    scope: CallScope<P>,
) -> Result<Context<P>, Error> {
    if !change.config.is_null() {
        let own_rules = |config: &Value, report: &mut Diagnostics| resource.code.validate(config, report);
        validate::expect_valid(&resource.descriptor.block, &change.config, call, own_rules).await?;
    }
    let (object, operation) = match (change.prior.is_null(), change.planned.is_null()) {
        (_, true) => (&change.prior, "delete"),
        (true, false) => (&change.planned, "create"),
        (false, false) => (&change.planned, "update"),
    };
    scope.context(operation::timeout(object, operation, resource.code.timeout())?)
}

/// The state that results; none after a delete.
async fn carry_out<P>(
    resource: &OfferedResource<P>,
    change: &Change,
    context: &Context<P>,
) -> Result<Option<Value>, Error> {
    let Change { prior, planned, config } = change;
    if planned.is_null() {
        resource.code.delete(prior, context).await?;
        return Ok(None);
    }
    let object = Object::from(&resource.descriptor.block);
    let wanted = transform::with_write_only(object, planned.clone(), config);
    let actual = if prior.is_null() {
        resource.code.create(&wanted, context).await?
    } else {
        resource.code.update(&wanted, prior, context).await?
    };
    Ok(Some(actual))
}
