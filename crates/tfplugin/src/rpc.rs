//! The gRPC edge: each request is decoded, handled by the engine, and its result encoded. Nothing here decides anything.
//!
//! A gRPC status means only that the caller broke the protocol, or that a kind of thing is not offered at all; everything
//! else is a diagnostic.

#![allow(clippy::unused_async, reason = "each call has a function of the same form, whether it waits or not")]

mod action;
mod call;
mod data_source;
mod ephemeral;
mod function;
mod identity;
mod list_resource;
mod provider;
mod resource;
mod schema;
mod scope;
mod service;
mod state;
mod wire;

pub use service::Service;
