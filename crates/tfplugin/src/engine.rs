//! The protocol's calls in the framework's own types: planning rules, checks, and the steps of each call.
//!
//! Independent of gRPC and protobuf: `rpc` decodes a request, calls a function here, and encodes its result. [`plan_check`], [`replace`],
//! [`consistent`], [`validate`], [`compare`], [`nulls`] and [`transform`] are pure functions of values and schema.

pub(crate) mod action;
pub(crate) mod apply;
pub(crate) mod closing;
pub(crate) mod compare;
pub(crate) mod configure;
pub(crate) mod consistent;
pub(crate) mod ephemeral;
pub(crate) mod function;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod instance;
pub(crate) mod late_replacement;
pub(crate) mod list;
pub(crate) mod nulls;
pub(crate) mod object;
pub(crate) mod open_resources;
pub(crate) mod operation;
pub(crate) mod plan;
pub(crate) mod plan_check;
pub(crate) mod read;
pub(crate) mod replace;
#[cfg(test)]
mod testing;
pub(crate) mod transform;
pub(crate) mod upgrade;
pub(crate) mod validate;
pub(crate) mod walk;
