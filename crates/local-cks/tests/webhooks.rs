//! The real kube-apiserver sends reviews to the webhooks of a PATCH.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local_cks::{ClusterSpec, LocalCks, Role, Webhook};
use reqwest::{Client, Proxy};
use secrecy::ExposeSecret as _;
use serde_json::json;

#[tokio::test]
async fn webhooks_decide_on_identity_and_permissions() {
    let spec = ClusterSpec::new("webhooks").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.unwrap();
    let cluster = local.cluster(spec.id());
    let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).unwrap();
    let proxy = Proxy::all(local.proxy_url()).unwrap();
    let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().unwrap();

    let authentication = Webhook::start(|spec| {
        if spec["token"] == "open-sesame" {
            json!({"authenticated": true, "user": {"username": "ali", "groups": ["thieves"]}})
        } else {
            json!({"authenticated": false})
        }
    });
    let authentication = authentication.await.unwrap();
    let authorization = Webhook::start(
        |spec| json!({"allowed": spec["user"] == "ali" && spec["resourceAttributes"]["resource"] == "secrets"}),
    );
    let authorization = authorization.await.unwrap();
    let block = |webhook: &Webhook| json!({"server": format!("{}?for=us", webhook.url()), "ca": STANDARD.encode(webhook.ca_pem())});

    let url = format!("https://api.coreweave.com/v1beta1/cks/clusters/{}", cluster.id());
    let patch = client.patch(url).bearer_auth(local.token(Role::Admin).expose_secret()).json(&json!({
        "id": cluster.id(), "version": "v1.36",
        "updateMask": "authnWebhook.server,authnWebhook.ca,authzWebhook.server,authzWebhook.ca",
        "authnWebhook": block(&authentication), "authzWebhook": block(&authorization),
    }));
    assert_eq!(patch.send().await.unwrap().status(), 200);
    assert!(cluster.settled(Duration::from_mins(2)).await);
    assert_eq!(cluster.status(), "STATUS_RUNNING");

    let get = async |resource: &str, token: &str| {
        let url = format!("https://{}/api/v1/{resource}", cluster.unmanaged_host());
        client.get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("secrets", "open-sesame").await, 200);
    assert_eq!(get("nodes", "open-sesame").await, 403);
    assert_eq!(get("secrets", "open-barley").await, 401);
    assert_eq!(get("secrets", local.token(Role::Admin).expose_secret()).await, 401);
    let reviews = authentication.reviews();
    assert!(reviews.iter().all(|spec| !spec["token"].as_str().unwrap().starts_with("CW-SECRET")));
    assert!(reviews.iter().any(|spec| spec["token"] == "open-sesame"));
    assert!(!authorization.reviews().is_empty());
    for webhook in [&authentication, &authorization] {
        let paths = webhook.paths();
        assert!(paths.iter().all(|path| !path.contains("for=us")), "kube-apiserver drops a query: {paths:?}");
    }
}
