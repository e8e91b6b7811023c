//! A runtime of our own, so that users of this crate may block, and may be on any runtime or none.

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::Error;

/// A runtime that may be dropped in any context.
#[derive(Debug)]
pub(crate) struct Background(Option<Runtime>, Handle);

impl Background {
    /// Two threads: enough to serve while one of them works.
    pub(crate) fn new() -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("local-cks")
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let handle = runtime.handle().clone();
        Ok(Self(Some(runtime), handle))
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.1
    }

    /// Runs a future there, from any context.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        self.1.spawn(work).await.map_err(Error::Task)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Not awaited: this may itself run on a runtime, where blocking is forbidden.
            runtime.shutdown_background();
        }
    }
}
