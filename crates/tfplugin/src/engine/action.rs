//! PlanAction and InvokeAction: an action has no state and no result, only progress and messages.

use tokio::sync::mpsc;

use super::operation::{CallScope, DATA_SOURCE_TIMEOUT, caught};
use crate::{
    action::Progress,
    diagnostics::{Diagnostics, Error},
    offers::OfferedAction,
    value::Value,
};

/// Checks an action at plan. Without the provider's configuration there is nothing to check, and a host that
/// [defers](crate::deferral) gets the error that says so.
pub(crate) async fn plan<P>(
    action: &OfferedAction<P>,
    config: &Value,
    scope: CallScope<P>,
) -> Result<Diagnostics, Error> {
    let (call, asked) = (scope.call.clone(), scope.clone());
    let (outcome, messages) = match scope.context(DATA_SOURCE_TIMEOUT) {
        Ok(context) => {
            let outcome = caught(&call, action.code.plan(config, &context)).await;
            (outcome, context.take_output().messages)
        }
        Err(error) => (Err(error), Diagnostics::default()),
    };
    match outcome {
        Err(error) if asked.deferral(&error).is_some() || !error.is_unknown_configuration() => {
            Err(messages.before(error))
        }
        _ => Ok(messages),
    }
}

/// Runs an action, whose progress goes to `progress`. Returns its messages.
pub(crate) async fn invoke<P>(
    action: &OfferedAction<P>,
    config: &Value,
    progress: mpsc::Sender<String>,
    scope: CallScope<P>,
) -> Diagnostics {
    let call = scope.call.clone();
    let context = match scope.context(DATA_SOURCE_TIMEOUT) {
        Ok(context) => context,
        Err(error) => return error.into(),
    };
    let progress = Progress(progress);
    let outcome = caught(&call, action.code.invoke(config, &progress, &context)).await;
    let mut messages = context.take_output().messages;
    if let Err(error) = outcome {
        messages.extend(error.into_messages());
    }
    messages
}
