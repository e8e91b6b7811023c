//! Find, create and delete against a scripted Kubernetes: lost and unexpected responses, and changes in between.

use std::time::Duration;

use request_pipeline::{Backoff, Call};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    Client, Connection, Created, Error, ExpectedCluster, FIELD_MANAGER, Mode, Namespace, Object, ObjectPlace,
    Owned, Session,
    testing::{NAMESPACE, Rejection as _, Reply, Script, ScriptedKubernetes as _, Step, namespace, step},
};

const CREATE: &str = "POST /api/v1/namespaces?fieldManager=terraform-provider-cks";

fn get() -> Step {
    step(&format!("GET {NAMESPACE}"))
}

fn place() -> ObjectPlace {
    ObjectPlace::cluster("team")
}

fn wanted() -> Owned<Namespace> {
    Owned { labels: [("team".to_owned(), "a".to_owned())].into(), ..Owned::default() }
}

/// As [`wanted`].
fn there() -> Value {
    namespace(&json!({"team": "a", "foreign": "x"}))
}

async fn find_with(steps: impl IntoIterator<Item = Step>) -> Result<Option<Object<Namespace>>, Error> {
    let script = Script::start_tls(steps).await;
    let found = script.session().find(&place()).await;
    script.finish();
    found
}

/// Users of other providers report: a state is emptied although the object exists.
#[tokio::test]
async fn a_not_found_that_is_not_about_this_object_is_an_error() {
    assert_eq!(find_with([get().no_namespace("team")]).await, Ok(None));
    for uncertain in [
        get().text(404, "", "404 page not found"),
        get().text(404, "", "<html><title>default backend - 404</title></html>"),
        get().text(404, "", ""),
        get().json(404, &json!({"code": 5, "message": "Not Found"})),
        get().refusal(404, "NotFound", None),
        get().refusal(404, "NotFound", Some(("namespaces", "another"))),
        get().refusal(404, "NotFound", Some(("clusters", "team"))),
        get().refusal(410, "Gone", Some(("namespaces", "team"))),
    ] {
        let error = find_with([uncertain]).await.expect_err("uncertain");
        assert!(matches!(error, Error::Unexpected { .. } | Error::Missing { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_object_is_created_with_the_declared_content_only() {
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": {"team": "a"}}});
    let dry = CREATE.replace('?', "?dryRun=All&");
    let script = Script::start_tls([
        step(&dry).sending(body.clone()).json(201, &there()),
        step(CREATE).sending(body).json(201, &there()),
    ])
    .await;
    let session = script.session();
    for mode in [Mode::DryRun, Mode::Write] {
        assert_eq!(session.create(&place(), &wanted(), mode).await.expect("made").uid, "u-1");
    }
    script.finish();
}

async fn create_with(steps: impl IntoIterator<Item = Step>) -> Result<Object<Namespace>, Error> {
    let script = Script::start_tls(steps).await;
    let made = script.session().create(&place(), &wanted(), Mode::Write).await;
    script.finish();
    made
}

fn exists() -> Step {
    step(CREATE).refusal(409, "AlreadyExists", Some(("namespaces", "team")))
}

#[tokio::test]
async fn an_object_that_already_exists_is_an_error() {
    let error = create_with([exists()]).await.expect_err("it exists");
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
}

#[tokio::test]
async fn an_already_exists_after_a_lost_response_is_followed_by_a_read() {
    for lost in
        [step(CREATE).reply(Reply::Reset), step(CREATE).text(201, "", ""), step(CREATE).text(504, "", "")]
    {
        let made = create_with([lost, exists(), get().json(200, &there())]).await;
        assert_eq!(made.expect("ours").uid, "u-1");
    }
    let mut foreign = there();
    foreign["metadata"]["managedFields"] = json!([{"manager": "kubectl-create", "operation": "Update"}]);
    let different = namespace(&json!({"team": "b"}));
    for answer in [get().json(200, &foreign), get().json(200, &different), get().no_namespace("team")] {
        let error =
            create_with([step(CREATE).reply(Reply::Reset), exists(), answer]).await.expect_err("not ours");
        assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_create_that_did_not_take_effect_is_repeated() {
    let made = create_with([step(CREATE).text(503, "", ""), step(CREATE).json(201, &there())]).await;
    assert_eq!(made.expect("made").uid, "u-1");
}

#[tokio::test]
async fn an_object_that_exists_and_is_not_found_is_created_again_after_a_pause() {
    const PAUSE: Duration = Duration::from_millis(150);
    let script =
        Script::start_tls([exists(), get().no_namespace("team"), step(CREATE).json(201, &there())]).await;
    let made = script.session().create_or_find(&place(), &wanted()).await;
    assert!(matches!(made, Ok(Created::New(_))), "{made:?}");
    script.finish();
    let script = Script::start_tls([exists(), get().json(200, &there())]).await;
    let found = script.session().create_or_find(&place(), &wanted()).await;
    assert!(matches!(found, Ok(Created::Existing(_))), "{found:?}");
    script.finish();

    // A server that contradicts itself gets few requests, and the operation ends.
    let steps = std::iter::repeat_with(|| [exists(), get().no_namespace("team")]).take(50).flatten();
    let script = Script::start_tls(steps).await;
    let backoff = Backoff { first: PAUSE, longest: PAUSE, connect_limit: PAUSE * 4 };
    let client = Client::new(Connection { backoff, ..script.connection() });
    let short = Call::within(PAUSE * 4, CancellationToken::new());
    let session = Session::new(client, short, ExpectedCluster::default());
    let error = session.create_or_find(&place(), &wanted()).await.expect_err("it never ends by itself");
    let Error::Unreachable { attempts, cause, .. } = &error else { panic!("{error:?}") };
    // On a busy machine the deadline ends a request, and not a pause.
    let by_deadline = cause.starts_with("no answer within");
    assert!(
        *attempts <= 8 && (by_deadline || cause.contains("exists already, and is not found")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end_and_final() {
    let body = |length: usize| there().to_string() + &" ".repeat(length);
    assert!(find_with([get().text(200, "", &body(1 << 20))]).await.expect("short enough").is_some());
    let error = find_with([get().text(200, "", &body(4 << 20))]).await.expect_err("too long");
    assert!(error.to_string().contains("the answer is longer than 4096 KiB"), "{error}");
    let kube_system = step("GET /api/v1/namespaces/kube-system").text(200, "", &body(64 << 10));
    let script = Script::start_tls([kube_system]).await;
    assert_eq!(script.session().cluster_uid().await, Ok(None), "nobody's kube-system");
    script.finish();
}

#[tokio::test]
async fn a_cluster_is_identified_by_its_kube_system_if_the_caller_may_read_that() {
    let kube_system = || step("GET /api/v1/namespaces/kube-system");
    let ask = async |step: Step| {
        let script = Script::start_tls([step]).await;
        let uid = script.session().cluster_uid().await;
        script.finish();
        uid
    };
    assert_eq!(ask(kube_system().json(200, &there())).await, Ok(Some("u-1".to_owned())));
    assert_eq!(
        ask(kube_system().refusal(403, "Forbidden", Some(("namespaces", "kube-system")))).await,
        Ok(None)
    );
    assert!(ask(kube_system().refusal(401, "Unauthorized", None)).await.is_err());
}

#[test]
fn writes_name_their_field_manager() {
    assert!(CREATE.ends_with(FIELD_MANAGER));
}
