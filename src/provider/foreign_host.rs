//! A host that is not CoreWeave's, named by an API that is not either: the user sees it, once.

use expect_test::expect;
use serde_json::json;
use tfplugin::testing::{Host, object};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::Cks;
use crate::data_sources::kubeconfig::ClusterKubeconfig;

pub(super) const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// An API on this machine that returns this cluster, which is public unless something else is given; its URL.
pub(super) async fn api_of(members: &serde_json::Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut cluster = json!({ "id": ID, "name": "main", "zone": "RNO2A", "public": true });
    if let (Some(cluster), Some(members)) = (cluster.as_object_mut(), members.as_object()) {
        cluster.extend(members.clone());
    }
    let cluster = json!({ "cluster": cluster }).to_string();
    tokio::spawn(async move {
        let length = cluster.len();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(format!("{head}{cluster}").as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn a_host_that_another_api_names_is_said_once_in_a_run() {
    let config = object::<ClusterKubeconfig>(&json!({ "cluster_id": ID, "token": "eyJ-given" }));
    for (host, expected) in [
        ("ab1cd2-test.k8s.rno2a.coreweave.com", None),
        ("localhost", None),
        (
            "evil.example.com",
            Some(expect![[r#"
            Credentials go to a host that is not CoreWeave's
            The API at API (from the provider's `endpoint`) names api.evil.example.com as the Kubernetes API of a cluster. Neither is CoreWeave's, so the host was not checked, and the credentials for Kubernetes are sent there. If that is not intended, correct the value of the provider's `endpoint`, and replace the credentials."#]]),
        ),
    ] {
        let url = api_of(&json!({ "apiServerEndpoint": host })).await;
        let provider = Host::<Cks>::unconfigured();
        let block = object::<Cks>(&json!({ "endpoint": url, "token": "CW-SECRET-do-not-show" }));
        assert_eq!(provider.configure(&block).await, []);
        let said: Vec<_> = provider.read_data_source::<ClusterKubeconfig>(&config).await.diagnostics;
        assert_eq!(said.len(), usize::from(expected.is_some()), "{said:?}");
        if let (Some(expected), Some(said)) = (expected, said.first()) {
            expected.assert_eq(&format!("{}\n{}", said.summary, said.detail.replace(&url, "API")));
        }
        let again = provider.read_data_source::<ClusterKubeconfig>(&config).await.diagnostics;
        assert_eq!(again, []);
    }
}
