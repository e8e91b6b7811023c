//! Data sources: what a `data` block reads, without changing anything.
//!
//! A data source is a struct that derives [`Schema`](macro@crate::Schema), with [`DataSource`] implemented for
//! it. Its inputs are `required` or `optional` attributes; its outputs are `computed` ones of type
//! [`Value`](crate::Value).
//!
//! Terraform reads a data source during plan if its whole configuration is known, else during apply. The
//! result is not kept for the next run. Write-only attributes, defaults that need an apply, and
//! `replace` make no sense here.
//!
//! ```
//! use tfplugin::{Context, DataSource, Error, Schema, Value};
//!
//! /// Reads a bucket.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_bucket")]
//! struct Bucket {
//!     /// Name of the bucket.
//!     #[schema(required)]
//!     name: String,
//!     /// Number of objects in the bucket.
//!     #[schema(computed)]
//!     objects: Value<i64>,
//! }
//!
//! impl DataSource for Bucket {
//!     type Provider = Vec<(String, i64)>;
//!
//!     async fn read(self, context: &Context<Self::Provider>) -> Result<Self, Error> {
//!         let found = context.provider().iter().find(|(name, _)| *name == self.name);
//!         let (_, objects) = found.ok_or_else(|| {
//!             Error::new("Bucket not found", format!("There is no bucket {:?}. Check the name.", self.name)).at("name")
//!         })?;
//!         Ok(Self { objects: Value::Known(*objects), ..self })
//!     }
//! }
//! # let _ = tfplugin::Offers::new().data_source::<Bucket>();
//! ```

use std::future::Future;

use crate::{
    context::Context,
    diagnostics::{Diagnostics, Error},
    schema::Schema,
};

/// A data source: a struct of inputs and of computed outputs. The [module's page](self) has an example.
///
/// A type name may be a resource's and a data source's at once, each with its own struct.
pub trait DataSource: Schema {
    /// The provider's clients: the same type as [`Provider::Data`](crate::Provider::Data).
    type Provider: Send + Sync + 'static;

    /// Checks rules that concern more than one attribute, without network. Treat an unknown value as
    /// valid.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Reads the data. `self` is the configuration, wholly known; the result is the same with every
    /// computed attribute known or null.
    ///
    /// The [time limit](Context::timeout) is 20 minutes unless the data source has a `timeouts` block with
    /// `read`. It receives no private state, and what it [records](Context::record) is ignored.
    ///
    /// # Errors
    /// An error fails the plan. Something that does not exist is an error, except for a data source that
    /// lists: that one returns an empty list.
    fn read(self, context: &Context<Self::Provider>) -> impl Future<Output = Result<Self, Error>> + Send;
}
