//! Actions: what a user runs once, by hand or at an event of a resource, and that has no state.
//!
//! An action is a struct of arguments that derives [`Schema`](macro@crate::Schema), with [`Action`] implemented for it. Terraform 1.14 and
//! newer run it for `terraform apply -invoke=action.TYPE.NAME`, and at the events that an `action_trigger` names:
//!
//! ```hcl
//! action "shop_restart" "web" {
//!   config {
//!     machine = "web-1"
//!   }
//! }
//! ```
//!
//! ```
//! use tfplugin::{Action, Context, Error, Progress, Schema};
//!
//! /// Restarts a machine.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_restart")]
//! struct Restart {
//!     /// Name of the machine.
//!     #[schema(required)]
//!     machine: String,
//! }
//!
//! impl Action for Restart {
//!     type Provider = ();
//!
//!     async fn invoke(self, progress: &Progress, _: &Context<()>) -> Result<(), Error> {
//!         progress.report(format!("Stopping {}", self.machine)).await;
//!         progress.report(format!("Starting {}", self.machine)).await;
//!         Ok(())
//!     }
//! }
//!
//! assert_eq!(tfplugin::Offers::new().action::<Restart>().check(), Ok(()));
//! ```

use std::future::Future;

use tokio::sync::mpsc;

use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error},
    schema::Schema,
};

/// An action: a struct of arguments. The [module's page](self) has an example.
pub trait Action: Schema {
    /// The provider's clients: the same type as [`Provider::Data`](crate::Provider::Data).
    type Provider: Send + Sync + 'static;

    /// Checks rules that concern more than one attribute, without network. Treat an unknown value as valid.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Checks at plan what the action will meet, and [warns](Context::warn) of it. Changes nothing. Values may be unknown. Skipped while the
    /// provider is not configured.
    ///
    /// # Errors
    /// An error fails the plan. [`Error::unknown_configuration`] is ignored.
    fn plan(
        config: &Self::Partial,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (config, context);
        async { Ok(()) }
    }

    /// Runs it. `self` is the configuration, wholly known. The [time limit](Context::timeout) is 20 minutes.
    ///
    /// It runs to its end also when Terraform ends first, as an apply does: heed [`Context::stopped`].
    ///
    /// # Errors
    /// Terraform shows the error. What it does then is the `on_failure` of the trigger: by default it ends the apply.
    fn invoke(
        self,
        progress: &Progress,
        context: &Context<Self::Provider>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Where an action says what it does.
#[derive(Debug)]
pub struct Progress(pub(crate) mpsc::Sender<String>);

impl Progress {
    /// Shows one line to the user. No secrets: Terraform prints it.
    pub async fn report(&self, message: impl Into<String>) {
        // A host that has ended needs no more of it.
        let _ = self.0.send(message.into()).await;
    }
}
