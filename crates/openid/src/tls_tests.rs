//! Connections: failures of TLS that end at once, proxies, and an issuer's own certificate as trust.

use request_pipeline::Proxy;
use scripted_server::{Relay, Script, Untrusted, Wrong, step};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Client, Error, Issuer, tests::client};

async fn discover(client: &Client, issuer_url: &str, ca_pem: &str) -> Result<Issuer, Error> {
    client.discover(issuer_url, Some(ca_pem), &CancellationToken::new()).await
}

#[tokio::test]
async fn a_failure_of_tls_is_final_and_named_directly_and_through_proxies() {
    for wrong in Wrong::ALL {
        let server = Untrusted::start(wrong).await;
        let relay = Relay::to(server.endpoint()).await;
        let through = |scheme| Proxy::given(&relay.url(scheme)).expect("a proxy");
        for (index, proxy) in [Proxy::ENVIRONMENT, through("http"), through("socks5")].into_iter().enumerate()
        {
            let client = Client { proxy, ..client() };
            let error = discover(&client, server.endpoint(), &server.ca_pem).await.expect_err("refused");
            let Error::Tls { problem, own_roots: Some(roots), .. } = &error else {
                panic!("{wrong:?}: {error:?}")
            };
            assert!(problem.to_string().contains(wrong.words()), "{problem}");
            assert!(roots.contains("(expires ") && !roots.contains("BEGIN"), "{roots}");
            assert_eq!(server.connections(), index + 1, "one connection, and no repetition: {wrong:?}");
        }
    }
}

#[tokio::test]
async fn a_proxy_of_either_kind_leads_to_the_issuer() {
    const URL: &str = "https://kube.example.com:1";
    for scheme in ["http", "socks5"] {
        let key = json!({ "kty": "oct", "k": "AA", "kid": "a" });
        let script = Script::start_tls([
            step("GET /.well-known/openid-configuration")
                .json(200, &json!({ "issuer": URL, "jwks_uri": format!("{URL}/keys") })),
            step("GET /keys").json(200, &json!({ "keys": [key] })),
        ])
        .await;
        let relay = Relay::to(script.endpoint()).await;
        let client = Client { proxy: Proxy::given(&relay.url(scheme)).expect("a proxy"), ..client() };
        let issuer = discover(&client, URL, script.ca_pem()).await.expect("an issuer");
        assert_eq!(issuer.key_ids.len(), 1);
        assert!(relay.targets().iter().all(|target| target == "kube.example.com:1"));
        script.finish();
    }
}
