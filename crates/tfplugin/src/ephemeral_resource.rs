//! Ephemeral resources: what an `ephemeral` block opens for one run, and what no plan and no state has.
//!
//! An ephemeral resource is a struct that derives [`Schema`](macro@crate::Schema), with [`EphemeralResource`]
//! implemented for it: a token, a tunnel, a lease of credentials. Its inputs are `required` or `optional` attributes;
//! its outputs are `computed` ones of type [`Value`](crate::Value). Terraform 1.10, OpenTofu 1.11, and newer have
//! ephemeral resources; older ones do not show them.
//!
//! # When a host calls which function
//!
//! | when | calls |
//! |---|---|
//! | `validate`, and before each `open` | [`validate`](EphemeralResource::validate) |
//! | a plan whose configuration of it is wholly known, and again the apply | [`open`](EphemeralResource::open) |
//! | as long as `open` or `renew` returned a time | [`renew`](EphemeralResource::renew) |
//! | once nothing of the run needs it | [`close`](EphemeralResource::close) |
//!
//! A plan and its apply open it separately, so `open` has side effects in a plan too. An input that is unknown at plan
//! leaves it to the apply: the host opens nothing until then.
//!
//! # What closes it
//!
//! Hosts do not close everything that they opened. Terraform 1.16 closes nothing after a failed apply, and no host
//! closes what it did not receive. The framework calls `close` then:
//!
//! | what happens | who calls `close` |
//! |---|---|
//! | the run succeeds | the host |
//! | `open` fails or panics after it [set private state](crate::Context::set_private_state) | the framework, at once |
//! | `open` returns what Terraform would reject | the framework, at once |
//! | the process is to end, and the host has not closed it | the framework, in the time that the [end](crate::serve) leaves |
//! | the process is killed | nobody |
//!
//! So give what `open` creates a short life of its own, and put what `close` needs into private state as soon as it
//! exists.
//!
//! # Private state
//!
//! | function | [`private_state`](crate::Context::private_state) | [`set_private_state`](crate::Context::set_private_state) |
//! |---|---|---|
//! | `open` | empty | for `renew` and `close` |
//! | `renew` | what `open` set, and the `renew` before | for the next `renew` |
//! | `close` | what `open` set | no effect |
//!
//! `close` receives what `open` set, whether `renew` was called or not: of the hosts, some would pass the private state
//! of `open` and some that of the last `renew`. It is kept in memory only, and is gone with the run.
//!
//! # Example
//!
//! A session of an API, which ends by itself an hour after its last renewal:
//!
//! ```
//! use std::{collections::BTreeSet, sync::Mutex, time::Duration};
//!
//! use secrecy::SecretString;
//! use tfplugin::{Context, EphemeralResource, Error, Opened, Schema, Value};
//!
//! /// The client of the API: ids of its sessions.
//! struct Api(Mutex<BTreeSet<String>>);
//!
//! /// Opens a session.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_session")]
//! struct Session {
//!     /// Name of the user.
//!     #[schema(required)]
//!     user: String,
//!     /// Token of the session.
//!     #[schema(computed, sensitive)]
//!     token: Value<SecretString>,
//! }
//!
//! /// Well before the session ends: a host adds no margin of its own.
//! const RENEWED_AFTER: Duration = Duration::from_mins(45);
//!
//! impl EphemeralResource for Session {
//!     type Provider = Api;
//!
//!     async fn open(self, context: &Context<Api>) -> Result<Opened<Self>, Error> {
//!         let id = format!("session-of-{}", self.user);
//!         context.provider().0.lock().expect("no panic").insert(id.clone());
//!         // From here on it exists: if anything below fails, `close` is called with this.
//!         context.set_private_state("id", &id);
//!         let token = Value::Known(SecretString::from(format!("token of {id}")));
//!         Ok(Opened::new(Self { token, ..self }).renew_after(RENEWED_AFTER))
//!     }
//!
//!     async fn renew(context: &Context<Api>) -> Result<Option<Duration>, Error> {
//!         let id = context.private_state::<String>("id").unwrap_or_default();
//!         if !context.provider().0.lock().expect("no panic").contains(&id) {
//!             return Err(Error::new("Session has ended", "Somebody ended it. Run Terraform again."));
//!         }
//!         Ok(Some(RENEWED_AFTER))
//!     }
//!
//!     async fn close(context: &Context<Api>) -> Result<(), Error> {
//!         let id = context.private_state::<String>("id").unwrap_or_default();
//!         context.provider().0.lock().expect("no panic").remove(&id);
//!         Ok(())
//!     }
//! }
//! # let _ = tfplugin::Offers::new().ephemeral_resource::<Session>();
//! ```

use std::{future::Future, time::Duration};

use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error},
    schema::Schema,
};

/// An ephemeral resource: a struct of inputs and of computed outputs. The [module's page](self) has the order of the
/// calls, who calls `close`, and a whole example.
///
/// A type name may be that of a resource and of a data source too, each with its own struct. Schemas have no
/// `write_only` here: nothing is stored in any case.
pub trait EphemeralResource: Schema {
    /// The provider's clients: the same type as [`Provider::Data`](crate::Provider::Data).
    type Provider: Send + Sync + 'static;

    /// Time limit of `open` and `renew`, unless the user's [`timeouts`](crate::timeouts) block sets one for `open`.
    /// The operation receives it as [`Context::timeout`], and has to keep it itself.
    const TIMEOUT: Duration = Duration::from_mins(20);

    /// Checks rules that concern more than one attribute, without network. Treat an unknown value as
    /// valid.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Opens it. `self` is the configuration, wholly known, with defaults filled in; the result is the same with every
    /// computed attribute known or null.
    ///
    /// # Errors
    /// An error fails the plan or apply. If private state was set by then, [`close`](EphemeralResource::close) is called
    /// with it.
    fn open(
        self,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Opened<Self>, Error>> + Send;

    /// Prolongs it, at the time that [`open`](EphemeralResource::open) or the last `renew` set. Returns the time until
    /// the next call; `None` if this was the last. The values that `open` returned cannot change.
    ///
    /// # Errors
    /// No further call comes. Terraform shows the error when it closes the resource (since 1.17), or not at all.
    fn renew(
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<Option<Duration>, Error>> + Send {
        let _ = context;
        async { Ok(None) }
    }

    /// Ends it. Called after an interrupt too, which does not cancel it: [`Context::stopped`] is never cancelled
    /// here, and [`Context::timeout`] is one minute. It may be called again: what has ended already is a success.
    ///
    /// # Errors
    /// An error fails the command. The framework tries once more when the process ends.
    fn close(context: &Context<Self::Provider>) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = context;
        async { Ok(()) }
    }
}

/// What [`EphemeralResource::open`] returns: the values, and when to call [`renew`](EphemeralResource::renew).
#[derive(Clone, Debug)]
pub struct Opened<E> {
    pub(crate) values: E,
    pub(crate) renew_after: Option<Duration>,
}

impl<E> Opened<E> {
    /// These values, without a renewal.
    pub fn new(values: E) -> Self {
        Self { values, renew_after: None }
    }

    /// The same with a renewal after this time, counted by the host from now. It calls no earlier, so leave a margin.
    #[must_use]
    pub fn renew_after(self, time: Duration) -> Self {
        Self { renew_after: Some(time), ..self }
    }
}

impl<E> From<E> for Opened<E> {
    fn from(values: E) -> Self {
        Self::new(values)
    }
}
