//! Shortcuts for tests of the clients.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{Backoff, Call};

/// A hundred times as fast, with a limit that a busy machine does not reach.
pub fn quick_backoff() -> Backoff {
    Backoff {
        first: Duration::from_millis(2),
        longest: Duration::from_millis(20),
        connect_limit: Duration::from_secs(10),
    }
}

/// A call that is never cancelled.
pub fn call() -> Call {
    Call::within(Duration::from_secs(20), CancellationToken::new())
}
