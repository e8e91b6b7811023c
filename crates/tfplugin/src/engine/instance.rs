//! One provider in one process: what it offers, its configuration, and how to stop what runs.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::CancellationToken;

use crate::{
    diagnostics::{Diagnostic, Diagnostics, Error},
    engine::open_resources::OpenResources,
    offers::Offers,
    process::{Hold, Process},
    provider::Provider,
};

/// What is kept between calls.
pub(crate) struct Instance<P: Provider> {
    offers: OnceLock<Offers<P::Data>>,
    configured: Mutex<Configured<P::Data>>,
    host_version: Mutex<String>,
    process: Option<Process>,
    stop: Mutex<CancellationToken>,
    warned_of_unknown: AtomicBool,
    open_resources: OpenResources<P::Data>,
}

/// The outcome of the provider's configuration. Hosts may configure many times: the last one holds.
enum Configured<D> {
    NotYet,
    /// It failed, or is not known yet: the reason.
    Failed(Error),
    Ready(Arc<D>),
}

impl<P: Provider> Instance<P> {
    /// In a process whose end stops what runs.
    pub(crate) fn new(process: Option<Process>) -> Self {
        Self {
            offers: OnceLock::new(),
            configured: Mutex::new(Configured::NotYet),
            host_version: Mutex::default(),
            stop: Mutex::new(stop_with(process.as_ref())),
            process,
            warned_of_unknown: AtomicBool::new(false),
            open_resources: OpenResources::new(),
        }
    }

    /// What the provider offers, built when first needed: hosts may skip the call that requests schemas.
    pub(crate) fn offers(&self) -> &Offers<P::Data> {
        self.offers.get_or_init(P::offers)
    }

    /// Keeps the outcome of a configuration.
    pub(crate) fn set_configured(&self, outcome: Result<P::Data, Error>) {
        *lock(&self.configured) = match outcome {
            Ok(data) => Configured::Ready(Arc::new(data)),
            Err(error) => Configured::Failed(error),
        };
    }

    /// Keeps the version of the host that configures.
    pub(crate) fn set_host_version(&self, version: &str) {
        version.clone_into(&mut lock(&self.host_version));
    }

    /// Whether the host takes a deferral, where it says so. OpenTofu 1.11.0 to 1.11.3 say so, and then fail or do not read it; Terraform 1.11
    /// does not say so.
    pub(crate) fn takes_deferrals(&self, says_so: bool) -> bool {
        says_so && !["1.11.0", "1.11.1", "1.11.2", "1.11.3"].contains(&lock(&self.host_version).as_str())
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

    /// Warnings that the clients have and that no operation reports.
    pub(crate) fn notices(&self) -> Diagnostics {
        match &*lock(&self.configured) {
            Configured::Ready(data) => P::notices(data),
            Configured::NotYet | Configured::Failed(_) => Diagnostics::default(),
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

    /// Keeps the process from ending while the result exists.
    pub(crate) fn hold(&self) -> Option<Hold> {
        self.process.as_ref().map(Process::hold)
    }

    /// What keeps the process from ending while it exists, and what is cancelled when the end comes. `None` in no process.
    pub(crate) fn end(&self) -> Option<(Hold, CancellationToken)> {
        self.process.as_ref().map(|process| (process.hold(), process.stopping().clone()))
    }

    /// The ephemeral resources that are open.
    pub(crate) fn open_resources(&self) -> &OpenResources<P::Data> {
        &self.open_resources
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
