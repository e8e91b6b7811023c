//! Counts the calls in progress, so that the end waits for these, and not for whatever else a host keeps open.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use http_body::{Body as _, Frame, SizeHint};
use tonic::{
    Status,
    body::Body,
    codegen::{
        BoxFuture, Bytes, Service,
        http::{Request, Response},
    },
};
use tower::Layer;

use crate::process::{Count, Counted};

/// Counts the calls of the services in it. A call is in progress from the end of its request to the end of its response: a request that
/// the host never ends is none.
#[derive(Clone, Debug)]
pub(super) struct CountCalls(pub(super) Count);

/// Services whose calls are counted.
#[derive(Clone, Debug)]
pub(super) struct Counting<S> {
    inner: S,
    calls: Count,
}

/// One call, in progress once it is counted.
#[derive(Debug)]
struct Call {
    calls: Count,
    counted: OnceLock<Counted>,
}

/// A request, whose end begins the call.
struct Received {
    body: Body,
    call: Arc<Call>,
}

/// A response, with which the call ends.
struct Sent {
    body: Body,
    _call: Arc<Call>,
}

impl Call {
    fn begin(&self) {
        self.counted.get_or_init(|| self.calls.enter());
    }
}

impl<S> Layer<S> for CountCalls {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        Counting { inner, calls: self.0.clone() }
    }
}

impl<S> Service<Request<Body>> for Counting<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Response<Body>, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let call = Arc::new(Call { calls: self.calls.clone(), counted: OnceLock::new() });
        if request.body().is_end_stream() {
            call.begin();
        }
        let received = |body| Body::new(Received { body, call: Arc::clone(&call) });
        let response = self.inner.call(request.map(received));
        Box::pin(async move { Ok(response.await?.map(|body| Body::new(Sent { body, _call: call }))) })
    }
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.call.begin();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
