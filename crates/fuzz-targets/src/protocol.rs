//! Messages of Terraform to a provider, through the whole service: gRPC's frame, protobuf, values, and the planning rules behind them.
//!
//! The input is a list of calls, each a byte for its name, two for the length of its message, and the message.

mod provider;
mod seeds;

use std::cell::LazyCell;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt as _, Collected, Full};
use tfplugin::Service;
use tfplugin_proto::tfplugin6::provider_server::ProviderServer;
use tokio::runtime::Runtime;
use tonic::codegen::Service as _;

use self::provider::Shop;
pub(crate) use self::seeds::seeds;

/// The calls that every provider offers.
const CALLS: [&str; 22] = [
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "ValidateProviderConfig",
    "ConfigureProvider",
    "StopProvider",
    "ValidateResourceConfig",
    "ReadResource",
    "PlanResourceChange",
    "ApplyResourceChange",
    "ImportResourceState",
    "UpgradeResourceState",
    "UpgradeResourceIdentity",
    "MoveResourceState",
    "ValidateDataResourceConfig",
    "ReadDataSource",
    "ValidateEphemeralResourceConfig",
    "OpenEphemeralResource",
    "RenewEphemeralResource",
    "CloseEphemeralResource",
    "GetFunctions",
    "CallFunction",
];

/// Calls of one input, as a configuration and then one plan.
const MOST_CALLS: usize = 4;

pub(crate) fn messages(bytes: &[u8]) {
    thread_local! {
        static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
        });
    }
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let mut server = ProviderServer::new(Service::<Shop>::detached());
            let mut rest = bytes;
            for _ in 0..MOST_CALLS {
                let [name, high, low, behind @ ..] = rest else { return };
                let length = usize::from(u16::from_be_bytes([*high, *low])).min(behind.len());
                let (message, behind) = behind.split_at(length);
                if let Some(name) = CALLS.get(usize::from(*name) % CALLS.len()) {
                    call(&mut server, name, message).await;
                }
                rest = behind;
            }
        });
    });
}

async fn call(server: &mut ProviderServer<Service<Shop>>, name: &str, message: &[u8]) {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    let request = Request::post(format!("/tfplugin6.Provider/{name}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::new(frame.freeze()))
        .expect("a request");
    let response = server.call(request).await.expect("the service always responds");
    let collected = response.into_body().collect().await;
    let body = collected.map_or_else(|_| Bytes::new(), Collected::to_bytes);
    // The engine turns a panic into an error.
    let text = String::from_utf8_lossy(&body);
    assert!(!text.contains("ended in a panic"), "{name}: {text}");
}
