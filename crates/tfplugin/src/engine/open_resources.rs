//! The ephemeral resources that are open in this process.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

/// The open resources by their number.
#[derive(Debug)]
pub(crate) struct OpenResources<D> {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Arc<OpenResource<D>>>>,
}

/// An open resource.
#[derive(Debug)]
pub(crate) struct OpenResource<D> {
    /// The clients that opened it: in a process that is configured more than once, others may hold since.
    pub(crate) provider: Arc<D>,
    /// Whether it is closed; locked while a close is at work.
    pub(crate) is_closed: tokio::sync::Mutex<bool>,
    /// Cancelled when it is closed.
    pub(crate) closed: CancellationToken,
}

impl<D> OpenResources<D> {
    pub(crate) fn new() -> Self {
        // Bytes that another process returned must not name a resource of this one.
        let first = RandomState::new().hash_one(std::process::id());
        Self { next: AtomicU64::new(first), open: Mutex::default() }
    }

    /// The number of a resource that is about to be opened.
    pub(crate) fn next_number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds an open resource.
    pub(crate) fn add(&self, number: u64, provider: Arc<D>) -> Arc<OpenResource<D>> {
        let (is_closed, closed) = (tokio::sync::Mutex::new(false), CancellationToken::new());
        let open = Arc::new(OpenResource { provider, is_closed, closed });
        self.lock().insert(number, Arc::clone(&open));
        open
    }

    /// A resource; `None` if it is closed, or another process opened it.
    pub(crate) fn get(&self, number: u64) -> Option<Arc<OpenResource<D>>> {
        self.lock().get(&number).cloned()
    }

    /// Removes a resource that is closed.
    pub(crate) fn remove(&self, number: u64) {
        if let Some(open) = self.lock().remove(&number) {
            open.closed.cancel();
        }
    }

    // Each change is one call of the map's, so that a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<OpenResource<D>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
