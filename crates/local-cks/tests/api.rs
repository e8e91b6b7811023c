//! The CoreWeave API over HTTPS: tokens, organisations, masks, switches, as a client uses them.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::time::Duration;

use local_cks::{
    Behaviour, Builder, Call, ChangesEnd, ClusterSpec, EmptyPatch, EndpointForm, Enums, ErrorStyle, LocalCks,
    MalformedId, PatchAnswer, Role, WhileDeleting, WhileUpdating, ZeroValues, by_method,
};
use reqwest::{Client, Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";
const LIMIT: Duration = Duration::from_secs(10);

struct Bed {
    local: LocalCks,
    client: Client,
}

impl Bed {
    async fn new() -> Self {
        Self::with(LocalCks::builder().cluster(ClusterSpec::new("test-timeout").with_id(ID).version("v1.35")))
            .await
    }

    async fn with(builder: Builder) -> Self {
        let local = builder.start().await.unwrap();
        let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).unwrap();
        let client = Client::builder().tls_certs_only([root]).no_proxy().build().unwrap();
        Self { local, client }
    }

    async fn call_as(
        &self,
        role: Role,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, String) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.local.api_url()))
            .header("user-agent", "test/1")
            .bearer_auth(self.local.token(role).expose_secret());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let (status, text) = self.call_as(Role::Admin, method, path, body).await;
        (status.as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self) -> Value {
        let (status, body) = self.call(Method::GET, &format!("/v1beta1/cks/clusters/{ID}"), None).await;
        assert_eq!(status, 200, "{body}");
        body["cluster"].clone()
    }

    /// Sends a PATCH with id and version filled in where the body has none.
    async fn patch(&self, mut body: Value) -> (u16, Value) {
        for (name, value) in [("id", ID), ("version", "v1.35")] {
            if body.get(name).is_none() {
                body[name] = json!(value);
            }
        }
        self.call(Method::PATCH, &format!("/v1beta1/cks/clusters/{ID}"), Some(body)).await
    }

    async fn settled(&self) {
        assert!(self.local.cluster(ID).settled(LIMIT).await);
    }

    fn switch(&self, change: impl FnOnce(&mut Behaviour)) {
        self.local.set_behaviour(change);
    }
}

fn issuer() -> Value {
    json!({"updateMask": "oidc.issuerUrl,oidc.clientId", "oidc": {"issuerUrl": "https://issuer.test", "clientId": "c"}})
}

#[tokio::test]
async fn a_change_has_the_status_updating_and_then_is_in_the_responses() {
    let bed = Bed::new().await;
    let (status, response) = bed.patch(issuer()).await;
    assert_eq!((status, &response["cluster"]["status"]), (200, &json!("STATUS_UPDATING")));
    bed.settled().await;
    let cluster = bed.get().await;
    assert_eq!(cluster["status"], json!("STATUS_RUNNING"));
    assert_eq!(cluster["oidc"], json!({"issuerUrl": "https://issuer.test", "clientId": "c"}));
    assert_eq!(cluster["apiServerEndpoint"], json!("ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com"));
}

#[tokio::test]
async fn a_patch_needs_id_and_version() {
    let bed = Bed::new().await;
    let (status, response) = bed.patch(json!({"id": "", "version": ""})).await;
    let fields = &response["details"][0]["debug"]["fieldViolations"];
    assert_eq!((status, &fields[0]["field"], &fields[1]["field"]), (400, &json!("id"), &json!("version")));
    bed.switch(|behaviour| behaviour.version_required = false);
    assert_eq!(bed.patch(json!({"version": "", "updateMask": "public"})).await.0, 200);
}

#[tokio::test]
async fn a_patch_of_nothing_is_accepted_or_rejected_as_configured() {
    let bed = Bed::new().await;
    let (status, response) = bed.patch(json!({})).await;
    assert_eq!((status, &response["cluster"]["status"]), (200, &json!("STATUS_RUNNING")));
    bed.switch(|behaviour| behaviour.empty_patch = EmptyPatch::Refused);
    let (status, response) = bed.patch(json!({"updateMask": ""})).await;
    let field = &response["details"][0]["debug"]["fieldViolations"][0]["field"];
    assert_eq!((status, field), (400, &json!("update_mask")));
    assert_eq!(bed.patch(issuer()).await.0, 200);
}

#[tokio::test]
async fn the_raw_body_is_checked_before_the_mask() {
    let bed = Bed::new().await;
    let (status, response) = bed.patch(json!({"updateMask": "public", "oidc": {}})).await;
    assert_eq!(status, 400);
    assert_eq!(response["details"][0]["debug"]["fieldViolations"][0]["field"], json!("oidc.issuer_url"));
    let (status, response) = bed
        .patch(
            json!({"version": "v1.36", "updateMask": "version", "network": {"internalLbCidrNames": ["a"]}}),
        )
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        response["details"][0]["debug"]["fieldViolations"][0],
        json!({"field": "network", "description": "cannot change network config during an upgrade"})
    );
}

#[tokio::test]
async fn another_version_in_the_body_is_an_upgrade() {
    let bed = Bed::new().await;
    let (status, response) = bed.patch(json!({"version": "v1.36", "updateMask": "public"})).await;
    assert_eq!((status, &response["cluster"]["status"]), (200, &json!("STATUS_UPGRADING")));
    bed.settled().await;
    assert_eq!(bed.get().await["version"], json!("v1.36"));
    assert_eq!(bed.patch(json!({"version": "v1.34"})).await.0, 400);
}

#[tokio::test]
async fn a_mask_that_leaves_half_a_block_is_rejected() {
    let bed = Bed::new().await;
    bed.patch(issuer()).await;
    bed.settled().await;
    let (status, response) = bed.patch(json!({"updateMask": "oidc.issuerUrl"})).await;
    assert_eq!(
        (status, &response["details"][0]["debug"]["fieldViolations"][0]["field"]),
        (400, &json!("oidc.issuer_url"))
    );
    assert_eq!(bed.patch(json!({"updateMask": "oidc"})).await.0, 200);
    assert_eq!(bed.local.cluster(ID).field("oidc"), Value::Null);
}

#[tokio::test]
async fn tokens_of_other_organisations_get_no_cluster() {
    let bed = Bed::new().await;
    let token = bed.local.add_token("ffffff", Role::Admin);
    let url = format!("{}/v1beta1/cks/clusters", bed.local.api_url());
    let list = bed.client.get(&url).bearer_auth(token.expose_secret()).send().await.unwrap();
    assert_eq!((list.status().as_u16(), list.text().await.unwrap().as_str()), (200, "{}"));
    let one = bed.client.get(format!("{url}/{ID}")).bearer_auth(token.expose_secret()).send().await.unwrap();
    assert_eq!(one.status().as_u16(), 404);
    let error: Value = one.json().await.unwrap();
    assert_eq!(error["details"][0]["debug"]["resourceType"], json!("cluster"));
    let who = bed.client.get(format!("{}/v1beta1/auth/whoami", bed.local.api_url()));
    let who: Value = who.bearer_auth(token.expose_secret()).send().await.unwrap().json().await.unwrap();
    assert_eq!(who["principal"]["orgUid"], json!("ffffff"));
}

#[tokio::test]
async fn roles_and_credentials_decide_what_is_allowed() {
    let bed = Bed::new().await;
    let path = format!("/v1beta1/cks/clusters/{ID}");
    let status = |role, method, body| bed.call_as(role, method, &path, body);
    assert_eq!(status(Role::None, Method::GET, None).await.0, 403);
    assert_eq!(status(Role::Viewer, Method::GET, None).await.0, 200);
    let (code, text) = status(Role::Viewer, Method::PATCH, Some(issuer())).await;
    assert_eq!(code, 403);
    assert!(text.contains("CKS Admin"), "{text}");
    let url = format!("{}{path}", bed.local.api_url());
    assert_eq!(bed.client.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(bed.client.get(&url).bearer_auth("CW-SECRET-no").send().await.unwrap().status(), 401);
    bed.local.expire_token(&bed.local.token(Role::Viewer));
    assert_eq!(status(Role::Viewer, Method::GET, None).await.0, 401);
}

#[tokio::test]
async fn the_response_to_a_change_during_a_change_is_configurable() {
    let bed = Bed::new().await;
    bed.switch(|behaviour| behaviour.changes_end = ChangesEnd::Never);
    bed.patch(issuer()).await;
    let second = || bed.patch(json!({"updateMask": "oidc"}));
    let (status, response) = second().await;
    assert_eq!((status, &response["code"]), (400, &json!("failed_precondition")));
    bed.switch(|behaviour| behaviour.while_updating = WhileUpdating::Aborted);
    let (status, response) = second().await;
    assert_eq!((status, &response["code"]), (409, &json!("aborted")));
    bed.switch(|behaviour| {
        behaviour.while_updating = WhileUpdating::Queued;
        behaviour.changes_end = ChangesEnd::Running;
    });
    assert_eq!(second().await.0, 200);
    bed.settled().await;
    assert_eq!(bed.get().await.get("oidc"), None);
}

#[tokio::test]
async fn a_delete_removes_the_cluster() {
    let bed = Bed::new().await;
    bed.switch(|behaviour| behaviour.deleting_for = Duration::from_hours(1));
    let path = format!("/v1beta1/cks/clusters/{ID}");
    let (status, response) = bed.call(Method::DELETE, &path, None).await;
    assert_eq!((status, &response["cluster"]["status"]), (200, &json!("STATUS_DELETING")));
    let (status, response) = bed.patch(issuer()).await;
    assert_eq!((status, &response["code"]), (400, &json!("failed_precondition")));
    bed.switch(|behaviour| behaviour.while_deleting = WhileDeleting::NotFound);
    assert_eq!(bed.patch(issuer()).await.0, 404);
    bed.local.cluster(ID).delete();
    assert_eq!(bed.call(Method::GET, &path, None).await.0, 404);
}

#[tokio::test]
async fn changes_can_fail_and_responses_can_be_delayed() {
    let bed = Bed::new().await;
    bed.switch(|behaviour| {
        behaviour.patch_answer = PatchAnswer::Running;
        behaviour.stale_reads_after_patch = 2;
        behaviour.changes_end = ChangesEnd::Failed;
    });
    let (_, response) = bed.patch(issuer()).await;
    assert_eq!(response["cluster"]["status"], json!("STATUS_RUNNING"));
    bed.settled().await;
    for _ in 0..2 {
        let stale = bed.get().await;
        assert_eq!((&stale["status"], stale.get("oidc")), (&json!("STATUS_RUNNING"), None));
    }
    let cluster = bed.get().await;
    assert_eq!((&cluster["status"], cluster["oidc"].is_object()), (&json!("STATUS_FAILED"), true));
}

#[tokio::test]
async fn one_cluster_has_many_spellings() {
    let bed = Bed::new().await;
    bed.local.cluster(ID).set_field("publicAccess", json!({"mode": "TLS"}));
    bed.settled().await;
    bed.switch(|behaviour| {
        behaviour.zero_values = ZeroValues::Emitted;
        behaviour.enums = Enums::Numbers;
        behaviour.endpoint_form = EndpointForm::WithScheme;
    });
    let cluster = bed.get().await;
    assert_eq!(cluster["status"], json!(3));
    assert_eq!(cluster["oidc"], Value::Null);
    assert_eq!(cluster["publicAccess"], json!({"mode": "TLS"}));
    assert!(cluster["apiServerEndpoint"].as_str().unwrap().starts_with("https://"));
}

#[tokio::test]
async fn errors_have_the_configured_format() {
    let bed = Bed::new().await;
    let missing = "/v1beta1/cks/clusters/1063bce6-6e5b-4b0a-b73a-7e6106b2a77c";
    for (style, expected) in [
        (ErrorStyle::GrpcGateway, "\"code\":5"),
        (ErrorStyle::ConnectWithoutDebug, "\"value\":"),
        (ErrorStyle::PlainText, "cluster not found"),
        (ErrorStyle::Html, "<h1>404 Not Found</h1>"),
        (ErrorStyle::Empty, ""),
    ] {
        bed.switch(|behaviour| behaviour.error_style = style);
        let (status, text) = bed.call_as(Role::Admin, Method::GET, missing, None).await;
        assert_eq!(status, 404);
        assert!(text.contains(expected), "{style:?}: {text}");
    }
    assert_eq!(bed.call(Method::GET, "/v1beta1/cks/clusters/nonsense", None).await.0, 404);
    bed.switch(|behaviour| behaviour.malformed_id = MalformedId::InvalidArgument);
    assert_eq!(bed.call(Method::GET, "/v1beta1/cks/clusters/nonsense", None).await.0, 400);
}

#[tokio::test]
async fn clusters_can_be_created_once_per_name_and_zone() {
    let bed = Bed::new().await;
    let body = json!({"name": "new", "zone": "RNO2A", "vpcId": "d0584354-6fc2-465b-b2df-aa0722f919a1", "version": "v1.36",
        "network": {"podCidrName": "p", "serviceCidrName": "s", "internalLbCidrNames": ["l"]}});
    let (status, response) = bed.call(Method::POST, "/v1beta1/cks/clusters", Some(body.clone())).await;
    assert_eq!((status, &response["cluster"]["status"]), (200, &json!("STATUS_CREATING")));
    assert!(bed.local.cluster(response["cluster"]["id"].as_str().unwrap()).settled(LIMIT).await);
    assert_eq!(bed.call(Method::POST, "/v1beta1/cks/clusters", Some(body)).await.0, 409);
    let (_, list) = bed.call(Method::GET, "/v1beta1/cks/clusters", None).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(bed.call(Method::POST, "/v1beta1/cks/clusters", Some(json!({"name": "x"}))).await.0, 400);
}

#[tokio::test]
async fn the_log_has_requests_and_statuses() {
    let bed = Bed::new().await;
    bed.patch(issuer()).await;
    bed.get().await;
    let patches = bed.local.requests_of(Call::UpdateCluster);
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0].body["updateMask"], json!("oidc.issuerUrl,oidc.clientId"));
    assert_eq!(patches[0].status, Some(StatusCode::OK));
    assert_eq!(patches[0].header("user-agent"), Some("test/1"));
    assert_eq!(patches[0].header("authorization"), Some("Bearer [redacted]"));
    let counts = by_method(&bed.local.requests());
    assert_eq!((counts["PATCH"], counts["GET"]), (1, 1));
}
