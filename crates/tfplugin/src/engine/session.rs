//! What one process of a provider remembers between calls: its tables, its configuration, and how to stop what runs.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::CancellationToken;

use super::catalog::Catalog;
use crate::{
    diagnostics::{Diagnostic, Error},
    provider::Provider,
    serve::{Hold, Process},
};

/// The memory of a process.
pub(crate) struct Session<P: Provider> {
    catalog: OnceLock<Catalog<P::Data>>,
    configured: Mutex<Configured<P::Data>>,
    process: Option<Process>,
    stop: Mutex<CancellationToken>,
    warned_of_unknown: AtomicBool,
}

/// What came of the provider's configuration. It may come many times: the last one holds.
enum Configured<D> {
    NotYet,
    /// It failed, or it is not known yet: this is why.
    Failed(Error),
    Ready(Arc<D>),
}

impl<P: Provider> Session<P> {
    /// Of a process whose end, when it comes, stops what runs.
    pub(crate) fn new(process: Option<Process>) -> Self {
        Self {
            catalog: OnceLock::new(),
            configured: Mutex::new(Configured::NotYet),
            stop: Mutex::new(stop_with(process.as_ref())),
            process,
            warned_of_unknown: AtomicBool::new(false),
        }
    }

    /// The tables, made when first needed: hosts may skip the call that asks for schemas.
    pub(crate) fn catalog(&self) -> &Catalog<P::Data> {
        self.catalog.get_or_init(|| Catalog::new(P::offers()))
    }

    /// Remembers what came of the configuration.
    pub(crate) fn set_configured(&self, outcome: Result<P::Data, Error>) {
        *lock(&self.configured) = match outcome {
            Ok(data) => Configured::Ready(Arc::new(data)),
            Err(error) => Configured::Failed(error),
        };
    }

    /// The clients.
    pub(crate) fn provider(&self) -> Result<Arc<P::Data>, Error> {
        match &*lock(&self.configured) {
            Configured::Ready(data) => Ok(Arc::clone(data)),
            Configured::Failed(error) => Err(error.clone()),
            Configured::NotYet => Err(Error::new(
                "Provider is not configured",
                "This needs the provider's configuration, which has not been given to this process. Terraform always \
                 gives it first, so this is a bug in the program that runs the provider: report it there.",
            )),
        }
    }

    /// What is cancelled by the next [`stop`](Self::stop).
    pub(crate) fn stopped(&self) -> CancellationToken {
        lock(&self.stop).clone()
    }

    /// Stops what runs now. What begins later runs: Terraform still closes and saves things.
    pub(crate) fn stop(&self) {
        let next = stop_with(self.process.as_ref());
        std::mem::replace(&mut *lock(&self.stop), next).cancel();
    }

    /// Keeps the process from ending while the answer exists.
    pub(crate) fn hold(&self) -> Option<Hold> {
        self.process.as_ref().map(Process::hold)
    }

    /// The warning that a refresh was left out, once.
    pub(crate) fn unknown_configuration_warning(&self, error: &Error) -> Option<Diagnostic> {
        let first = !self.warned_of_unknown.swap(true, Ordering::Relaxed);
        let reason = error.messages().first().map(|message| message.detail.as_str()).unwrap_or_default();
        first.then(|| {
            Diagnostic::warning(
                "Objects are not refreshed",
                format!(
                    "{reason}\n\nObjects keep the state that was last seen, so that the plan can go on; changes made \
                     elsewhere show in the next plan."
                ),
            )
        })
    }
}

fn stop_with(process: Option<&Process>) -> CancellationToken {
    process.map_or_else(CancellationToken::new, |process| process.stopping().child_token())
}

// Every change of what these guard is one assignment, so that a panic elsewhere leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
