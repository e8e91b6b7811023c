//! What the protocol asks of a provider, in the framework's own types: planning rules, checks, and the life of an object.
//!
//! Knows neither gRPC nor protobuf: `rpc` decodes a call, asks here, and encodes the answer. What is not asynchronous in
//! [`plan`], [`replace`], [`consistent`], [`validate`] and [`transform`] is a pure function of values and schema.
//!
//! # Where more goes
//! - A new kind of thing (ephemeral resource, list resource, action): a trait beside `resource.rs`, its object-safe twin in
//!   [`erased`], a list in `Offers` and a table in [`catalog`], one module here for its calls, one in `rpc`, and its methods
//!   in `rpc/service.rs`, which answer UNIMPLEMENTED until then.
//! - Identity: a schema in [`erased::Descriptor`], a variant of `Import`, and a field beside `private` in [`plan::Planned`],
//!   [`apply::Applied`], [`read::Refreshed`] and [`import::Imported`].
//! - State of older versions: [`upgrade`], before the current version is decoded.
//! - Moves from other types: [`upgrade`] too, asked by `rpc/state.rs`, which refuses every source until then.

pub(crate) mod apply;
pub(crate) mod catalog;
pub(crate) mod compare;
pub(crate) mod configure;
pub(crate) mod consistent;
pub(crate) mod erased;
pub(crate) mod function;
pub(crate) mod import;
pub(crate) mod object;
pub(crate) mod operation;
pub(crate) mod plan;
pub(crate) mod plan_check;
pub(crate) mod read;
pub(crate) mod replace;
pub(crate) mod session;
#[cfg(test)]
mod testing;
pub(crate) mod transform;
pub(crate) mod upgrade;
pub(crate) mod validate;
pub(crate) mod walk;
