//! Deadline and cancelling of a call, and the look at what may explain its failures.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

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
    /// Looked at while attempts fail.
    pub watch: Option<Watch>,
}

/// A look at what a server's failures may come from, such as the status of the cluster that it belongs to.
#[derive(Clone)]
pub struct Watch(Arc<Look>);

type Look = dyn Fn() -> Pin<Box<dyn Future<Output = Option<Finding>> + Send>> + Send + Sync;

/// What explains failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// As a clause: `cluster 8154… is STATUS_ERROR`.
    pub text: String,
    /// Whether no attempt will succeed any more.
    pub is_final: bool,
}

impl Watch {
    /// Looks by this function, which returns `None` if it finds nothing that explains failures. It must end by itself, and soon.
    pub fn new<F>(look: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Finding>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(look())))
    }

    /// Looks.
    pub async fn look(&self) -> Option<Finding> {
        (self.0)().await
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Call {
    /// A call that may take this long from now.
    pub fn within(longest: Duration, cancelled: CancellationToken) -> Self {
        Self { deadline: Instant::now() + longest, cancelled, watch: None }
    }

    /// The same call with this watch.
    #[must_use]
    pub fn watching(self, watch: Option<Watch>) -> Self {
        Self { watch, ..self }
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
