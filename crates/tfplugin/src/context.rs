//! What an operation has at hand while it runs.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    private::Private,
    schema::Schema,
    value::Value,
};

/// What an operation of a resource or data source has at hand: the provider's clients, its time limit, the user's wish to
/// stop, and places for warnings, for what exists already, and for private notes.
#[derive(Debug)]
pub struct Context<P> {
    provider: Arc<P>,
    stopped: CancellationToken,
    timeout: Duration,
    first_plan: Private,
    noted: Mutex<Noted>,
}

/// What an operation left behind beside its answer.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) messages: Diagnostics,
    pub(crate) recorded: Option<Value>,
    pub(crate) private: Private,
}

impl<P> Context<P> {
    /// Of one operation, with the notes that Terraform kept.
    pub(crate) fn new(
        provider: Arc<P>,
        stopped: CancellationToken,
        timeout: Duration,
        private: Private,
    ) -> Self {
        let noted = Mutex::new(Noted { private, ..Noted::default() });
        Self { provider, stopped, timeout, first_plan: Private::default(), noted }
    }

    /// The same with the notes that the first plan of this change left.
    pub(crate) fn after_first_plan(self, notes: Private) -> Self {
        Self { first_plan: notes, ..self }
    }

    /// The provider's clients.
    pub fn provider(&self) -> &P {
        &self.provider
    }

    /// Cancelled when the user interrupts: end soon, and leave what exists in the state.
    pub fn stopped(&self) -> &CancellationToken {
        &self.stopped
    }

    /// How long the operation may take, from the user's `timeouts` or [`crate::Resource::TIMEOUT`]. Counted by the operation
    /// itself, from when its turn comes.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Tells the user something that is no error.
    pub fn warn(&self, warning: Diagnostic) {
        self.with_noted(|noted| noted.messages.push(warning));
    }

    /// Says that the object exists now, like this: when the operation fails later, this is kept in the state.
    pub fn record<S: Schema>(&self, state: &S) {
        self.with_noted(|noted| noted.recorded = Some(state.to_value()));
    }

    /// A private note about the object, which the state keeps unseen by the user.
    pub fn private_state<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.with_noted(|noted| noted.private.get(key))
    }

    /// A private note that the plan which is being carried out left, when this is the second plan, that of the apply. Hosts
    /// before Terraform 1.16 and OpenTofu do not hand it on: there is none then.
    pub fn planned_private<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.first_plan.get(key)
    }

    /// Keeps a private note about the object. Not for secrets: the state is readable.
    pub fn set_private_state<T: serde::Serialize>(&self, key: &str, note: &T) {
        self.with_noted(|noted| noted.private.set(key, note));
    }

    pub(crate) fn take_noted(&self) -> Noted {
        self.with_noted(std::mem::take)
    }

    // A panic elsewhere leaves the notes whole: each change of them is one assignment.
    fn with_noted<T>(&self, use_it: impl FnOnce(&mut Noted) -> T) -> T {
        use_it(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
