//! How long a provider takes to start, as its host sees it.

use std::{fs, process::Command, time::Duration};

use crate::{plugin::Plugin, raw};

/// Times since the provider's process was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Startup {
    /// Until the handshake.
    pub handshake: Duration,
    /// Until the host has received the schema, over a connection with AutoMTLS.
    pub schema: Duration,
    /// Processor time of the provider until then; the rest is the host's, and waiting. `None` where the system does not tell.
    pub processor: Option<Duration>,
}

impl Startup {
    /// Starts the provider, requests its schema, and ends it.
    ///
    /// # Panics
    /// If a host would refuse the handshake, or there is no schema.
    pub async fn measure(command: Command) -> Self {
        let (plugin, started) = Plugin::start_at(command);
        let handshake = started.elapsed();
        let messages = schema(&plugin).await;
        let schema = started.elapsed();
        let processor = processor(plugin.id());
        assert!(messages.iter().any(|message| !message.is_empty()), "the schema is empty");
        Self { handshake, schema, processor }
    }
}

/// Whether a provider of any version of the protocol has this name in its schema.
///
/// # Panics
/// If a host would refuse the handshake, or there is no schema.
pub async fn has_in_schema(command: Command, name: &str) -> bool {
    let (plugin, _) = Plugin::start_at(command);
    let messages = schema(&plugin).await;
    messages.iter().any(|message| message.windows(name.len()).any(|bytes| bytes == name.as_bytes()))
}

async fn schema(plugin: &Plugin) -> Vec<Vec<u8>> {
    let method = match plugin.version() {
        "5" => "/tfplugin5.Provider/GetSchema",
        _ => "/tfplugin6.Provider/GetProviderSchema",
    };
    let answer = raw::call_path(&plugin.connect().await, method, Vec::new()).await;
    answer.unwrap_or_else(|status| panic!("a status in place of the schema: {status}"))
}

/// Processor time of all threads that a process has, in the nanoseconds of Linux' `schedstat`.
fn processor(process: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let of_thread = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    };
    Some(threads.flatten().filter_map(of_thread).sum())
}
