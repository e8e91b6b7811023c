//! Ends a process whose host crashed or was killed: nothing else would (go-plugin leaves these processes running).

#[cfg(unix)]
use std::{os::unix::process::parent_id, time::Duration};

use crate::process::Count;

/// Time between two looks at the parent, while nobody is connected.
#[cfg(unix)]
const INTERVAL: Duration = Duration::from_millis(500);

/// Waits until there is no connection, and the process that started this one has ended. Either alone is no proof: a
/// host may be started through a wrapper that ends, and a host that closed its connection may be about to request the end.
///
/// Make it early: it takes the parent of now for the host.
#[cfg(unix)]
pub(super) fn host_gone(connections: Count) -> impl Future<Output = ()> {
    let host = parent_id();
    async move {
        loop {
            connections.until_zero().await;
            // An orphan is given to another parent at once.
            if parent_id() != host {
                return;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// Never: this system does not show the parent of a process.
#[cfg(not(unix))]
pub(super) fn host_gone(_connections: Count) -> impl Future<Output = ()> {
    std::future::pending()
}
