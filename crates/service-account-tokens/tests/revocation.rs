//! Deletion of Secrets against a scripted Kubernetes: a rejected request never counts as a revoked token.

use std::time::Duration;

use kubernetes::{Connection, Error, ExpectedCluster, Session};
use request_pipeline::{Call, testing::call};
use scripted_server::{Reply, Script, Step, step};
use serde_json::{Value, json};
use service_account_tokens::{Account, Revoked, clear_leftovers, list, revoke, revoke_one};
use tokio::time::Instant;

const SECRETS: &str = "/api/v1/namespaces/ci/secrets";

/// A Secret of a token whose run crashed long ago.
fn secret() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": "deployer-token-1", "namespace": "ci", "uid": "u-1", "resourceVersion": "7",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"cks-community.github.io/token-id": "7d4f"},
            "annotations": {
                "cks-community.github.io/service-account": "deployer",
                "cks-community.github.io/token-state": "pending",
            },
        },
    })
}

/// The same, as a delete returns it while a finalizer keeps it.
fn going() -> Value {
    let mut secret = secret();
    secret["metadata"]["deletionTimestamp"] = json!("2026-01-02T00:00:00Z");
    secret
}

fn listed() -> Step {
    step(&format!("GET {SECRETS}?limit=500&labelSelector=cks-community.github.io%2Ftoken-id"))
        .json(200, &json!({"items": [secret()]}))
}

/// An admission webhook may reject with any status.
fn denied() -> [Step; 2] {
    let status = json!({
        "kind": "Status", "reason": "Conflict", "code": 409,
        "message": "admission webhook \"keep.example.com\" denied the request",
    });
    let one = format!("{SECRETS}/deployer-token-1");
    [step(&format!("DELETE {one}")).json(409, &status), step(&format!("GET {one}")).json(200, &secret())]
}

/// The Secret does not exist.
fn not_found() -> Value {
    json!({
        "kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404,
        "details": {"name": "deployer-token-1", "kind": "secrets"},
    })
}

fn session(script: &Script) -> Session {
    let connection = Connection::for_tests(script.endpoint(), script.ca_pem());
    Session::new(kubernetes::Client::new(connection), call(), ExpectedCluster::default())
}

fn expect_denied(error: &Error) {
    assert!(
        matches!(error, Error::Conflict { message, .. } if message.contains("keep.example.com")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_token_whose_secret_may_not_be_deleted_does_not_count_as_revoked() {
    let script = Script::start_tls([listed()].into_iter().chain(denied())).await;
    let session = session(&script);
    let secrets = list(&session, "ci").await.expect("a list");
    expect_denied(&revoke(&session, &secrets).await.expect_err("the Secret exists"));
    script.finish();
}

#[tokio::test]
async fn one_that_may_not_be_deleted_prevents_no_other() {
    let one = format!("DELETE {SECRETS}/deployer-token-1");
    let gone = [
        step(&one).json(200, &going()),
        step(&format!("GET {SECRETS}/deployer-token-1")).json(404, &not_found()),
    ];
    let script = Script::start_tls([listed()].into_iter().chain(denied()).chain(gone)).await;
    let session = session(&script);
    let secrets = list(&session, "ci").await.expect("a list");
    expect_denied(&revoke_one(&session, &secrets[0]).await.expect_err("the Secret exists"));
    assert_eq!(revoke_one(&session, &secrets[0]).await.expect("it is gone"), Revoked::Now);
    script.finish();
}

/// The token is rejected a minute later, whoever keeps the Secret for how long.
#[tokio::test]
async fn a_secret_that_a_finalizer_keeps_is_revoked_all_the_same() {
    let one = format!("{SECRETS}/deployer-token-1");
    let kept = step(&format!("GET {one}")).reply(Reply::Silence);
    let script =
        Script::start_tls([listed(), step(&format!("DELETE {one}")).json(200, &going()), kept]).await;
    let secrets = list(&session(&script), "ci").await.expect("a list");
    let call = Call { deadline: Instant::now() + Duration::from_secs(1), ..call() };
    let connection = Connection::for_tests(script.endpoint(), script.ca_pem());
    let session = Session::new(kubernetes::Client::new(connection), call, ExpectedCluster::default());
    assert_eq!(revoke_one(&session, &secrets[0]).await.expect("it is going"), Revoked::Going);
    script.finish();
}

#[tokio::test]
async fn a_leftover_that_may_not_be_deleted_is_tried_twice() {
    let steps = [listed()].into_iter().chain(denied()).chain([listed()]).chain(denied());
    let script = Script::start_tls(steps).await;
    let session = session(&script);
    let secrets = list(&session, "ci").await.expect("a list");
    let account = Account { namespace: "ci", name: "deployer" };
    let (others, outcome) = clear_leftovers(&session, account, "another", secrets).await;
    expect_denied(&outcome.expect_err("the Secret exists"));
    assert!(others.abandoned.is_empty());
    script.finish();
}
