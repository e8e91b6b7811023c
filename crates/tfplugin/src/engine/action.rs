//! PlanAction and InvokeAction: an action has no state and no result, only progress and messages.

use tokio::sync::mpsc;

use super::{
    operation::{CallScope, DEFAULT_TIMEOUT, RpcCall, caught},
    validate,
};
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
    let (call, of_call) = (scope.call.clone(), scope.clone());
    expect_valid(action, config, &call).await?;
    let context = match scope.context(DEFAULT_TIMEOUT) {
        Ok(context) => context,
        Err(error) if of_call.deferral(&error).is_some() => return Err(error),
        Err(_) => return Ok(Diagnostics::default()),
    };
    let outcome = caught(&call, action.code.plan(config, &context)).await;
    let messages = context.take_output().messages;
    match outcome {
        Err(error) if of_call.deferral(&error).is_some() || !error.needs_unknown_value() => {
            Err(messages.before(error))
        }
        _ => Ok(messages),
    }
}

/// Terraform validates an action without the values of variables, and not again.
async fn expect_valid<P>(action: &OfferedAction<P>, config: &Value, call: &RpcCall) -> Result<(), Error> {
    let own_rules = |config: &Value, report: &mut Diagnostics| action.code.validate(config, report);
    validate::expect_valid(&action.descriptor.block, config, call, own_rules).await
}

/// Runs an action, whose progress goes to `progress`. Returns its messages.
pub(crate) async fn invoke<P>(
    action: &OfferedAction<P>,
    config: &Value,
    progress: mpsc::Sender<String>,
    scope: CallScope<P>,
) -> Diagnostics {
    let call = scope.call.clone();
    let context = match scope.context(DEFAULT_TIMEOUT) {
        Ok(context) => context,
        Err(error) => return error.into(),
    };
    if let Err(error) = expect_valid(action, config, &call).await {
        return error.into();
    }
    let progress = Progress(progress);
    let outcome = caught(&call, action.code.invoke(config, &progress, &context)).await;
    let mut messages = context.take_output().messages;
    if let Err(error) = outcome {
        messages.extend(error.into_messages());
    }
    messages
}
