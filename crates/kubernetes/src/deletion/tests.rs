//! Deletes against a scripted Kubernetes: one request where nothing happened in between, and a look where something did.

use std::time::Duration;

use request_pipeline::Call;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Deleted, PlannedDeletion};
use crate::{
    Client, Error, ExpectedCluster, Namespace, ObjectPlace, Owned, ServiceAccount, Session,
    testing::{
        ACCOUNT, NAMESPACE, Rejection as _, Reply, Script, ScriptedKubernetes as _, Step, account, edited,
        made_anew, namespace, step,
    },
};

fn place() -> ObjectPlace {
    ObjectPlace::cluster("team")
}

fn there() -> Value {
    namespace(&json!({"team": "a", "foreign": "x"}))
}

fn get() -> Step {
    step(&format!("GET {NAMESPACE}"))
}

fn delete(version: Option<&str>) -> Step {
    deletion(NAMESPACE, version)
}

fn deletion(path: &str, version: Option<&str>) -> Step {
    let mut preconditions = json!({"uid": "u-1"});
    if let Some(version) = version {
        preconditions["resourceVersion"] = json!(version);
    }
    step(&format!("DELETE {path}")).sending(json!({
        "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "preconditions": preconditions,
    }))
}

/// As Kubernetes answers once an object is gone.
fn success(uid: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": {"uid": uid}})
}

async fn delete_with(steps: impl IntoIterator<Item = Step>, version: Option<&str>) -> Result<(), Error> {
    let script = Script::start_tls(steps).await;
    let gone = script.session().delete::<Namespace>(&place(), "u-1", version).await;
    script.finish();
    gone.map(drop)
}

#[tokio::test]
async fn a_delete_has_a_uid_precondition_and_waits_until_the_object_is_deleted() {
    let mut going = there();
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let still = || get().json(200, &going);
    let steps = [delete(Some("7")).json(200, &going), still(), still(), get().no_namespace("team")];
    assert_eq!(delete_with(steps, Some("7")).await, Ok(()));
    let another = get().json(200, &made_anew(there()));
    assert_eq!(delete_with([delete(None).json(200, &json!({})), another], None).await, Ok(()));
}

#[tokio::test]
async fn an_object_is_gone_once_kubernetes_says_so_of_its_uid() {
    for answer in [success("u-1"), there()] {
        assert_eq!(delete_with([delete(None).json(200, &answer)], None).await, Ok(()), "{answer}");
    }
    // What only looks like that is followed by a look.
    let mut pending = success("u-1");
    pending["status"] = json!("Pending");
    for answer in
        [pending, success("u-2"), made_anew(there()), json!({"kind": "Status", "status": "Success"})]
    {
        let steps = [delete(None).json(200, &answer), get().no_namespace("team")];
        assert_eq!(delete_with(steps, None).await, Ok(()), "{answer}");
    }
}

#[tokio::test]
async fn a_delete_does_nothing_if_the_object_does_not_exist_or_is_another() {
    assert_eq!(delete_with([delete(None).no_namespace("team")], None).await, Ok(()));
    let refused = || delete(None).refusal(409, "Conflict", Some(("namespaces", "team")));
    let another = get().json(200, &made_anew(there()));
    assert_eq!(delete_with([refused(), another], None).await, Ok(()));
    assert_eq!(delete_with([refused(), get().no_namespace("team")], None).await, Ok(()));
}

#[tokio::test]
async fn an_object_that_changed_meanwhile_is_not_deleted() {
    let refused = delete(Some("7")).refusal(409, "Conflict", Some(("namespaces", "team")));
    let error =
        delete_with([refused, get().json(200, &edited(there()))], Some("7")).await.expect_err("changed");
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
}

/// An admission webhook may reject with any status.
#[tokio::test]
async fn a_delete_that_an_admission_webhook_rejects_as_a_conflict_is_an_error() {
    let message = json!({"kind": "Status", "reason": "Conflict", "code": 409, "message": "admission webhook \"keep\" denied the request"});
    let steps = [delete(None).json(409, &message), get().json(200, &there())];
    let error = delete_with(steps, None).await.expect_err("it exists");
    assert!(matches!(&error, Error::Conflict { message, .. } if message.contains("keep")), "{error:?}");
}

#[tokio::test]
async fn a_lost_response_to_a_delete_is_harmless() {
    let steps = [delete(None).reply(Reply::Reset), delete(None).no_namespace("team")];
    assert_eq!(delete_with(steps, None).await, Ok(()));
}

#[tokio::test]
async fn a_delete_that_takes_too_long_is_a_timeout() {
    let mut going = there();
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let still = || get().json(200, &going);
    let steps = std::iter::once(delete(None).json(200, &going)).chain(std::iter::repeat_with(still).take(50));
    let script = Script::start_tls(steps).await;
    let short = Call::within(Duration::from_millis(500), CancellationToken::new());
    let session = Session::new(Client::new(script.connection()), short, ExpectedCluster::default());
    let error = session.delete::<Namespace>(&place(), "u-1", None).await.expect_err("too long");
    let Error::Timeout { what, .. } = &error else { panic!("{error:?}") };
    assert_eq!(what, "the deletion of Namespace team");
}

/// Prior state of the plan.
fn before() -> Owned<ServiceAccount> {
    let labels = [("team".to_owned(), "a".to_owned())].into();
    Owned { content: ServiceAccount { automount: Some(true) }, labels, ..Owned::default() }
}

/// As [`before`], with a foreign label.
fn old() -> Value {
    account(&json!(true), &json!({"team": "a", "foreign": "f"}))
}

/// As [`before`], after a change of a foreign label.
fn labelled() -> Value {
    edited(account(&json!(true), &json!({"team": "a", "foreign": "g"})))
}

/// Another content than [`before`].
fn changed() -> Value {
    edited(account(&json!(false), &json!({"team": "a"})))
}

fn found(object: &Value) -> Step {
    step(&format!("GET {ACCOUNT}")).json(200, object)
}

fn deletes(version: &str) -> Step {
    deletion(ACCOUNT, Some(version))
}

fn conflict(version: &str) -> Step {
    deletes(version).refusal(409, "Conflict", Some(("serviceaccounts", "deployer")))
}

fn none() -> Step {
    step(&format!("GET {ACCOUNT}")).refusal(404, "NotFound", Some(("serviceaccounts", "deployer")))
}

/// Deletes what the state has, of which it remembers this version.
async fn planned_with(
    version: Option<&str>,
    steps: impl IntoIterator<Item = Step>,
) -> Result<Deleted, Error> {
    let script = Script::start_tls(steps).await;
    let place = ObjectPlace::namespaced("team", "deployer");
    let planned = PlannedDeletion { place: &place, uid: "u-1", before: &before(), version };
    let deleted = script.session().delete_as_planned(planned).await;
    script.finish();
    deleted.map(|(deleted, _)| deleted)
}

#[tokio::test]
async fn only_the_object_of_the_prior_state_is_deleted() {
    let steps = [found(&old()), deletes("7").json(200, &success("u-1"))];
    assert_eq!(planned_with(None, steps).await, Ok(Deleted::Now));
    assert_eq!(planned_with(None, [none()]).await, Ok(Deleted::Before));
    assert_eq!(planned_with(None, [found(&made_anew(old()))]).await, Ok(Deleted::NotThisOne));
    let error = planned_with(None, [found(&changed())]).await.expect_err("changed");
    assert!(matches!(error, Error::ChangedMeanwhile { .. }), "{error:?}");
}

#[tokio::test]
async fn an_object_of_a_remembered_version_is_deleted_by_one_request() {
    let steps = [deletes("7").json(200, &success("u-1"))];
    assert_eq!(planned_with(Some("7"), steps).await, Ok(Deleted::Now));
    let mut going = old();
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let steps = [deletes("7").json(200, &going), found(&going), none()];
    assert_eq!(planned_with(Some("7"), steps).await, Ok(Deleted::Now));
    let gone = deletes("7").refusal(404, "NotFound", Some(("serviceaccounts", "deployer")));
    assert_eq!(planned_with(Some("7"), [gone]).await, Ok(Deleted::Before));
    let lost = || deletes("7").reply(Reply::Reset);
    let gone = deletes("7").refusal(404, "NotFound", Some(("serviceaccounts", "deployer")));
    assert_eq!(planned_with(Some("7"), [lost(), gone]).await, Ok(Deleted::Before));
}

#[tokio::test]
async fn another_version_than_the_remembered_one_is_looked_at() {
    // Foreign fields changed.
    let steps = [conflict("7"), found(&labelled()), deletes("8").json(200, &success("u-1"))];
    assert_eq!(planned_with(Some("7"), steps).await, Ok(Deleted::Now));
    // Managed fields changed.
    let error = planned_with(Some("7"), [conflict("7"), found(&changed())]).await.expect_err("changed");
    assert!(matches!(error, Error::ChangedMeanwhile { .. }), "{error:?}");
    // It was deleted, also by a request whose response was lost, or made again.
    assert_eq!(planned_with(Some("7"), [conflict("7"), none()]).await, Ok(Deleted::Before));
    let steps = [conflict("7"), found(&made_anew(old()))];
    assert_eq!(planned_with(Some("7"), steps).await, Ok(Deleted::NotThisOne));
    // It is being deleted.
    let mut going = edited(old());
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let steps = [conflict("7"), found(&going), found(&going), none()];
    assert_eq!(planned_with(Some("7"), steps).await, Ok(Deleted::Now));
}

#[tokio::test]
async fn a_delete_continues_after_a_change_of_foreign_fields() {
    let steps = [
        found(&old()),
        conflict("7"),
        found(&labelled()),
        found(&labelled()),
        deletes("8").json(200, &success("u-1")),
    ];
    assert_eq!(planned_with(None, steps).await, Ok(Deleted::Now));
}
