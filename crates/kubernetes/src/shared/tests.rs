//! Shared answers against a scripted Kubernetes.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Binding, Client, Error, ExpectedCluster, ListScope, Mode, Namespace, ObjectPlace, Owned, Session,
    testing::{NAMESPACE, Rejection as _, Script, ScriptedKubernetes as _, Step, call, namespace, step},
};

fn get() -> Step {
    step(&format!("GET {NAMESPACE}"))
}

fn place() -> ObjectPlace {
    ObjectPlace::cluster("team")
}

fn there() -> Value {
    namespace(&json!({}))
}

#[tokio::test]
async fn many_glances_at_an_object_are_one_request_for_a_moment() {
    let script = Script::start_tls([get().json(200, &there()), get().no_namespace("team")]).await;
    let session = script.session();
    let place = place();
    let (one, two) = tokio::join!(session.glance::<Namespace>(&place), session.glance::<Namespace>(&place));
    for found in [one, two, session.glance(&place).await] {
        assert_eq!(found.expect("an answer").expect("an object").uid, "u-1");
    }
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    for _ in 0..2 {
        assert!(session.glance::<Namespace>(&place).await.expect("an answer").is_none());
    }
    script.finish();
}

#[tokio::test]
async fn what_this_run_writes_is_looked_at_again() {
    let list = |items: Value| step("GET /api/v1/namespaces?limit=500").json(200, &json!({"items": items}));
    let script = Script::start_tls([
        get().no_namespace("team"),
        list(json!([])),
        step("POST /api/v1/namespaces?dryRun=All&fieldManager=terraform-provider-cks").json(201, &there()),
        step("POST /api/v1/namespaces?fieldManager=terraform-provider-cks").json(201, &there()),
        get().json(200, &there()),
        list(json!([there()])),
    ])
    .await;
    let session = script.session();
    let check = async |number: usize| {
        for _ in 0..2 {
            let found = session.glance::<Namespace>(&place()).await.expect("an answer");
            assert_eq!(found.iter().count(), number);
            let all = session.glance_at_all::<Namespace>(ListScope::Cluster).await.expect("a list");
            assert_eq!(all.len(), number);
        }
    };
    check(0).await;
    let wanted = Owned::default();
    session.create::<Namespace>(&place(), &wanted, Mode::DryRun).await.expect("it would be");
    check(0).await;
    session.create::<Namespace>(&place(), &wanted, Mode::Write).await.expect("made");
    check(1).await;
    script.finish();
}

#[tokio::test]
async fn a_refusal_is_shared_and_a_failure_is_not() {
    let refused = get().refusal(403, "Forbidden", Some(("namespaces", "team")));
    let script = Script::start_tls([get().json(418, &json!({})), refused]).await;
    let session = script.session();
    assert!(matches!(session.glance::<Namespace>(&place()).await, Err(Error::Unexpected { .. })));
    for _ in 0..2 {
        assert!(matches!(session.glance::<Namespace>(&place()).await, Err(Error::Forbidden { .. })));
    }
    script.finish();
}

#[tokio::test]
async fn a_write_of_rights_ends_a_refusal_and_no_request_under_way() {
    let writer = Arc::new(OnceLock::<Session>::new());
    let write = || {
        let writer = Arc::clone(&writer);
        move || {
            let session = writer.get().expect("it is set before the first request");
            session.forget_shared::<Binding>(&ObjectPlace::cluster("viewers"));
        }
    };
    let refused = || get().refusal(403, "Forbidden", Some(("namespaces", "team")));
    let script = Script::start_tls([
        refused().meanwhile(write()),
        refused(),
        step("GET /api/v1/namespaces/other").json(200, &there()).meanwhile(write()),
    ])
    .await;
    let client = Client::new(script.connection());
    let [session, writers] =
        [(); 2].map(|()| Session::new(client.clone(), call(), ExpectedCluster::default()));
    writer.set(writers).expect("it is set once");
    // The first refusal may be of before the write, so the second glance asks again; the third has that answer.
    for _ in 0..3 {
        assert!(matches!(session.glance::<Namespace>(&place()).await, Err(Error::Forbidden { .. })));
    }
    let other = ObjectPlace::cluster("other");
    let (one, two) = tokio::join!(session.glance::<Namespace>(&other), session.glance::<Namespace>(&other));
    for found in [one, two] {
        assert_eq!(found.expect("an answer").expect("an object").uid, "u-1");
    }
    script.finish();
}

#[tokio::test]
async fn a_session_that_expects_more_asks_for_itself() {
    let kube_system = step("GET /api/v1/namespaces/kube-system")
        .json(200, &json!({"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "c-1"}}));
    let discovery = step("GET /.well-known/openid-configuration").refusal(403, "Forbidden", None);
    let script =
        Script::start_tls([discovery, get().json(200, &there()), kube_system, get().json(200, &there())])
            .await;
    let client = Client::new(crate::Connection {
        server: crate::Server::Url(request_pipeline::LoginUrl::new(script.endpoint())),
        ..script.connection()
    });
    for uid in [None, Some("c-1".to_owned())] {
        let expected = ExpectedCluster { uid, ..ExpectedCluster::default() };
        let session = Session::new(client.clone(), call(), expected);
        session.glance::<Namespace>(&place()).await.expect("an answer").expect("an object");
    }
    script.finish();
}
