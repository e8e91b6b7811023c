//! Tokens of ServiceAccounts: a real kube-apiserver issues, accepts, and rejects them.
//!
//! Numbers in comments, such as "report 6", are problems that users of other providers report; each has a test here:
//! 1 unnoticed expiry; 2 issued at plan, expired at apply; 3 lifetime too short for a long apply; 4 waiting for a default Secret;
//! 5 late token of a Secret; 6 endless diff after the deletion of a Secret; 7 a rotation revokes at once; 8 an expired previous token
//! is an error; 9 rotation needs another provider, and loops; 10 each refresh issues another; 11 a capped lifetime loops; 12 valid in
//! the state, rejected by the server; 13 tokens without expiry; 14 tokens in outputs.

mod crashes;
mod ephemeral;
mod issue;
mod lifetimes;
mod other_provider;
mod permissions;
mod revocation;
mod revoke_action;
mod rotation;

use base64::Engine as _;
use local_cks::Call;
use reqwest::{Certificate, Client, Proxy, StatusCode};
use serde_json::{Value, json};

use crate::support::{Bed, CLUSTER_ID, Host, Run, block_on, wait_until};

const ADDRESS: &str = "cks_service_account_token.example";
const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";
const SECRETS: &str = "/api/v1/namespaces/default/secrets";
const MARK: &str = "cks-community.github.io/";

/// The five attributes that a rotation changes.
const FIVE: [&str; 5] = ["credential_id", "expires_at", "issued_at", "secret_name", "token"];

/// `cks_service_account_token.example` of the ServiceAccount `default/deployer`.
fn token(more: &str) -> String {
    format!(
        "resource \"cks_service_account_token\" \"example\" {{\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"\n  \
         service_account = \"deployer\"\n{more}\n}}\n"
    )
}

/// A rotation trigger of this value.
fn trigger(value: &str) -> String {
    format!("rotation_triggers = {{ build = {value:?} }}")
}

/// A cluster with that ServiceAccount, and this configuration.
fn bed(host: &Host, configuration: &str) -> Bed {
    let bed = Bed::with_kubernetes(host);
    create_account(&bed);
    bed.write("main.tf", configuration);
    bed
}

/// The same, applied, with an empty log of requests.
#[track_caller]
fn applied(host: &Host, configuration: &str) -> Bed {
    let bed = bed(host, configuration);
    bed.apply().succeeded();
    bed.local.clear_requests();
    bed
}

/// Creates the ServiceAccount as another client. Returns its uid.
fn create_account(bed: &Bed) -> String {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "deployer"}});
    let (status, created) = bed.kubernetes("POST", ACCOUNTS, Some(account));
    assert_eq!(status, 201, "{created}");
    created["metadata"]["uid"].as_str().expect("an object has a uid").to_owned()
}

fn delete_account(bed: &Bed) {
    assert_eq!(bed.kubernetes("DELETE", &format!("{ACCOUNTS}/deployer"), None).0, 200);
}

/// An attribute of the token in the state.
#[track_caller]
fn attribute(bed: &Bed, name: &str) -> String {
    bed.attributes(ADDRESS)[name].as_str().unwrap_or_default().to_owned()
}

/// The Secrets that the provider created.
fn secrets(bed: &Bed) -> Vec<Value> {
    let (status, list) = bed.kubernetes("GET", &format!("{SECRETS}?labelSelector={MARK}token-id"), None);
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().cloned().unwrap_or_default()
}

fn secret_names(bed: &Bed) -> Vec<String> {
    let name = |secret: &Value| secret["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    secrets(bed).iter().map(name).collect()
}

fn mark(secret: &Value, name: &str) -> String {
    secret["metadata"]["annotations"][format!("{MARK}{name}")].as_str().unwrap_or_default().to_owned()
}

/// Number of token requests.
fn token_requests(bed: &Bed) -> usize {
    let is_token_request =
        |request: &&local_cks::Request| request.method == "POST" && request.path.contains("/token");
    bed.local.requests_of(Call::Managed).iter().filter(is_token_request).count()
}

/// The user of a token at the unmanaged endpoint, or the status of the rejection.
fn who(bed: &Bed, token: &str) -> Result<Value, StatusCode> {
    let root = Certificate::from_pem(bed.local.ca_pem().as_bytes()).expect("a certificate");
    let proxy = Proxy::all(bed.local.proxy_url()).expect("a proxy");
    let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().expect("a client");
    let host = bed.cluster().unmanaged_host();
    let url = format!("https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    block_on(async {
        let response = client.post(url).bearer_auth(token).json(&review).send().await.expect("a response");
        match response.status() {
            StatusCode::CREATED => {
                Ok(response.json::<Value>().await.expect("JSON")["status"]["userInfo"].clone())
            }
            status => Err(status),
        }
    })
}

#[track_caller]
fn expect_valid(bed: &Bed, token: &str) {
    assert_eq!(
        who(bed, token).map(|user| user["username"].clone()),
        Ok(json!("system:serviceaccount:default:deployer"))
    );
}

/// Waits, since kube-apiserver caches an accepted token for up to ten seconds.
#[track_caller]
fn expect_rejected(bed: &Bed, token: &str) {
    wait_until("the token is rejected", || who(bed, token) == Err(StatusCode::UNAUTHORIZED));
}

/// Claims of a token.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT has a payload");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&json).expect("JSON")
}

/// A plan must rotate the token, for this reason only, and all other attributes must be known.
#[track_caller]
fn expect_rotation(bed: &Bed, planned: Run, reason: &[&str]) {
    let planned = planned.plans(&[&format!("update {ADDRESS}")]);
    assert_eq!(planned.warnings().len(), 1, "{planned}");
    planned.expect_warning(&["Token will be rotated"]);
    planned.expect_warning(reason);
    assert_eq!(unknown(bed), FIVE);
}

/// Attributes of the token that the last plan leaves unknown.
fn unknown(bed: &Bed) -> Vec<String> {
    let planned = bed.planned();
    let changes = planned["resource_changes"].as_array().cloned().unwrap_or_default();
    let change = changes.into_iter().find(|change| change["address"] == ADDRESS).expect("it changes");
    let unknown = change["change"]["after_unknown"].as_object().cloned().unwrap_or_default();
    unknown.into_iter().filter(|(_, unknown)| *unknown == json!(true)).map(|(name, _)| name).collect()
}
