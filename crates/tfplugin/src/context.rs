//! What an operation has at hand while it runs.

use std::{
    future::Future,
    pin::Pin,
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
    planned_private: Private,
    output: Mutex<Output>,
}

/// An author's asynchronous function in progress, without its type.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What an operation gave through its context, in addition to its result.
#[derive(Debug, Default)]
pub(crate) struct Output {
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
        let output = Mutex::new(Output { private, ..Output::default() });
        Self { provider, stopped, timeout, planned_private: Private::default(), output }
    }

    /// The same for the second plan of a change, with the planned private that the first one left.
    pub(crate) fn with_planned_private(self, planned_private: Private) -> Self {
        Self { planned_private, ..self }
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
        self.with_output(|output| output.messages.push(warning));
    }

    /// Says that the object exists now, like this: when the operation fails later, this is kept in the state.
    pub fn record<S: Schema>(&self, state: &S) {
        self.with_output(|output| output.recorded = Some(state.to_value()));
    }

    /// A private note about the object, which the state keeps unseen by the user.
    pub fn private_state<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.with_output(|output| output.private.get(key))
    }

    /// A private note that the plan which is being carried out left, when this is the second plan, that of the apply. Hosts
    /// before Terraform 1.16 and OpenTofu do not hand it on: there is none then.
    pub fn planned_private<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.planned_private.get(key)
    }

    /// Keeps a private note about the object. Not for secrets: the state is readable.
    pub fn set_private_state<T: serde::Serialize>(&self, key: &str, note: &T) {
        self.with_output(|output| output.private.set(key, note));
    }

    pub(crate) fn take_output(&self) -> Output {
        self.with_output(std::mem::take)
    }

    // A panic elsewhere leaves the notes whole: each change of them is one assignment.
    fn with_output<T>(&self, use_it: impl FnOnce(&mut Output) -> T) -> T {
        use_it(&mut self.output.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
