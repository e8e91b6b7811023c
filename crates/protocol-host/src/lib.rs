//! A host of providers for tests, written from the protocol and not from the framework: it starts a provider's binary as Terraform
//! does, with AutoMTLS, reads its schemas, and calls it by the names that it found there. What it checks of the answers are
//! Terraform's own rules.
//!
//! | part | what it has |
//! |---|---|
//! | [`Plugin`] | the process: environment, handshake, TLS, shutdown |
//! | [`Startup`] | how long that takes, for a provider of any version of the protocol |
//! | [`Declared`] | the schemas as they came over the wire, and what Terraform would refuse in them |
//! | [`Host`] | the calls; each panics where Terraform would report a broken provider |
//! | [`places`] | a configuration with null, unknown and odd values at each of its places |
//! | [`raw`] | any bytes to any method |
//!
//! Of `tfplugin` it uses the values with their encodings, which are tested against those of Terraform, and
//! [`core_rules`](tfplugin::testing::core_rules), which share no code with the engine.

mod actions;
mod declared;
mod ephemeral;
mod functions;
mod host;
mod json;
mod lifecycle;
mod lists;
mod message;
pub mod places;
mod plugin;
pub mod raw;
mod schema_rules;
mod startup;
mod tls;

pub use crate::{
    actions::Invoked,
    declared::{Declared, Identity, Parameters, Type},
    ephemeral::Opened,
    host::{Capabilities, Host},
    json::to_json,
    lifecycle::{Change, Object},
    lists::{Listed, Listing},
    message::Messages,
    plugin::Plugin,
    startup::{Startup, has_in_schema},
    tls::{ClientCertificate, PinnedServer},
};
