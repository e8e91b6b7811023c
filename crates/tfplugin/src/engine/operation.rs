//! What each call of an author's code needs: its context, its time limit, and protection against panics.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    context::{Context, Output},
    deferral::Deferral,
    diagnostics::{Diagnostic, Diagnostics, Error},
    path::{AttributePath, Step},
    private::Private,
    value::{Data, Value},
};

/// Time limit of data sources, lists and actions without `timeouts`.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_mins(20);

/// One call from Terraform, as logs and messages name it.
#[derive(Clone, Debug)]
pub(crate) struct RpcCall {
    pub(crate) rpc: &'static str,
    /// The resource, data source or function; empty for the provider itself.
    pub(crate) type_name: String,
    pub(crate) request_id: String,
}

/// What an operation works with.
pub(crate) struct CallScope<P> {
    pub(crate) call: RpcCall,
    pub(crate) provider: Result<Arc<P>, Error>,
    pub(crate) stopped: CancellationToken,
    pub(crate) private: Private,
    /// Whether the host takes a deferral for an answer.
    pub(crate) defers: bool,
}

impl<P> Clone for CallScope<P> {
    fn clone(&self) -> Self {
        let Self { call, provider, stopped, private, defers } = self;
        Self {
            call: call.clone(),
            provider: provider.clone(),
            stopped: stopped.clone(),
            private: private.clone(),
            defers: *defers,
        }
    }
}

impl<P> CallScope<P> {
    /// The context of an operation that has this much time.
    pub(crate) fn context(self, timeout: Duration) -> Result<Context<P>, Error> {
        let defers = self.defers;
        Ok(Context::new(self.provider?, self.stopped, timeout, self.private).on_a_host_that_defers(defers))
    }

    /// Why the outcome of an operation is a deferral, on a host that takes one.
    pub(crate) fn deferral(&self, error: &Error) -> Option<Deferral> {
        error.waits_for().filter(|_| self.defers)
    }

    /// The same with the warnings that came before it. Without a deferral, the error.
    pub(crate) fn deferred(&self, error: Error) -> Result<(Deferral, Diagnostics), Error> {
        match self.deferral(&error) {
            Some(deferral) => Ok((deferral, error.into_warnings())),
            None => Err(error),
        }
    }
}

/// The time an object's `timeouts` give an operation (`"create"`), else `default`.
pub(crate) fn timeout(object: &Value, operation: &str, default: Duration) -> Result<Duration, Error> {
    let Value::Known(Data::String(text)) = object.member("timeouts").member(operation) else {
        return Ok(default);
    };
    crate::duration::parse(text).map_err(|reason| {
        let path = AttributePath::attribute("timeouts").then(Step::Attribute(operation.to_owned()));
        Diagnostic::error("Invalid timeout", reason).at_path(path).into()
    })
}

/// Runs an author's code; a panic becomes an error that names the call.
pub(crate) async fn caught<T>(
    call: &RpcCall,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut work = pin!(work);
    // What the work was changing is dropped with it, or changed by single assignments only.
    let outcome = poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(task))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => std::task::Poll::Ready(Err(panic)),
    });
    outcome.await.unwrap_or_else(|panic| Err(panicked(call, panic.as_ref())))
}

/// What an author's code returned, with what it left in its context. An error comes after the warnings before it.
pub(crate) fn finished<P, T>(context: &Context<P>, outcome: Result<T, Error>) -> Result<(T, Output), Error> {
    let output = context.take_output();
    match outcome {
        Ok(result) => Ok((result, output)),
        Err(error) => Err(output.messages.before(error)),
    }
}

/// The error of a task that ended without a result.
pub(crate) fn task_failed(call: &RpcCall, failure: tokio::task::JoinError) -> Error {
    match failure.try_into_panic() {
        Ok(panic) => panicked(call, panic.as_ref()),
        Err(_) => Error::new(
            "Provider is shutting down",
            format!(
                "{} of {} was given up. Look at the object before applying again.",
                call.rpc, call.type_name
            ),
        ),
    }
}

fn panicked(call: &RpcCall, panic: &(dyn Any + Send)) -> Error {
    let RpcCall { rpc, type_name, request_id } = call;
    // The hook of `serve` has logged where, when there is one; this line has the request.
    let reason = crate::panic::message(panic);
    tracing::error!(target: "tfplugin::rpc", reason, "{rpc} {type_name} panicked (request {request_id})");
    let subject = if type_name.is_empty() { String::new() } else { format!(" of {type_name}") };
    // The reason may quote anything, secrets too: it is for the log alone.
    Error::new(
        "Provider crashed",
        format!(
            "{rpc}{subject} ended in a panic (request {request_id}). This is a bug in the provider: report it to its \
             developers with the log lines of that request, which `TF_LOG_PROVIDER=ERROR` shows. What had been done \
             until then is kept in the state as far as it is known; look at the object before applying again."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(timeouts: Value, expected: Result<u64, &str>) {
        let object = Value::mapping([("timeouts", timeouts)]);
        let found = timeout(&object, "create", Duration::from_secs(1)).map(|timeout| timeout.as_secs());
        let found = found.map_err(|error| error.messages()[0].path.to_string());
        assert_eq!(found, expected.map_err(ToOwned::to_owned));
    }

    #[test]
    fn a_timeout_is_the_users_or_else_the_resources() {
        check(Value::mapping([("create", Value::string("90m"))]), Ok(5_400));
        check(Value::mapping([("create", Value::Null)]), Ok(1));
        check(Value::mapping([("delete", Value::string("90m"))]), Ok(1));
        check(Value::Null, Ok(1));
        check(Value::mapping([("create", Value::string("soon"))]), Err("timeouts.create"));
    }

    #[tokio::test]
    async fn a_panic_after_a_wait_becomes_an_error_too() {
        let call =
            RpcCall { rpc: "ReadResource", type_name: "test_thing".to_owned(), request_id: "7".to_owned() };
        let outcome: Result<(), Error> = caught(&call, async {
            tokio::task::yield_now().await;
            panic!("hunter2")
        })
        .await;
        let message = outcome.expect_err("it panicked").into_messages().remove(0).detail;
        assert!(message.starts_with("ReadResource of test_thing ended in a panic (request 7)."), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}
