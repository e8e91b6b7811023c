//! What every call has: a request id, a span in the log, and a response even when the code behind it panics.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use tfplugin_proto::tfplugin6;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Response, codegen::BoxStream};
use tracing::Instrument;

use super::wire;
use crate::{
    diagnostics::Error,
    engine::operation::{RpcCall, caught},
};

/// A response, or an event of a stream, that can have an error instead of its content.
pub(super) trait Refusable {
    fn refusal(error: Error) -> Self;

    /// Its diagnostics, if it has any.
    fn diagnostics(&mut self) -> Option<&mut Vec<tfplugin6::Diagnostic>> {
        None
    }
}

/// Runs a call with one response.
pub(super) async fn unary<T, F>(
    rpc: &'static str,
    type_name: String,
    work: impl FnOnce(RpcCall) -> F,
) -> Response<T>
where
    T: Refusable,
    F: Future<Output = Result<T, Error>>,
{
    let call = RpcCall { rpc, type_name, request_id: next_request_id() };
    Response::new(logged(&call, work(call.clone())).await.unwrap_or_else(T::refusal))
}

/// Runs a call whose response is a stream: `work` sends the events. An error of it, or a panic, becomes the last event. A host that
/// closes the stream ends `work` where it sends the next event.
pub(super) fn stream<T, F>(
    rpc: &'static str,
    type_name: String,
    work: impl FnOnce(RpcCall, Events<T>) -> F,
) -> Response<BoxStream<T>>
where
    T: Refusable + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    // One event waits, so that no list is read faster than the host takes it.
    let (sender, receiver) = mpsc::channel(1);
    let call = RpcCall { rpc, type_name, request_id: next_request_id() };
    let work = work(call.clone(), Events(sender.clone()));
    tokio::spawn(async move {
        let work = async {
            tokio::select! {
                outcome = work => outcome,
                () = sender.closed() => Ok(()),
            }
        };
        if let Err(error) = logged(&call, work).await {
            // Fails when the host has closed the stream: then it needs no error.
            let _ = sender.send(T::refusal(error)).await;
        }
    });
    Response::new(Box::pin(ReceiverStream::new(receiver).map(Ok)))
}

/// Where a streaming call sends its events.
pub(super) struct Events<T>(mpsc::Sender<T>);

impl<T> Events<T> {
    /// Sends an event, and waits until the host takes the one before it.
    pub(super) async fn send(&self, event: T) {
        if self.0.send(event).await.is_err() {
            // The host has closed the stream: `stream` drops the work here.
            std::future::pending::<()>().await;
        }
    }
}

/// Runs the work of a call, and turns its panic into an error. Start and end are logged, without values: they may be secret.
async fn logged<T>(call: &RpcCall, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let span = tracing::debug_span!(
        target: "tfplugin::rpc",
        "rpc",
        tf_rpc = call.rpc,
        tf_resource_type = call.type_name,
        tf_req_id = call.request_id
    );
    let logged = async {
        tracing::debug!(target: "tfplugin::rpc", "call begins");
        let begun = Instant::now();
        let outcome = caught(call, work).await;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(target: "tfplugin::rpc", milliseconds, refused = outcome.is_err(), "call ends");
        outcome
    };
    logged.instrument(span).await
}

/// Unique in the logs of one run of the host, whose provider processes differ in their ids.
fn next_request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Refusable for tfplugin6::stop_provider::Response {
    fn refusal(error: Error) -> Self {
        Self { error: text_of(&error) }
    }
}

impl Refusable for tfplugin6::call_function::Response {
    fn refusal(error: Error) -> Self {
        Self { result: None, error: Some(wire::function_error(&text_of(&error), None)) }
    }
}

fn text_of(error: &Error) -> String {
    let messages = error.messages().iter().map(|message| format!("{}: {}", message.summary, message.detail));
    messages.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Event(String);

    impl Refusable for Event {
        fn refusal(error: Error) -> Self {
            Self(text_of(&error))
        }
    }

    async fn received(response: Response<BoxStream<Event>>) -> Vec<String> {
        let events: Vec<_> = response.into_inner().collect().await;
        events.into_iter().map(|event| event.map_or_else(|status| status.to_string(), |it| it.0)).collect()
    }

    #[tokio::test]
    async fn a_stream_has_its_events_and_then_its_error() {
        let response = stream("ListResource", String::new(), |_, events| async move {
            for event in ["a", "b"] {
                events.send(Event(event.to_owned())).await;
            }
            Err(Error::new("It broke", "In the middle."))
        });
        assert_eq!(received(response).await, ["a", "b", "It broke: In the middle."]);
    }

    #[tokio::test]
    async fn a_panic_is_the_last_event_of_a_stream() {
        let response = stream("ListResource", "test_thing".to_owned(), |_, events| async move {
            events.send(Event("a".to_owned())).await;
            panic!("hunter2")
        });
        let received = received(response).await;
        assert!(received[1].contains("ListResource of test_thing ended in a panic"), "{received:?}");
        assert!(!received[1].contains("hunter2"), "{received:?}");
    }

    #[tokio::test]
    async fn a_host_that_closes_a_stream_ends_its_work() {
        let (done, ended) = tokio::sync::oneshot::channel::<()>();
        let response = stream("ListResource", String::new(), |_, events: Events<Event>| async move {
            let _done = done;
            loop {
                events.send(Event(String::new())).await;
            }
        });
        drop(response);
        assert!(ended.await.is_err(), "the work is dropped");
    }
}
