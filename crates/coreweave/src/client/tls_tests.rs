//! Connections: failures of TLS that end at once, and proxies.

use request_pipeline::Proxy;
use scripted_server::{Relay, Untrusted, Wrong};

use super::*;
use crate::testing::{ApiReply as _, ID, Script, call, get, settings};

fn client(endpoint: &str, ca_pem: &str, proxy: Proxy) -> Client {
    let endpoint = endpoint.parse().expect("a URL");
    Client::new(Settings { endpoint, extra_roots_pem: Some(ca_pem.to_owned()), proxy, ..settings() })
        .expect("good settings")
}

#[tokio::test]
async fn a_failure_of_tls_is_final_and_named_directly_and_through_proxies() {
    for wrong in Wrong::ALL {
        let server = Untrusted::start(wrong).await;
        let relay = Relay::to(server.endpoint()).await;
        let through = |scheme| Proxy::given(&relay.url(scheme)).expect("a proxy");
        for (index, proxy) in [Proxy::ENVIRONMENT, through("http"), through("socks5")].into_iter().enumerate()
        {
            let client = client(server.endpoint(), &server.ca_pem, proxy);
            let error = client.find_cluster(ID, &call()).await.expect_err("refused");
            let Error::Tls { problem, .. } = &error else { panic!("{wrong:?}: {error:?}") };
            assert!(problem.to_string().contains(wrong.words()), "{problem}");
            assert_eq!(server.connections(), index + 1, "one connection, and no repetition: {wrong:?}");
        }
    }
}

#[tokio::test]
async fn a_proxy_of_either_kind_leads_to_the_api_and_resolves_its_name() {
    let found = || get().cluster("STATUS_RUNNING", &serde_json::json!({}));
    let script = Script::start_tls([found(), found()]).await;
    let relay = Relay::to(script.endpoint()).await;
    for scheme in ["http", "socks5"] {
        let proxy = Proxy::given(&relay.url(scheme)).expect("a proxy");
        let client = client("https://kube.example.com:1", script.ca_pem(), proxy);
        assert!(client.find_cluster(ID, &call()).await.expect("found").is_some());
    }
    assert_eq!(relay.targets(), ["kube.example.com:1", "kube.example.com:1"]);
    script.finish();
}
