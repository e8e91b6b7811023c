//! The three services that go-plugin opens in addition to the provider's own (go-plugin grpc_server.go, grpc_stdio.go,
//! grpc_broker.go).
//!
//! Broker and stdio are two streams that the host opens at once and that never carry anything here. They stay open
//! until the process ends: an early end would count as an error.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tfplugin_proto::plugin::{
    ConnInfo, Empty, StdioData, grpc_broker_server::GrpcBroker, grpc_controller_server::GrpcController,
    grpc_stdio_server::GrpcStdio,
};
use tokio_stream::Stream;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};

use crate::process::{Ending, Process};

/// All three services.
#[derive(Clone, Debug)]
pub(super) struct GoPlugin {
    process: Process,
}

/// A stream that is silent until the process ends. It keeps what the other side sends, so that side stays open, too.
pub(super) struct Silent<T, Kept = ()> {
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    _kept: Kept,
    _items: std::marker::PhantomData<fn() -> T>,
}

impl GoPlugin {
    pub(super) fn new(process: Process) -> Self {
        Self { process }
    }
}

impl<T, Kept> Silent<T, Kept> {
    pub(super) fn until_the_end_of(process: &Process, kept: Kept) -> Self {
        Self {
            stopping: Box::pin(process.stopping().clone().cancelled_owned()),
            _kept: kept,
            _items: std::marker::PhantomData,
        }
    }
}

impl<T, Kept: Unpin> Stream for Silent<T, Kept> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stopping.as_mut().poll(cx).map(|()| None)
    }
}

#[tonic::async_trait]
impl GrpcController for GoPlugin {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host requests the end of this process");
        // Calls that run, this one included, still receive their response.
        self.process.end(Ending::HostRequested);
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for GoPlugin {
    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(Box::pin(Silent::until_the_end_of(&self.process, ()))))
    }
}

#[tonic::async_trait]
impl GrpcBroker for GoPlugin {
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(Box::pin(Silent::until_the_end_of(&self.process, request.into_inner()))))
    }
}
