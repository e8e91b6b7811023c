//! Connect's protocol itself: codecs, compression, versions, faults, and the log.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::StatusCode;
use local_cks::{Call, ClusterSpec, Fault, Injection, LocalCks, Role};
use reqwest::RequestBuilder;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::caller::{Caller, Form, binary, json_of};

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

async fn caller() -> Caller {
    Caller::of(LocalCks::builder().cluster(ClusterSpec::new("one").with_id(ID))).await
}

async fn error(request: RequestBuilder, local: &LocalCks) -> (u16, Value) {
    let response = request.bearer_auth(local.token(Role::Admin).expose_secret()).send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/json");
    (status, response.json::<Value>().await.unwrap()["code"].clone())
}

#[tokio::test]
async fn gzip_is_read_and_written_where_the_client_has_it() {
    let caller = caller().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&binary("GetClusterRequest", &json!({"id": ID}))).unwrap();
    let request = caller
        .connect("GetCluster", "application/proto")
        .header("content-encoding", "gzip")
        .header("accept-encoding", "gzip")
        .bearer_auth(caller.local.token(Role::Viewer).expose_secret())
        .body(encoder.finish().unwrap());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let compressed = response.bytes().await.unwrap();
    let mut message = Vec::new();
    GzDecoder::new(&compressed[..]).read_to_end(&mut message).unwrap();
    assert_eq!(json_of("GetClusterResponse", &message.into())["cluster"]["id"], json!(ID));

    let unknown = caller.connect("GetCluster", "application/proto").header("content-encoding", "br");
    assert_eq!(error(unknown, &caller.local).await, (501, json!("unimplemented")));
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused() {
    let caller = caller().await;
    let status = async |request: RequestBuilder| request.send().await.unwrap().status().as_u16();
    let get =
        caller.client.get("https://api.coreweave.com/coreweave.cks.v1beta1.ClusterService/ListClusters");
    assert_eq!(status(get).await, 405);
    assert_eq!(status(caller.connect("ListClusters", "application/grpc")).await, 415);
    assert_eq!(status(caller.connect("UpgradeCluster", "application/proto")).await, 404);
    for request in [
        caller.connect("ListClusters", "application/json").header("connect-protocol-version", "2").body("{}"),
        caller.connect("ListClusters", "application/json").body("{"),
        caller.connect("GetCluster", "application/proto").body("\x0a\x05x"),
    ] {
        assert_eq!(error(request, &caller.local).await, (400, json!("invalid_argument")));
    }
}

#[tokio::test]
async fn calls_over_connect_have_faults_and_are_in_the_log() {
    let caller = caller().await;
    caller.local.inject(Injection::new(Fault::status(503)).on(Call::UpdateCluster));
    let request = json!({"id": ID, "updateMask": "oidc.issuerUrl,oidc.clientId", "oidc": {
        "issuerUrl": "https://issuer.test", "clientId": "c"}});
    let (status, body) = caller.call(Form::ConnectBinary, "UpdateCluster", &request).await;
    assert_eq!((status, &body["code"]), (503, &json!("unavailable")));
    assert_eq!(caller.call(Form::ConnectBinary, "UpdateCluster", &request).await.0, 200);
    let logged = caller.local.requests_of(Call::UpdateCluster);
    let statuses: Vec<_> = logged.iter().map(|each| each.status.unwrap().as_u16()).collect();
    assert_eq!(statuses, [503, 200]);
    assert_eq!(logged[1].body, request);
    assert_eq!(logged[1].header("authorization"), Some("Bearer [redacted]"));
}
