//! The provider itself: its configuration, its clients, and the list of what it offers.
//!
//! A provider is a struct that derives [`Schema`](macro@crate::Schema) without a name, whose fields are the
//! attributes of the `provider` block, with [`Provider`] implemented for it. `main` passes it to
//! [`serve::run`](crate::serve::run).
//!
//! # Unknown values in the configuration
//!
//! The configuration of a provider may depend on a resource that does not exist yet, such as the address
//! of a server that the same plan creates. Terraform then configures the provider during plan with
//! unknown values, and again during apply with known ones. A provider that fails on them makes such a
//! configuration impossible to plan. Use these rules instead:
//!
//! 1. If a client cannot be made without the unknown value, [`Provider::configure`] returns
//!    [`Error::unknown_configuration`]. Terraform receives no error. Each function that needs the client is
//!    skipped: plans use what the schema alone gives, and a refresh keeps the state, with one warning.
//! 2. If only some functions need the value, keep it as a [`Value`](crate::Value) in the clients, and return
//!    `Error::unknown_configuration` from the function that needs it.
//! 3. Data sources, ephemeral resources, and applies cannot do without: there the error is shown.
//!
//! A host that [defers](crate::deferral) plans what needs the value in a later run instead.
//!
//! ```
//! use secrecy::SecretString;
//! use tfplugin::{Error, Offers, Provider, Schema, Value, provider::Configuration};
//!
//! /// Manages a shop.
//! #[derive(Clone, Debug, Schema)]
//! struct Shop {
//!     /// Address of the API, such as `https://shop.example.com`. Defaults to `SHOP_ENDPOINT`.
//!     #[schema(optional)]
//!     endpoint: Option<String>,
//!     /// Token of the API.
//!     #[schema(optional, sensitive)]
//!     token: Option<SecretString>,
//! }
//!
//! /// What resources and data sources work with.
//! struct Client {
//!     endpoint: String,
//!     token: Option<SecretString>,
//! }
//!
//! impl Provider for Shop {
//!     type Data = Client;
//!
//!     async fn configure(config: ShopPartial, _: Configuration) -> Result<Client, Error> {
//!         let endpoint = match config.endpoint {
//!             Value::Known(endpoint) => endpoint,
//!             Value::Null => std::env::var("SHOP_ENDPOINT").map_err(|_| {
//!                 Error::new("No endpoint", "Set `endpoint`, or the environment variable SHOP_ENDPOINT.")
//!             })?,
//!             Value::Unknown => {
//!                 let detail = "`endpoint` is known only after apply. Apply what it depends on first.";
//!                 return Err(Error::unknown_configuration("Endpoint unknown", detail).at("endpoint"));
//!             }
//!         };
//!         // A `SecretString` of a partial struct is comparable, so it has a type of its own.
//!         Ok(Client { endpoint, token: config.token.known().map(SecretString::from) })
//!     }
//!
//!     fn offers() -> Offers<Client> {
//!         Offers::new()
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use serde_json::json;
//! use tfplugin::testing::{Host, object};
//!
//! let host = Host::<Shop>::unconfigured();
//! let unknown = tfplugin::testing::with(object::<Shop>(&json!({})), "endpoint", Value::Unknown);
//! assert!(host.configure(&unknown).await.is_empty(), "a plan goes on");
//! # });
//! ```

use std::future::Future;

use crate::{
    diagnostics::{Diagnostics, Error},
    offers::Offers,
    schema::Schema,
};

/// A provider: a struct of its configuration's attributes. The [module's page](self) has an example.
///
/// The struct is one configured `provider` block. Terraform starts one process for each block, aliases
/// included, and configures it once; a debugger's process may be configured many times.
pub trait Provider: Schema {
    /// The clients that resources and data sources work with: the result of
    /// [`configure`](Provider::configure), and what [`Context::provider`](crate::Context::provider) returns.
    type Data: Send + Sync + 'static;

    /// Checks rules that concern more than one attribute, without network. Treat an unknown value as
    /// valid. Runs in `terraform validate` and in each plan and apply.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Makes the clients from the configuration. Values may be unknown during plan: see the
    /// [module's page](self).
    ///
    /// Terraform configures the provider for each plan and apply, also if no object needs it. Connect
    /// lazily, on the first request of a resource, so that a plan without changes works offline.
    ///
    /// # Errors
    /// An error ends the command. [`Error::unknown_configuration`] does not: it is returned by each call
    /// that needs the clients instead.
    fn configure(
        config: Self::Partial,
        configuration: Configuration,
    ) -> impl Future<Output = Result<Self::Data, Error>> + Send;

    /// Warnings of the clients that no operation reports itself, such as of a wrong setting that shows only when it is used. Called after
    /// each call of the host; what it returns is shown with that call's result, also if the call failed. Return each warning once.
    fn notices(clients: &Self::Data) -> Diagnostics {
        let _ = clients;
        Diagnostics::default()
    }

    /// The list of all that it offers. Called once per process.
    fn offers() -> Offers<Self::Data>;
}

/// Properties of the host, received when the provider is configured.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Configuration {
    /// Version of the host, such as `1.14.0`. OpenTofu sends its own version, so the number alone does not tell the two apart. For a `User-Agent` header; to detect a feature, test the feature.
    pub terraform_version: String,
}
