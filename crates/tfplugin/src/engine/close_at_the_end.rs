//! Closes an ephemeral resource at the end of the process, when the host does not call for it.
//!
//! Terraform closes nothing after a failed apply, and a host that was killed calls nothing. Both end the process, which waits for what
//! runs: for each open resource there is a task that holds the process, and closes the resource when the end comes.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{
    ephemeral::{self, Held},
    instance::Instance,
    operation::{CallScope, RpcCall},
};
use crate::{private::Private, provider::Provider};

/// Closes an open resource when the process ends, unless the host closed it before.
pub(crate) fn close_at_the_end<P: Provider>(instance: &Arc<Instance<P>>, call: RpcCall, held: Held) {
    let Some((unfinished, stopping)) = instance.end() else { return };
    let closed = instance.open_resources().add(held.number);
    let instance = Arc::clone(instance);
    tokio::spawn(async move {
        let _unfinished = unfinished;
        tokio::select! {
            () = closed.cancelled() => return,
            () = stopping.cancelled() => {}
        }
        if !instance.open_resources().take(held.number) {
            return;
        }
        let type_name = call.type_name.clone();
        let Ok(resource) = instance.offers().ephemeral_resources.get(&type_name) else { return };
        let scope = CallScope {
            call: RpcCall { rpc: "CloseEphemeralResource", ..call },
            provider: instance.provider(),
            stopped: CancellationToken::new(),
            private: Private::default(),
            defers: false,
        };
        match ephemeral::close(resource, &held, scope).await {
            Ok(_) => tracing::debug!(target: "tfplugin::rpc", type_name, "closed at the end of the process"),
            Err(error) => {
                let reason =
                    error.messages().first().map(|message| message.summary.clone()).unwrap_or_default();
                tracing::warn!(target: "tfplugin::rpc", type_name, reason, "not closed at the end of the process");
            }
        }
    });
}
