//! The ephemeral resources that are open in this process.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

/// The open resources by their number.
#[derive(Debug, Default)]
pub(crate) struct OpenResources {
    last: AtomicU64,
    closed: Mutex<HashMap<u64, CancellationToken>>,
}

impl OpenResources {
    /// The number of a resource that is about to be opened.
    pub(crate) fn next_number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Notes that a resource is closed, or about to be. Returns whether it was open.
    pub(crate) fn take(&self, number: u64) -> bool {
        let closed = self.lock().remove(&number);
        closed.inspect(CancellationToken::cancel).is_some()
    }

    /// Adds an open resource. The result is cancelled when it is closed.
    pub(crate) fn add(&self, number: u64) -> CancellationToken {
        let closed = CancellationToken::new();
        self.lock().insert(number, closed.clone());
        closed
    }

    // Each change is one call of the map's, so that a panic elsewhere leaves it whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, CancellationToken>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
