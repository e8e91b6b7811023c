//! Updates and guarded deletes against a scripted Kubernetes: changes of other clients in between are detected, and never overwritten.

use serde_json::{Value, json};

use super::*;
use crate::{
    Changer, ServiceAccount,
    testing::{
        ACCOUNT, Rejection as _, Reply, Script, ScriptedKubernetes as _, Step, account, edited, made_anew,
        step,
    },
};

const PATCH: &str = "fieldManager=terraform-provider-cks";

fn place() -> ObjectPlace {
    ObjectPlace::namespaced("team", "deployer")
}

fn owned(automount: bool, labels: &[(&str, &str)]) -> Owned<ServiceAccount> {
    let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Owned { content: ServiceAccount { automount: Some(automount) }, labels, ..Owned::default() }
}

/// Prior state of the plan.
fn before() -> Owned<ServiceAccount> {
    owned(true, &[("team", "a"), ("old", "x")])
}

/// Planned content.
fn after() -> Owned<ServiceAccount> {
    owned(false, &[("team", "b")])
}

/// As [`before`], with a foreign label.
fn old() -> Value {
    account(&json!(true), &json!({"team": "a", "old": "x", "foreign": "f"}))
}

/// As [`after`].
fn new() -> Value {
    account(&json!(false), &json!({"team": "b", "foreign": "f"}))
}

fn get(object: &Value) -> Step {
    step(&format!("GET {ACCOUNT}")).json(200, object)
}

/// The one change, of this version.
fn patch(version: &str) -> Step {
    step(&format!("PATCH {ACCOUNT}?{PATCH}")).sending(json!({
        "metadata": {"uid": "u-1", "resourceVersion": version, "labels": {"team": "b", "old": null}},
        "automountServiceAccountToken": false,
    }))
}

fn conflict(version: &str) -> Step {
    patch(version).refusal(409, "Conflict", Some(("serviceaccounts", "deployer")))
}

async fn update_with(steps: impl IntoIterator<Item = Step>) -> Result<Object<ServiceAccount>, Error> {
    let script = Script::start_tls(steps).await;
    let (place, before, after) = (place(), before(), after());
    let update = Update { place: &place, uid: Some("u-1"), before: Some(&before), after: &after };
    let updated = script.session().update(update, Mode::Write).await;
    script.finish();
    updated
}

/// Users of other providers report: stale values are written back, and undeclared keys are changed.
#[tokio::test]
async fn a_change_writes_the_fields_that_differ_with_the_version_that_was_read() {
    let updated = update_with([get(&old()), patch("7").json(200, &new())]).await.expect("updated");
    assert_eq!(updated.content, after().content);
}

#[tokio::test]
async fn equal_content_is_not_written() {
    update_with([get(&new())]).await.expect("nothing to do");
}

#[tokio::test]
async fn a_conflict_about_foreign_fields_is_read_again_and_written() {
    let elsewhere = edited(account(&json!(true), &json!({"team": "a", "old": "x", "foreign": "g"})));
    let steps = [get(&old()), conflict("7"), get(&elsewhere), patch("8").json(200, &new())];
    update_with(steps).await.expect("updated");
}

#[tokio::test]
async fn a_conflict_about_declared_fields_is_an_error_with_field_and_client() {
    let changed = edited(account(&json!(true), &json!({"team": "c", "old": "x"})));
    for steps in [vec![get(&changed)], vec![get(&old()), conflict("7"), get(&changed)]] {
        let error = update_with(steps).await.expect_err("changed");
        let Error::ChangedMeanwhile { differences, by, .. } = error else { panic!("{error:?}") };
        assert_eq!(differences, [Difference::Label("team".to_owned())]);
        let kubectl = Changer { manager: "kubectl-edit".to_owned(), time: "2026-01-02T00:00:00Z".to_owned() };
        assert_eq!(by, Some(kubectl));
    }
}

#[tokio::test]
async fn another_object_of_the_name_is_not_changed() {
    // As kube-apiserver rejects the uid of another object of the same version, which only another cluster can have.
    let other_uid = patch("7").json(
        422,
        &json!({
            "kind": "Status", "code": 422, "reason": "Invalid", "message": "field is immutable",
            "details": {"name": "deployer", "kind": "ServiceAccount", "causes": [{"field": "metadata.uid", "message": "field is immutable"}]},
        }),
    );
    for steps in [
        vec![get(&made_anew(old()))],
        vec![get(&old()), conflict("7"), get(&made_anew(old()))],
        vec![get(&old()), other_uid, get(&made_anew(old()))],
    ] {
        let error = update_with(steps).await.expect_err("another");
        assert!(matches!(error, Error::ReplacedMeanwhile { .. }), "{error:?}");
    }
    let gone =
        step(&format!("GET {ACCOUNT}")).refusal(404, "NotFound", Some(("serviceaccounts", "deployer")));
    let error = update_with([gone]).await.expect_err("gone");
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_lost_response_to_a_change_is_followed_by_a_read() {
    for lost in [patch("7").reply(Reply::Reset), patch("7").text(200, "", "{"), patch("7").text(504, "", "")]
    {
        // Repeated, since the outcome is unknown; if it took effect, its version is outdated.
        update_with([get(&old()), lost, conflict("7"), get(&edited(new()))]).await.expect("it happened");
    }
    let steps = [get(&old()), patch("7").text(503, "", ""), patch("7").json(200, &new())];
    update_with(steps).await.expect("it had not happened");
}

#[tokio::test]
async fn an_object_is_adopted_with_any_content() {
    let script = Script::start_tls([
        get(&old()),
        step(&format!("PATCH {ACCOUNT}?dryRun=All&{PATCH}"))
            .sending(json!({
                "metadata": {"uid": "u-1", "resourceVersion": "7", "labels": {"team": "b"}}, "automountServiceAccountToken": false,
            }))
            .json(200, &new()),
    ])
    .await;
    let (place, after) = (place(), after());
    let update = Update { place: &place, uid: None, before: None, after: &after };
    script.session().update(update, Mode::DryRun).await.expect("it would be");
    script.finish();
}
