//! How long a provider takes to start, as its host sees it.

use std::{process::Command, time::Duration};

use crate::{plugin::Plugin, raw};

/// Times since the provider's process was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Startup {
    /// Until the handshake.
    pub handshake: Duration,
    /// Until the host has received the schema, over a connection with AutoMTLS.
    pub schema: Duration,
}

impl Startup {
    /// Starts the provider, requests its schema, and ends it.
    ///
    /// # Panics
    /// If a host would refuse the handshake, or there is no schema.
    pub async fn measure(command: Command) -> Self {
        let (plugin, started) = Plugin::start_at(command);
        let handshake = started.elapsed();
        let method = match plugin.version() {
            "5" => "/tfplugin5.Provider/GetSchema",
            _ => "/tfplugin6.Provider/GetProviderSchema",
        };
        let answer = raw::call_path(&plugin.connect().await, method, Vec::new()).await;
        let schema = started.elapsed();
        let messages = answer.unwrap_or_else(|status| panic!("a status in place of the schema: {status}"));
        assert!(messages.iter().any(|message| !message.is_empty()), "the schema is empty");
        Self { handshake, schema }
    }
}
