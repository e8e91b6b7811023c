//! The ephemeral resources that are open in this process, and their close when the host does not call it.
//!
//! Terraform closes nothing after a failed apply, and a host that was killed calls nothing. Both end the process, which waits for what
//! runs: for each open resource there is a task that holds the process, and closes the resource when the end comes.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

use super::{
    ephemeral::{self, Held},
    instance::Instance,
    operation::{CallScope, RpcCall},
};
use crate::{private::Private, provider::Provider};

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

    fn add(&self, number: u64) -> CancellationToken {
        let closed = CancellationToken::new();
        self.lock().insert(number, closed.clone());
        closed
    }

    // Each change is one call of the map's, so that a panic elsewhere leaves it whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, CancellationToken>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes an open resource when the process ends, unless the host closed it before.
pub(crate) fn close_at_the_end<P: Provider>(instance: &Arc<Instance<P>>, call: RpcCall, held: Held) {
    let Some((unfinished, stopping)) = instance.end() else { return };
    let closed = instance.open_resources().add(held.number);
    let instance = Arc::clone(instance);
    tokio::spawn(async move {
        let _unfinished = unfinished;
        tokio::select! {
            () = closed.cancelled() => return,
            () = stopping.cancelled() => {}
        }
        if !instance.open_resources().take(held.number) {
            return;
        }
        let type_name = call.type_name.clone();
        let Ok(resource) = instance.offers().ephemeral_resources.get(&type_name) else { return };
        let scope = CallScope {
            call: RpcCall { rpc: "CloseEphemeralResource", ..call },
            provider: instance.provider(),
            stopped: CancellationToken::new(),
            private: Private::default(),
            defers: false,
        };
        match ephemeral::close(resource, &held, scope).await {
            Ok(_) => tracing::debug!(target: "tfplugin::rpc", type_name, "closed at the end of the process"),
            Err(error) => {
                let reason =
                    error.messages().first().map(|message| message.summary.clone()).unwrap_or_default();
                tracing::warn!(target: "tfplugin::rpc", type_name, reason, "not closed at the end of the process");
            }
        }
    });
}
