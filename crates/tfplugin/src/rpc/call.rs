//! What every call has: a request id, a span in the log, and a response even when the code behind it panics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tfplugin_proto::tfplugin6;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Response, codegen::BoxStream};
use tracing::Instrument;

use super::wire;
use crate::{
    diagnostics::{Diagnostics, Error},
    engine::{
        instance::Instance,
        operation::{RpcCall, caught, task_failed},
    },
    provider::Provider,
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
///
/// What `notices` returns goes with the next event that has diagnostics: a host may take no event after the one that reaches its limit.
pub(super) fn stream<T, F>(
    rpc: &'static str,
    type_name: String,
    notices: impl Fn() -> Diagnostics + Send + Sync + 'static,
    work: impl FnOnce(RpcCall, Events<T>) -> F,
) -> Response<BoxStream<T>>
where
    T: Refusable + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    // One event waits, so that no list is read faster than the host takes it.
    let (sender, receiver) = mpsc::channel(1);
    let call = RpcCall { rpc, type_name, request_id: next_request_id() };
    let events = Events { sender: sender.clone(), notices: Arc::new(notices) };
    let work = work(call.clone(), events.clone());
    tokio::spawn(async move {
        let work = async {
            tokio::select! {
                outcome = work => outcome,
                () = sender.closed() => Ok(()),
            }
        };
        if let Err(error) = logged(&call, work).await {
            // Fails when the host has closed the stream: then it needs no error.
            let _ = sender.send(events.with_notices(T::refusal(error))).await;
        }
    });
    Response::new(Box::pin(ReceiverStream::new(receiver).map(Ok)))
}

/// Where a streaming call sends its events.
pub(super) struct Events<T> {
    sender: mpsc::Sender<T>,
    notices: Arc<dyn Fn() -> Diagnostics + Send + Sync>,
}

impl<T> Clone for Events<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), notices: Arc::clone(&self.notices) }
    }
}

impl<T: Refusable> Events<T> {
    fn with_notices(&self, mut event: T) -> T {
        if let Some(diagnostics) = event.diagnostics() {
            diagnostics.extend(wire::diagnostics((self.notices)()));
        }
        event
    }

    /// Sends an event, and waits until the host takes the one before it.
    pub(super) async fn send(&self, event: T) {
        if self.sender.send(self.with_notices(event)).await.is_err() {
            // The host has closed the stream: `stream` drops the work here.
            std::future::pending::<()>().await;
        }
    }
}

/// Runs work to its end, whether the host waits for it or not: one that gives up must leave nothing half done.
pub(super) async fn in_a_task<P: Provider, T: Send + 'static>(
    instance: Arc<Instance<P>>,
    call: RpcCall,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let task = tokio::spawn(
        async move {
            let _unfinished = instance.hold();
            work.await
        }
        .in_current_span(),
    );
    task.await.unwrap_or_else(|error| Err(task_failed(&call, error)))
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

    struct Event(String, Vec<tfplugin6::Diagnostic>);

    fn event(text: &str) -> Event {
        Event(text.to_owned(), Vec::new())
    }

    impl Refusable for Event {
        fn refusal(error: Error) -> Self {
            event(&text_of(&error))
        }

        fn diagnostics(&mut self) -> Option<&mut Vec<tfplugin6::Diagnostic>> {
            Some(&mut self.1)
        }
    }

    async fn received(response: Response<BoxStream<Event>>) -> Vec<String> {
        let events: Vec<_> = response.into_inner().collect().await;
        let text = |Event(text, notices): Event| {
            notices.into_iter().fold(text, |text, notice| format!("{text}; {}", notice.summary))
        };
        events.into_iter().map(|event| event.map_or_else(|status| status.to_string(), text)).collect()
    }

    #[tokio::test]
    async fn a_stream_has_its_events_and_then_its_error() {
        let response = stream("ListResource", String::new(), Diagnostics::default, |_, events| async move {
            for text in ["a", "b"] {
                events.send(event(text)).await;
            }
            Err(Error::new("It broke", "In the middle."))
        });
        assert_eq!(received(response).await, ["a", "b", "It broke: In the middle."]);
    }

    #[tokio::test]
    async fn a_notice_goes_with_the_next_event_also_if_that_is_the_error() {
        let waiting = Arc::new(std::sync::Mutex::new(Vec::new()));
        let notify = Arc::clone(&waiting);
        let notices = move || {
            let notices = std::mem::take(&mut *waiting.lock().expect("no panic"));
            let mut messages = Diagnostics::default();
            messages.extend(notices.into_iter().map(|title: &str| crate::Diagnostic::warning(title, "")));
            messages
        };
        let response = stream("ListResource", String::new(), notices, |_, events| async move {
            let notice = |title| notify.lock().expect("no panic").push(title);
            notice("first");
            events.send(event("a")).await;
            events.send(event("b")).await;
            notice("second");
            Err(Error::new("It broke", "In the middle."))
        });
        assert_eq!(received(response).await, ["a; first", "b", "It broke: In the middle.; second"]);
    }

    #[tokio::test]
    async fn a_panic_is_the_last_event_of_a_stream() {
        let response =
            stream("ListResource", "test_thing".to_owned(), Diagnostics::default, |_, events| async move {
                events.send(event("a")).await;
                panic!("hunter2")
            });
        let received = received(response).await;
        assert!(received[1].contains("ListResource of test_thing ended in a panic"), "{received:?}");
        assert!(!received[1].contains("hunter2"), "{received:?}");
    }

    #[tokio::test]
    async fn a_host_that_closes_a_stream_ends_its_work() {
        let (done, ended) = tokio::sync::oneshot::channel::<()>();
        let response = stream(
            "ListResource",
            String::new(),
            Diagnostics::default,
            |_, events: Events<Event>| async move {
                let _done = done;
                loop {
                    events.send(event("")).await;
                }
            },
        );
        drop(response);
        assert!(ended.await.is_err(), "the work is dropped");
    }
}
