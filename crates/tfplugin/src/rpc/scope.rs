//! What the operation of a call works with.

use tfplugin_proto::tfplugin6::ClientCapabilities;

use crate::{
    engine::{
        instance::Instance,
        operation::{CallScope, RpcCall},
    },
    private::Private,
    provider::Provider,
};

/// The scope of a call from a host with these capabilities, without private state.
pub(super) fn scope<P: Provider>(
    instance: &Instance<P>,
    call: RpcCall,
    host: Option<&ClientCapabilities>,
) -> CallScope<P::Data> {
    let says_so = host.is_some_and(|can| can.deferral_allowed);
    CallScope {
        call,
        provider: instance.provider(),
        stopped: instance.stopped(),
        private: Private::default(),
        defers: instance.takes_deferrals(says_so),
    }
}
