//! Tests of a provider without Terraform: a [`Host`] in memory that does what Terraform does, and fails the test
//! where Terraform would report a broken provider. Needs the feature `testing`:
//!
//! ```toml
//! [dev-dependencies]
//! tfplugin = { version = "…", features = ["testing"] }
//! ```
//!
//! # What to test how
//!
//! | promise | test |
//! |---|---|
//! | Terraform accepts every schema | [`Offers::check`](crate::Offers::check) |
//! | an object is created, changed, replaced, and destroyed | [`Host::bring_to`], [`Host::destroy`] |
//! | a configuration is rejected | [`Host::validate`] and [`errors`] |
//! | a plan has warnings, unknown values, or replacements | [`Host::plan`] |
//! | a failure keeps what exists in the state | [`Host::plan`], then [`Host::apply`] |
//! | an object that was deleted elsewhere is planned again | [`Host::read`] |
//! | what waits for an unknown value is deferred | [`Host::with_deferral`] |
//! | import, upgrade, move | [`Host::import`], [`Host::upgrade`], [`Host::move_from`] |
//! | an ephemeral resource is opened, renewed, and closed | [`Host::open`], [`Host::renew`], [`Host::close`] |
//!
//! The host replaces Terraform, not the API: configure the provider with the address of a test server. Keep a
//! few tests with the real Terraform (see `tests/examples` of this crate) for what no host in memory can
//! show: what users read.
//!
//! # Example
//!
//! A test brings an object from one configuration to the next, and examines its state in between. Each step is
//! a plan, a second plan that must equal the first, an apply, a plan that must find nothing to do, and a refresh
//! that must find what was applied:
//!
//! ```
//! use serde_json::json;
//! use tfplugin::{Context, Error, Offers, Provider, Resource, Schema, Value, provider::Configuration};
//! use tfplugin::testing::{Host, Stored, object};
//!
//! /// An example.
//! #[derive(Clone, Debug, Schema)]
//! struct Example {}
//!
//! impl Provider for Example {
//!     type Data = ();
//!
//!     async fn configure(_: ExamplePartial, _: Configuration) -> Result<(), Error> {
//!         Ok(())
//!     }
//!
//!     fn offers() -> Offers<()> {
//!         Offers::new().resource::<Word>()
//!     }
//! }
//!
//! /// A word.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "example_word")]
//! struct Word {
//!     /// The word.
//!     #[schema(required)]
//!     text: String,
//!     /// Its number of bytes.
//!     #[schema(computed)]
//!     length: Value<i64>,
//! }
//!
//! impl Resource for Word {
//!     type Provider = ();
//!
//!     async fn create(self, _: &Context<()>) -> Result<Self, Error> {
//!         Ok(Self { length: Value::Known(self.text.len() as i64), ..self })
//!     }
//!
//!     async fn read(self, _: &Context<()>) -> Result<Option<Self>, Error> {
//!         Ok(Some(self))
//!     }
//!
//!     async fn update(self, _: Self, context: &Context<()>) -> Result<Self, Error> {
//!         self.create(context).await
//!     }
//!
//!     async fn delete(self, _: &Context<()>) -> Result<(), Error> {
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let host = Host::<Example>::configured(&object::<Example>(&json!({}))).await;
//! let created = host.bring_to::<Word>(&Stored::none(), &object::<Word>(&json!({"text": "plan"}))).await;
//! assert_eq!(created.state, object::<Word>(&json!({"text": "plan", "length": 4})));
//! let updated = host.bring_to::<Word>(&created, &object::<Word>(&json!({"text": "apply"}))).await;
//! host.destroy::<Word>(&updated).await;
//! # });
//! ```
//!
//! Single steps, such as a plan that has errors, and calls of functions, are functions of [`Host`] too. Read one value of
//! a state with `created.state.member("text").as_str()`. A set has another order here than in Terraform, which is
//! free to choose: do not compare what depends on it.

mod configurable;
pub mod core_rules;
mod ephemeral;
mod host;
mod queries;
mod values;
mod wire;

pub use configurable::Configurable;
pub use ephemeral::Opened;
pub use host::{Applied, Host, Planned, Stored};
pub use queries::{ListedObject, Listing};
pub use values::{errors, object, warnings, with};
#[doc(hidden)]
pub use {
    host::Client,
    wire::{decode_as, encode, encode_as, from_wire, to_path},
};
