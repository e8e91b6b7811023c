//! Closes an ephemeral resource once: when the host calls for it, and else at the end of the process.
//!
//! Terraform closes nothing after a failed apply, and a host that was killed calls nothing. Both end the process, which waits for what
//! runs: for each open resource there is a task that holds the process, and closes the resource when the end comes. What the host's close
//! could not close, it tries again.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{
    ephemeral::{self, Held},
    instance::Instance,
    operation::{CallScope, RpcCall},
};
use crate::{
    diagnostics::{Diagnostics, Error},
    offers::OfferedEphemeralResource,
    private::Private,
    provider::Provider,
};

/// Keeps a resource that `provider` opened, and closes it when the process ends, unless the host closed it before.
pub(crate) fn keep<P: Provider>(
    instance: &Arc<Instance<P>>,
    call: RpcCall,
    provider: Arc<P::Data>,
    held: Held,
) {
    let open = instance.open_resources().add(held.number, Arc::clone(&provider));
    let Some((unfinished, stopping)) = instance.end() else { return };
    let instance = Arc::clone(instance);
    tokio::spawn(async move {
        let _unfinished = unfinished;
        tokio::select! {
            () = open.closed.cancelled() => return,
            () = stopping.cancelled() => {}
        }
        let type_name = call.type_name.clone();
        let Ok(resource) = instance.offers().ephemeral_resources.get(&type_name) else { return };
        let scope = CallScope {
            call: RpcCall { rpc: "CloseEphemeralResource", ..call },
            provider: Ok(provider),
            stopped: CancellationToken::new(),
            private: Private::default(),
            defers: false,
        };
        match close(&instance, resource, &held, scope).await {
            Ok(_) => tracing::debug!(target: "tfplugin::rpc", type_name, "closed at the end of the process"),
            Err(error) => {
                let reason =
                    error.messages().first().map(|message| message.summary.clone()).unwrap_or_default();
                tracing::warn!(target: "tfplugin::rpc", type_name, reason, "not closed at the end of the process");
            }
        }
    });
}

/// Closes a resource with the clients that opened it, unless another close has done so. One that fails leaves it open.
pub(crate) async fn close<P: Provider>(
    instance: &Instance<P>,
    resource: &OfferedEphemeralResource<P::Data>,
    held: &Held,
    scope: CallScope<P::Data>,
) -> Result<Diagnostics, Error> {
    let Some(open) = instance.open_resources().get(held.number) else {
        return ephemeral::close(resource, held, scope).await;
    };
    let mut is_closed = open.is_closed.lock().await;
    if *is_closed {
        return Ok(Diagnostics::default());
    }
    let scope = CallScope { provider: Ok(Arc::clone(&open.provider)), ..scope };
    let messages = ephemeral::close(resource, held, scope).await?;
    *is_closed = true;
    instance.open_resources().remove(held.number);
    Ok(messages)
}
