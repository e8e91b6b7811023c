//! All calls of protocol 6.11: each has a response, or the status UNIMPLEMENTED, which means "not offered" to hosts.
//!
//! The calls are the protocol's own list (`proto/tests/wire.txt`), sent with empty messages: no response may depend on
//! fields that a host is trusted to send.

use tfplugin::Service;
use tfplugin_proto::tfplugin6::provider_server::ProviderServer;
use tonic::{Code, Request, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

use crate::support::provider::TestProvider;

/// The wire format of the whole protocol, services at its end.
const WIRE: &str = include_str!("../../../../proto/tests/wire.txt");

/// Calls that the framework does not implement. Hosts do not send them, since neither schema nor capabilities advertise them.
const NOT_OFFERED: [&str; 9] = [
    "ConfigureStateStore",
    "DeleteState",
    "GenerateResourceConfig",
    "GetStates",
    "LockState",
    "ReadStateBytes",
    "UnlockState",
    "ValidateStateStoreConfig",
    "WriteStateBytes",
];

/// The names of the protocol's calls.
fn calls() -> Vec<&'static str> {
    let lines = WIRE.lines().skip_while(|line| *line != "service tfplugin6.Provider").skip(1);
    let lines = lines.take_while(|line| line.starts_with(' '));
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

/// Sends the call with an empty message; the content of the response is ignored.
async fn send(call: &str) -> Code {
    let mut client = Grpc::new(ProviderServer::new(Service::<TestProvider>::detached()));
    client.ready().await.expect("it is in memory");
    let path = format!("/tfplugin6.Provider/{call}").parse::<PathAndQuery>().expect("a path");
    let response = client.unary(Request::new(()), path, ProstCodec::<(), ()>::default()).await;
    response.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test]
async fn every_call_of_the_protocol_has_a_response_or_is_unimplemented() {
    let calls = calls();
    assert_eq!(calls.len(), 36, "{calls:?}");
    assert!(NOT_OFFERED.iter().all(|call| calls.contains(call)));
    for call in calls {
        let expected = if NOT_OFFERED.contains(&call) { Code::Unimplemented } else { Code::Ok };
        assert_eq!(send(call).await, expected, "{call}");
    }
    assert_eq!(send("OfProtocolSixTwelve").await, Code::Unimplemented);
}
