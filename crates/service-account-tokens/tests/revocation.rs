//! Deletion of Secrets against a scripted Kubernetes: a rejected request never counts as a revoked token.

use kubernetes::{Connection, Error, ExpectedCluster, Session};
use request_pipeline::testing::call;
use scripted_server::{Script, Step, step};
use serde_json::{Value, json};
use service_account_tokens::{Account, clear_leftovers, list, revoke};

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
