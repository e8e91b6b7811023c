//! ReadResource and ReadDataSource: what is there now.

use super::{
    consistent, identity,
    object::Object,
    operation::{self, CallScope, DEFAULT_TIMEOUT, caught, finished},
    transform,
};
use crate::{
    deferral::Deferral,
    diagnostics::{Diagnostic, Diagnostics, Error},
    offers::{OfferedDataSource, OfferedResource},
    private::Private,
    value::Value,
};

/// An object as it was found; null if it does not exist.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub(crate) state: Value,
    pub(crate) private: Private,
    /// Null if the state cannot tell, or has no object.
    pub(crate) identity: Value,
    pub(crate) messages: Diagnostics,
    /// Why a later run has to read it.
    pub(crate) deferred: Option<Deferral>,
}

/// Reads an object again, whose stored identity is `identity`. While the provider's configuration is not known, the prior state stays, with
/// the warning that `unknown_warning` gives.
pub(crate) async fn read<P>(
    resource: &OfferedResource<P>,
    state: Value,
    identity: &Value,
    scope: CallScope<P>,
    unknown_warning: impl FnOnce(&Error) -> Option<Diagnostic>,
) -> Result<Refreshed, Error> {
    let private = scope.private.clone();
    let unchanged = |state, messages, deferred| {
        let identity = identity::of_state(resource, &state);
        Ok(Refreshed { state, private, identity, messages, deferred })
    };
    if state.is_null() {
        return unchanged(state, Diagnostics::default(), None);
    }
    match read_known(resource, &state, scope.clone()).await {
        Err(error) if error.needs_unknown_value() => {
            let deferred = scope.deferral(&error);
            let warning = if deferred.is_none() { unknown_warning(&error) } else { None };
            let mut messages = error.into_warnings();
            messages.extend(warning);
            unchanged(state, messages, deferred)
        }
        Err(error) => Err(error),
        Ok(mut refreshed) => {
            refreshed.identity =
                identity::of_refresh(resource, identity, &refreshed.state, &mut refreshed.private)?;
            Ok(refreshed)
        }
    }
}

async fn read_known<P>(
    resource: &OfferedResource<P>,
    state: &Value,
    scope: CallScope<P>,
) -> Result<Refreshed, Error> {
    let call = scope.call.clone();
    let context = scope.context(operation::timeout(state, "read", resource.code.timeout())?)?;
    let outcome = caught(&call, resource.code.read(state, &context)).await;
    let (found, output) = finished(&context, outcome)?;
    let object = Object::from(&resource.descriptor.block);
    let found = match found {
        Some(found) => transform::as_written(object, storable(object, found)?, state),
        None => Value::Null,
    };
    Ok(Refreshed {
        state: found,
        private: output.private,
        identity: Value::Null,
        messages: output.messages,
        deferred: None,
    })
}

/// Reads a data source.
pub(crate) async fn read_data_source<P>(
    data_source: &OfferedDataSource<P>,
    config: &Value,
    scope: CallScope<P>,
) -> Result<(Value, Diagnostics), Error> {
    let call = scope.call.clone();
    let context = scope.context(operation::timeout(config, "read", DEFAULT_TIMEOUT)?)?;
    let outcome = caught(&call, data_source.code.read(config, &context)).await;
    let (found, output) = finished(&context, outcome)?;
    let object = Object::from(&data_source.descriptor.block);
    let found = transform::keep_nulls(object, storable(object, found)?, config);
    Ok((found, output.messages))
}

/// A value in the form that a state must have.
pub(super) fn storable(object: Object<'_>, value: Value) -> Result<Value, Error> {
    let mut mistakes = Diagnostics::default();
    consistent::check_known(object, &value, &mut mistakes);
    match Error::all(mistakes) {
        Some(error) => Err(error),
        None => Ok(transform::with_empty_blocks(object, transform::without_write_only(object, value))),
    }
}
