//! Deadline and cancelling of a call.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The user cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Deadline and cancelling, for every function that waits.
#[derive(Clone, Debug)]
pub struct Call {
    /// Deadline.
    pub deadline: Instant,
    /// Ends it at once with [`Cancelled`].
    pub cancelled: CancellationToken,
}

impl Call {
    /// A call that may take this long from now.
    pub fn within(longest: Duration, cancelled: CancellationToken) -> Self {
        Self { deadline: Instant::now() + longest, cancelled }
    }

    /// Whether the deadline has passed.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Sleeps, at most until the deadline.
    pub async fn pause(&self, pause: Duration) -> Result<(), Cancelled> {
        let until = (Instant::now() + pause).min(self.deadline);
        self.cancelled.run_until_cancelled(tokio::time::sleep_until(until)).await.ok_or(Cancelled)
    }
}
