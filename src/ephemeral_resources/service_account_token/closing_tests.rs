//! A close whose cluster is not found: the token ended with the cluster only if the cluster is certainly gone; else its Secret may be left.

use scripted_server::{Script, Step, step};
use serde_json::{Value, json};
use tfplugin::{
    Severity,
    testing::{Host, Opened, object},
};

use super::EphemeralToken;
use crate::provider::Cks;

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// What the open remembered.
fn opened(provenance: &Value) -> Opened {
    let token = json!({
        "cluster_id": ID, "namespace": "ci", "account": "ci/deployer", "secret": {"name": "deployer-token-1", "uid": "u-1"},
        "expires_at": 32_503_680_000_i64, "seconds": 1800,
    });
    let held = json!({"number": 1, "opened": {"token": token, "provenance": provenance}, "renewed": null});
    Opened {
        result: tfplugin::Value::Null,
        private: held.to_string().into_bytes(),
        renew_at: None,
        deferred: None,
        diagnostics: Vec::new(),
    }
}

fn not_found() -> Step {
    step(&format!("GET /v1beta1/cks/clusters/{ID}"))
        .json(404, &json!({"code": "not_found", "message": "cluster not found"}))
}

/// Whose token the provider has, and which clusters it sees.
fn organisation(name: &str, clusters: &[&str]) -> [Step; 2] {
    let host = format!("{name}-22df2adc.k8s.us-east-04a.coreweave.com");
    let clusters: Vec<_> = clusters.iter().map(|id| json!({"id": id, "apiServerEndpoint": host})).collect();
    [
        step("GET /v1beta1/auth/whoami").json(200, &json!({"principal": {"uid": "u", "orgUid": name}})),
        step("GET /v1beta1/cks/clusters").json(200, &json!({"items": clusters})),
    ]
}

/// Closes, and returns what the user reads.
async fn close(provenance: &Value, steps: impl IntoIterator<Item = Step>) -> (Severity, String) {
    let script = Script::start(steps).await;
    let host = Host::<Cks>::unconfigured();
    let block =
        json!({"endpoint": script.endpoint().trim_end_matches('/'), "token": "CW-SECRET-do-not-show"});
    assert_eq!(host.configure(&object::<Cks>(&block)).await, []);
    let [said] = host.close::<EphemeralToken>(&opened(provenance)).await.try_into().expect("one message");
    script.finish();
    (said.severity, format!("{}\n{}", said.summary, said.detail))
}

#[tokio::test]
async fn a_secret_is_said_to_be_left_unless_its_cluster_is_certainly_gone() {
    let of = |organisation: &str| json!({"organisation": {"host": organisation, "uid": null}, "cluster_uid": "c", "object_uid": null});
    let other = "00000000-93fc-4d39-af10-fe6c2f4b8824";
    let steps = |name: &str, clusters: &[&str]| {
        std::iter::once(not_found()).chain(organisation(name, clusters)).collect::<Vec<_>>()
    };

    let (severity, said) = close(&of("ab1cd2"), steps("ab1cd2", &[other])).await;
    assert!(severity == Severity::Warning && said.contains("the token ends with the cluster"), "{said}");

    let proxy = step(&format!("GET /v1beta1/cks/clusters/{ID}"))
        .json(404, &json!({"code": 5, "message": "no healthy upstream"}));
    for (provenance, steps, why) in [
        (of("ab1cd2"), steps("ffffff", &[other]), "ffffff"),
        (of("ab1cd2"), steps("ab1cd2", &[ID]), "list of the organisation's clusters has it"),
        (json!({}), vec![not_found()], "is not remembered"),
        (of("ab1cd2"), vec![proxy], "no healthy upstream"),
    ] {
        let (severity, said) = close(&provenance, steps).await;
        assert_eq!(severity, Severity::Error, "{said}");
        let left = ["could not be revoked", "kubectl delete secret deployer-token-1 --namespace ci", why];
        assert!(left.iter().all(|part| said.contains(part)), "{why}: {said}");
        assert!(!said.contains("ends with the cluster"), "{said}");
    }
}
