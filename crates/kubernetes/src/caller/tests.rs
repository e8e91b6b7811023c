//! The caller's identity against a scripted Kubernetes.

use serde_json::json;

use crate::{
    Client, Connection, Error, ExpectedCluster, Session,
    testing::{Rejection as _, Script, ScriptedKubernetes as _, Step, call, step, token_file},
};

fn review() -> Step {
    step("POST /apis/authentication.k8s.io/v1/selfsubjectreviews")
}

fn is(name: &str) -> Step {
    review().json(201, &json!({"status": {"userInfo": {"username": name}}}))
}

#[tokio::test]
async fn many_operations_ask_once_who_the_caller_is() {
    let script = Script::start_tls([is("ada")]).await;
    let client = Client::new(script.connection());
    let session = || Session::new(client.clone(), call(), ExpectedCluster::default());
    let (one, two) = (session(), session());
    let (first, second) = tokio::join!(one.caller(), two.caller());
    for identity in [first, second, session().caller().await] {
        assert_eq!(identity.expect("an identity").username, "ada");
    }
    script.finish();
}

#[tokio::test]
async fn other_credentials_are_asked_for_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    let script = Script::start_tls([is("ada"), is("bob")]).await;
    let credentials = token_file(&file);
    let client = Client::new(Connection { credentials, ..script.connection() });
    let session = Session::new(client, call(), ExpectedCluster::default());
    for name in ["ada", "bob"] {
        std::fs::write(&file, format!("token-of-{name}")).expect("ours");
        for _ in 0..2 {
            assert_eq!(session.caller().await.expect("an identity").username, name);
        }
    }
    script.finish();
}

#[tokio::test]
async fn a_refusal_is_final_and_a_failure_is_not() {
    let refused = review().refusal(403, "Forbidden", None);
    let script = Script::start_tls([review().json(418, &json!({})), refused]).await;
    let session = script.session();
    assert!(matches!(session.caller().await, Err(Error::Unexpected { .. })));
    for _ in 0..2 {
        assert!(matches!(session.caller().await, Err(Error::Forbidden { .. })));
    }
    script.finish();
}
