//! Waits until bindings are in force, against a scripted Kubernetes.

use serde_json::{Value, json};

use super::*;
use crate::testing::{Rejection as _, Script, ScriptedKubernetes as _, Step, step};

/// A binding of this name and version; `namespace`: a RoleBinding.
fn binding(namespace: Option<&str>, name: &str, version: &str) -> Object<Binding> {
    let object = json!({
        "metadata": {"name": name, "namespace": namespace, "uid": "u", "resourceVersion": version},
        "roleRef": {"kind": "ClusterRole", "name": "view"},
    });
    Object::from_json(&object).expect("an object")
}

/// Whether the user, who has the name of the binding, has the permission.
fn question(user: &str) -> AccessReviewSpec {
    AccessReviewSpec { user: Some(user.to_owned()), verb: "get".to_owned(), ..AccessReviewSpec::default() }
}

fn review(user: &str) -> Step {
    step("POST /apis/authorization.k8s.io/v1/subjectaccessreviews").sending(json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {},
        "spec": {
            "user": user,
            "resourceAttributes": {
                "verb": "get", "group": "", "resource": "", "subresource": "", "namespace": "", "name": "",
            },
        },
    }))
}

fn answer(allowed: bool, reason: &str) -> Value {
    json!({"status": {"allowed": allowed, "reason": reason}})
}

/// As Kubernetes' authorizer answers once this binding is in force.
fn in_force(user: &str) -> Step {
    let reason =
        format!("RBAC: allowed by ClusterRoleBinding \"{user}\" of ClusterRole \"view\" to User \"{user}\"");
    review(user).json(201, &answer(true, &reason))
}

fn not_yet(user: &str) -> Step {
    review(user).json(201, &answer(false, ""))
}

/// The right comes from elsewhere.
fn by_another(user: &str) -> Step {
    let reason =
        format!("RBAC: allowed by ClusterRoleBinding \"old\" of ClusterRole \"view\" to User \"{user}\"");
    review(user).json(201, &answer(true, &reason))
}

/// The role in this version.
fn role(version: &str) -> Object<Role> {
    let object = json!({"metadata": {"name": "view", "uid": "r", "resourceVersion": version}});
    Object::from_json(&object).expect("an object")
}

async fn wait_for(session: &Session, binding: Object<Binding>, is_new: bool, role_version: &str) {
    let name = binding.place.name.clone();
    let written = WrittenBinding { binding: &binding, is_new, role: &role(role_version) };
    session.wait_until_in_force(written, question(&name)).await;
}

async fn wait(session: &Session, name: &str, version: &str) {
    wait_for(session, binding(None, name, version), true, "1").await;
}

/// Waits for `a` of version 5, `b` of 6, and `c` of 7 at the same time, of which `a` asks first.
async fn three(steps: impl IntoIterator<Item = Step>) {
    let script = Script::start_tls(steps).await;
    let session = script.session();
    tokio::join!(wait(&session, "a", "5"), wait(&session, "b", "6"), wait(&session, "c", "7"));
    script.finish();
}

#[tokio::test]
async fn the_last_binding_that_was_written_is_asked_for_and_the_others_join() {
    three([in_force("c")]).await;
    three([not_yet("c"), not_yet("a"), in_force("c")]).await;
    // Its own right is enough for the one that asks.
    three([not_yet("c"), in_force("a"), not_yet("c"), in_force("b"), in_force("c")]).await;
}

#[tokio::test]
async fn a_right_that_another_binding_gives_shows_nothing_of_the_others() {
    three([by_another("c"), in_force("a"), by_another("c"), in_force("b"), by_another("c")]).await;
    let superuser = review("c").json(201, &answer(true, ""));
    three([superuser, by_another("a"), in_force("c")]).await;
}

#[tokio::test]
async fn what_is_written_later_waits_again_and_each_kind_for_itself() {
    let inside = "RBAC: allowed by RoleBinding \"a/team\" of ClusterRole \"view\" to User \"a\"";
    let script =
        Script::start_tls([in_force("c"), review("a").json(201, &answer(true, inside)), in_force("d")]).await;
    let session = script.session();
    wait(&session, "c", "7").await;
    wait(&session, "b", "6").await;
    wait_for(&session, binding(Some("team"), "a", "5"), true, "1").await;
    wait_for(&session, binding(Some("team"), "b", "4"), true, "1").await;
    wait(&session, "d", "8").await;
    script.finish();
}

#[tokio::test]
async fn a_caller_who_may_not_ask_does_not_wait() {
    three([review("c").refusal(403, "Forbidden", None)]).await;
}

#[tokio::test]
async fn versions_that_cannot_be_compared_are_asked_for_one_by_one() {
    let script = Script::start_tls([by_another("a"), not_yet("b"), in_force("b")]).await;
    let session = script.session();
    wait(&session, "a", "x1").await;
    wait(&session, "b", "x2").await;
    script.finish();
}

#[tokio::test]
async fn a_binding_of_another_role_or_of_a_later_version_of_it_is_asked_for_itself() {
    let script = Script::start_tls([in_force("c"), in_force("c"), in_force("b")]).await;
    let session = script.session();
    wait(&session, "c", "7").await;
    // The authorizer has the binding, and perhaps not the role.
    wait_for(&session, binding(None, "b", "6"), true, "2").await;
    wait(&session, "a", "5").await;
    script.finish();
}

#[tokio::test]
async fn a_binding_that_was_there_before_shows_nothing_of_others() {
    let script = Script::start_tls([in_force("b"), in_force("a")]).await;
    let session = script.session();
    wait_for(&session, binding(None, "b", "7"), false, "1").await;
    wait(&session, "a", "5").await;
    script.finish();
}

#[tokio::test]
async fn a_review_without_an_answer_ends_the_wait_of_its_own_only() {
    let refused = review("c").refusal(422, "Invalid", None);
    let script = Script::start_tls([refused, in_force("c")]).await;
    let session = script.session();
    wait(&session, "c", "7").await;
    wait(&session, "b", "6").await;
    script.finish();
}
