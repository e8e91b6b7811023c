//! Tokens of ServiceAccounts: a real kube-apiserver makes them, takes them, and takes them no more.
//!
//! Numbers in comments, such as "complaint 6", are what users of other providers complain about; each has a test here:
//! 1 expiry unnoticed; 2 made at plan, dead at apply; 3 too short-lived for a long apply; 4 waiting for a default Secret; 5 a Secret's token
//! that comes late; 6 a deleted Secret gives a diff for ever; 7 a rotation kills at once; 8 an expired previous token is an error; 9 rotation
//! needs another provider, and loops; 10 each refresh makes another; 11 a capped lifetime loops; 12 the state says valid, the server not;
//! 13 tokens for ever; 14 tokens in outputs.

mod crashes;
mod issue;
mod lifetimes;
mod permissions;
mod revocation;
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

/// The five values that a rotation makes anew.
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
    make_account(&bed);
    bed.write("main.tf", configuration);
    bed
}

/// The same, applied; requests so far are forgotten.
#[track_caller]
fn applied(host: &Host, configuration: &str) -> Bed {
    let bed = bed(host, configuration);
    bed.apply().succeeded();
    bed.local.clear_requests();
    bed
}

/// Makes the ServiceAccount behind Terraform's back; its uid.
fn make_account(bed: &Bed) -> String {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "deployer"}});
    let (status, made) = bed.kubernetes("POST", ACCOUNTS, Some(account));
    assert_eq!(status, 201, "{made}");
    made["metadata"]["uid"].as_str().expect("an object has a uid").to_owned()
}

fn delete_account(bed: &Bed) {
    assert_eq!(bed.kubernetes("DELETE", &format!("{ACCOUNTS}/deployer"), None).0, 200);
}

/// An attribute of the token in the state.
#[track_caller]
fn attribute(bed: &Bed, name: &str) -> String {
    bed.attributes(ADDRESS)[name].as_str().unwrap_or_default().to_owned()
}

/// The Secrets that the provider made.
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

/// How many tokens were asked for.
fn token_requests(bed: &Bed) -> usize {
    let asks = |request: &&local_cks::Request| request.method == "POST" && request.path.contains("/token");
    bed.local.requests_of(Call::Managed).iter().filter(asks).count()
}

/// Who a token is at the unmanaged endpoint, or the status that it is refused with.
fn who(bed: &Bed, token: &str) -> Result<Value, StatusCode> {
    let root = Certificate::from_pem(bed.local.ca_pem().as_bytes()).expect("a certificate");
    let proxy = Proxy::all(bed.local.proxy_url()).expect("a proxy");
    let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().expect("a client");
    let host = bed.cluster().unmanaged_host();
    let url = format!("https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    block_on(async {
        let answer = client.post(url).bearer_auth(token).json(&review).send().await.expect("an answer");
        match answer.status() {
            StatusCode::CREATED => {
                Ok(answer.json::<Value>().await.expect("JSON")["status"]["userInfo"].clone())
            }
            refused => Err(refused),
        }
    })
}

#[track_caller]
fn expect_alive(bed: &Bed, token: &str) {
    assert_eq!(
        who(bed, token).map(|user| user["username"].clone()),
        Ok(json!("system:serviceaccount:default:deployer"))
    );
}

/// kube-apiserver believes a token for up to ten seconds after it has seen it.
#[track_caller]
fn expect_death(bed: &Bed, token: &str) {
    wait_until("the token is refused", || who(bed, token) == Err(StatusCode::UNAUTHORIZED));
}

/// What a token says of itself.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT has a payload");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&json).expect("JSON")
}

/// A plan must rotate the token, for this reason alone, and leave known all that stays.
#[track_caller]
fn expect_rotation(bed: &Bed, planned: Run, reason: &[&str]) {
    let planned = planned.plans(&[&format!("update {ADDRESS}")]);
    assert_eq!(planned.warnings().len(), 1, "{planned}");
    planned.expect_warning(&["Token will be rotated"]);
    planned.expect_warning(reason);
    assert_eq!(unknown(bed), FIVE);
}

/// What the last plan leaves unknown of the token.
fn unknown(bed: &Bed) -> Vec<String> {
    let planned = bed.planned();
    let changes = planned["resource_changes"].as_array().cloned().unwrap_or_default();
    let change = changes.into_iter().find(|change| change["address"] == ADDRESS).expect("it changes");
    let unknown = change["change"]["after_unknown"].as_object().cloned().unwrap_or_default();
    unknown.into_iter().filter(|(_, unknown)| *unknown == json!(true)).map(|(name, _)| name).collect()
}
