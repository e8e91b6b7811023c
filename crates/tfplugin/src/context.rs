//! The context of one operation: clients, time limit, interrupt, warnings, and private state.
//!
//! Every function of a resource or data source that may use the network receives a [`Context`]. An
//! operation that waits uses all of it:
//!
//! ```
//! use std::time::Duration;
//!
//! use tfplugin::{Context, Diagnostic, Error, Schema, Value};
//!
//! # struct Api;
//! # impl Api {
//! #     async fn start(&self, _name: &str) -> Result<String, Error> { Ok("i-1".to_owned()) }
//! #     async fn is_running(&self, _id: &str) -> Result<bool, Error> { Ok(true) }
//! # }
//! /// Runs programs.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_machine")]
//! struct Machine {
//!     /// Name of the machine.
//!     #[schema(required)]
//!     name: String,
//!     /// Id of the machine.
//!     #[schema(computed)]
//!     id: Value<String>,
//! }
//!
//! async fn create(machine: Machine, context: &Context<Api>) -> Result<Machine, Error> {
//!     let api = context.provider();
//!     let id = api.start(&machine.name).await?;
//!     let machine = Machine { id: Value::Known(id.clone()), ..machine };
//!     // From here on the machine exists: if waiting fails, it is in the state, tainted.
//!     context.record(&machine);
//!
//!     let running = async {
//!         while !api.is_running(&id).await? {
//!             tokio::time::sleep(Duration::from_secs(5)).await;
//!         }
//!         Ok::<_, Error>(())
//!     };
//!     tokio::select! {
//!         result = tokio::time::timeout(context.timeout(), running) => match result {
//!             Ok(result) => result?,
//!             Err(_) => return Err(Error::new("Machine does not run in time", "Raise `timeouts.create`.")),
//!         },
//!         () = context.stopped().cancelled() => {
//!             let detail = format!("The machine {id} is still starting. Apply again to wait for it.");
//!             return Err(Error::new("Creating was interrupted", detail));
//!         }
//!     }
//!     if machine.name.starts_with("test-") {
//!         context.warn(Diagnostic::warning("Machine is removed at night", "Its name begins with `test-`.").at("name"));
//!     }
//!     context.set_private_state("started_by", &"terraform");
//!     Ok(machine)
//! }
//! ```

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

/// The context of one operation of a resource, data source, or ephemeral resource. The [module's page](self) has an example.
///
/// | function | validate | plan | create, update, delete | read | import |
/// |---|---|---|---|---|---|
/// | [`provider`](Context::provider), [`stopped`](Context::stopped), [`warn`](Context::warn) | no context | yes | yes | yes | yes |
/// | [`timeout`](Context::timeout) | | the resource's | the user's | the user's | the resource's |
/// | [`record`](Context::record) | | no effect | yes | no effect | no effect |
/// | [`private_state`](Context::private_state) | | of the state | of the plan | of the state | empty |
/// | [`set_private_state`](Context::set_private_state) | | into the plan | into the state | into the state | into the state |
///
/// Private state changes with the state. An operation that fails changes neither, unless it
/// [recorded](Context::record) what exists: then everything that it set in private state is stored with
/// that.
///
/// What it does for an ephemeral resource is on the page of [that module](crate::ephemeral_resource).
///
/// In a [destroy plan](crate::PlanDestroy) private state can be read only: it goes on to the delete as it
/// is.
#[derive(Debug)]
pub struct Context<P> {
    provider: Arc<P>,
    stopped: CancellationToken,
    timeout: Duration,
    planned_private: Private,
    defers: bool,
    output: Mutex<Output>,
}

/// An author's asynchronous function in progress, without its type.
pub(crate) type AuthorFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What an operation set through its context, in addition to its result.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) messages: Diagnostics,
    pub(crate) recorded: Option<Value>,
    pub(crate) private: Private,
}

impl<P> Context<P> {
    /// The context of one operation, with the private state that Terraform sent.
    pub(crate) fn new(
        provider: Arc<P>,
        stopped: CancellationToken,
        timeout: Duration,
        private: Private,
    ) -> Self {
        let output = Mutex::new(Output { private, ..Output::default() });
        Self { provider, stopped, timeout, planned_private: Private::default(), defers: false, output }
    }

    /// The same context on a host that takes a deferral for an answer, or does not.
    pub(crate) fn on_a_host_that_defers(self, defers: bool) -> Self {
        Self { defers, ..self }
    }

    /// The same context for the second plan of a change, with the planned private of the first one.
    pub(crate) fn with_planned_private(self, planned_private: Private) -> Self {
        Self { planned_private, ..self }
    }

    /// Whether the host [defers](crate::deferral) what waits for an unknown value. A plan that goes on without that value on
    /// other hosts returns [`Error::unknown_configuration`](crate::Error::unknown_configuration) or
    /// [`Error::unknown_argument`](crate::Error::unknown_argument) here.
    pub fn defers(&self) -> bool {
        self.defers
    }

    /// The provider's clients, as [`Provider::configure`](crate::Provider::configure) made them. A call
    /// without them fails before it reaches the author's function, so this cannot fail.
    pub fn provider(&self) -> &P {
        &self.provider
    }

    /// Cancelled when the user interrupts Terraform (Ctrl-C), or when the process is about to end.
    ///
    /// The operation then has to end soon by itself: with an error, after it [recorded](Context::record)
    /// what exists. Nothing cuts it off before the process ends: a second Ctrl-C kills it, and a process
    /// whose host has ended gives it 30 seconds.
    pub fn stopped(&self) -> &CancellationToken {
        &self.stopped
    }

    /// Time limit of the operation: the user's from the [`timeouts`](crate::timeouts) block, else
    /// [`Resource::TIMEOUT`](crate::Resource::TIMEOUT), or 20 minutes for a data source.
    ///
    /// The framework does not enforce it, because an operation that is cut off can report nothing. The
    /// operation counts from where it makes sense, such as after it has waited for a lock.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Shows a warning to the user; the operation goes on. Warnings are shown also if it fails later.
    ///
    /// Terraform shows the warnings of a plan in `plan` and again before an apply that plans by itself.
    pub fn warn(&self, warning: Diagnostic) {
        self.with_output(|output| output.messages.push(warning));
    }

    /// Records that the object exists now, in this state. Has an effect only if the operation fails
    /// afterwards: this state is then stored, with null for whatever is still unknown, so that no object is
    /// orphaned, and with it the [private state](Context::set_private_state) that the operation set, before
    /// or after. After a failed create Terraform marks the object as tainted. The last record counts.
    pub fn record<S: Schema>(&self, state: &S) {
        self.with_output(|output| output.recorded = Some(state.to_value()));
    }

    /// A value of the object's private state: JSON that Terraform stores with the object, and shows
    /// nowhere. `None` if there is no value with this key, or if it is of another type, such as one from
    /// an older version of the provider.
    ///
    /// Use it for what an operation needs and no user does: an API's version of the object, the time of
    /// the last refresh. Everything in it must be possible to find out again, since import starts without.
    pub fn private_state<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.with_output(|output| output.private.get(key))
    }

    /// The [note](Context::set_planned_private) of the first plan of the same change, if this is the second
    /// plan, the one in the apply. Lets both decide alike. Terraform before 1.16 and OpenTofu do not send
    /// it: then this is `None`.
    pub fn planned_private<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.planned_private.note(key)
    }

    /// Leaves a note for the second plan of the same change, which reads it by
    /// [`planned_private`](Context::planned_private). It ends with the apply, and so takes no place in the
    /// state, which Terraform writes as a whole after each object.
    pub fn set_planned_private<T: serde::Serialize>(&self, key: &str, value: &T) {
        self.with_output(|output| output.private.set_note(key, value));
    }

    /// Sets a value of the object's private state, which [`private_state`](Context::private_state) returns
    /// in later operations. A value that a plan sets, the apply of that plan reads. Values with other keys
    /// stay; a null removes its value; a value without a JSON form is ignored.
    ///
    /// It is stored if the operation succeeds, or has [recorded](Context::record) an object. Otherwise the
    /// object keeps the private state that it had.
    ///
    /// Not for secrets: private state is stored unencrypted in the state file.
    pub fn set_private_state<T: serde::Serialize>(&self, key: &str, value: &T) {
        self.with_output(|output| output.private.set(key, value));
    }

    pub(crate) fn take_output(&self) -> Output {
        self.with_output(std::mem::take)
    }

    // A panic elsewhere leaves the output whole: each change of it is one assignment.
    fn with_output<T>(&self, use_it: impl FnOnce(&mut Output) -> T) -> T {
        use_it(&mut self.output.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
