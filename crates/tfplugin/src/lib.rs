//! A framework for Terraform and OpenTofu providers in Rust: the README, then how it is built.
//!
#![doc = include_str!("../README.md")]
//!
//! # How it is built
//!
//! | layer | modules | content |
//! |---|---|---|
//! | edge | [`serve`], `rpc` | tonic, protobuf, sockets |
//! | engine | `engine` | planning rules; pure functions where possible |
//! | model | [`value`], [`schema`], [`attribute`], [`path`], [`diagnostics`], [`duration`] | plain data |
//! | traits | [`provider`], [`resource`], [`capabilities`], [`identity`], [`lifecycle`], [`data_source`], [`ephemeral_resource`], [`list_resource`], [`action`], [`function`] | what an author implements |
//! | use | [`context`], [`timeouts`] | what an author's functions receive |
//! | tests | `testing`, with the feature of that name | a host in memory |
//!
//! Read [`resource`] first, then the page of `#[derive(Schema)]`, [`provider`] and [`context`].

// The derive names this crate by its public path, also inside it.
extern crate self as tfplugin;

pub mod action;
pub mod attribute;
pub mod capabilities;
pub mod context;
pub mod data_source;
mod decode;
pub mod deferral;
pub mod diagnostics;
pub mod duration;
mod engine;
pub mod ephemeral_resource;
pub mod function;
pub mod identity;
pub mod lifecycle;
pub mod list_resource;
mod offers;
mod panic;
pub mod path;
mod private;
mod process;
pub mod provider;
pub mod resource;
mod rpc;
pub mod schema;
pub mod serve;
mod stored_state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timeouts;
pub mod value;

pub use action::{Action, Progress};
pub use attribute::Attribute;
pub use capabilities::{
    Capabilities, Import, ImportResource, MoveResource, MoveSource, PlanDestroy, UpgradeResource,
};
pub use context::Context;
pub use data_source::DataSource;
pub use deferral::Deferral;
pub use diagnostics::{Diagnostic, Diagnostics, Error, Severity};
pub use engine::validate::configuration_faults;
pub use ephemeral_resource::{EphemeralResource, Opened};
pub use function::{Function, FunctionError};
pub use identity::{GivenIdentity, IdentitySchema};
pub use lifecycle::{Lifecycle, SharedLifecycle};
pub use list_resource::{Found, ListResource};
pub use offers::Offers;
pub use path::AttributePath;
pub use provider::Provider;
pub use resource::{Plan, Resource};
#[doc(hidden)]
pub use rpc::Service;
pub use schema::Schema;
pub use stored_state::StoredState;
#[doc(inline)]
pub use tfplugin_derive::Schema;
pub use timeouts::Timeouts;
pub use value::Value;
