//! Faults: responses that a client receives, and effects of its requests.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::time::{Duration, Instant};

use local_cks::{Call, ClusterSpec, Fault, Injection, LocalCks, RetryAfter, Role};
use reqwest::{Client, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::json;

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

async fn bed(http2: bool) -> (LocalCks, Client) {
    let local = LocalCks::builder().cluster(ClusterSpec::new("test").with_id(ID)).start().await.unwrap();
    let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).unwrap();
    let builder = Client::builder().tls_certs_only([root]).no_proxy().timeout(Duration::from_secs(20));
    let builder = if http2 { builder } else { builder.http1_only() };
    (local, builder.build().unwrap())
}

fn get(local: &LocalCks, client: &Client) -> RequestBuilder {
    let url = format!("{}/v1beta1/cks/clusters/{ID}", local.api_url());
    client.get(url).bearer_auth(local.token(Role::Admin).expose_secret())
}

fn patch(local: &LocalCks, client: &Client) -> RequestBuilder {
    let url = format!("{}/v1beta1/cks/clusters/{ID}", local.api_url());
    let body = json!({"id": ID, "version": "v1.36", "updateMask": "auditPolicy", "auditPolicy": "eA=="});
    client.patch(url).bearer_auth(local.token(Role::Admin).expose_secret()).json(&body)
}

#[tokio::test]
async fn a_status_has_retry_after_in_both_forms() {
    let (local, client) = bed(true).await;
    local.inject(Injection::new(Fault::retry_after(429, RetryAfter::Seconds(3))).on(Call::GetCluster));
    local.inject(Injection::new(Fault::retry_after(503, RetryAfter::DateIn(Duration::from_secs(9)))));
    let limited = get(&local, &client).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"3".parse().unwrap()));
    let busy = get(&local, &client).send().await.unwrap();
    assert_eq!(busy.status(), 503);
    assert!(httpdate::parse_http_date(busy.headers()["retry-after"].to_str().unwrap()).is_ok());
    assert_eq!(get(&local, &client).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_reset_before_the_work_leaves_nothing_done() {
    for http2 in [false, true] {
        let (local, client) = bed(http2).await;
        local.inject(Injection::new(Fault::ResetBefore).on(Call::UpdateCluster).times(u32::MAX));
        patch(&local, &client).send().await.unwrap_err();
        assert!(local.cluster(ID).field("auditPolicy").is_null(), "http2: {http2}");
        assert_eq!(local.requests_of(Call::UpdateCluster)[0].status, None);
    }
}

#[tokio::test]
async fn a_reset_after_the_request_takes_effect_loses_the_response_only() {
    for http2 in [false, true] {
        let (local, client) = bed(http2).await;
        local.inject(Injection::new(Fault::ResetAfter).on(Call::UpdateCluster));
        patch(&local, &client).send().await.unwrap_err();
        assert_eq!(local.cluster(ID).field("auditPolicy"), json!("eA=="), "http2: {http2}");
    }
}

#[tokio::test]
async fn a_truncated_body_breaks_off_after_the_headers() {
    for http2 in [false, true] {
        let (local, client) = bed(http2).await;
        local.inject(Injection::new(Fault::TruncatedBody));
        let response = get(&local, &client).send().await.unwrap();
        assert_eq!(response.status(), 200, "http2: {http2}");
        response.bytes().await.unwrap_err();
    }
}

#[tokio::test]
async fn a_delay_delays_and_a_hang_never_ends() {
    let (local, client) = bed(true).await;
    local.inject(Injection::new(Fault::Delay(Duration::from_millis(200))));
    let started = Instant::now();
    assert_eq!(get(&local, &client).send().await.unwrap().status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(200));
    local.inject(Injection::new(Fault::Hang));
    let hung = get(&local, &client).timeout(Duration::from_millis(200)).send().await.unwrap_err();
    assert!(hung.is_timeout());
}
