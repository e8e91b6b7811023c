//! Dry runs of bindings against a scripted Kubernetes.

use serde_json::{Value, json};

use super::*;
use crate::{
    Binding, Role, RoleRef, Subject,
    testing::{Rejection as _, Script, ScriptedKubernetes as _, Step, step},
};

const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const DRY: &str = "?dryRun=All&fieldManager=terraform-provider-cks";

fn binding(role: &str, user: &str) -> Owned<Binding> {
    let role = RoleRef { kind: "ClusterRole".to_owned(), name: role.to_owned() };
    let content = Binding { role, subjects: [Subject::User(user.to_owned())].into() };
    Owned { content, ..Owned::default() }
}

fn object(name: &str) -> Value {
    json!({"metadata": {"name": name, "uid": "u-1", "resourceVersion": "7"}, "roleRef": {"kind": "ClusterRole", "name": "view"}})
}

fn dry(collection: &str) -> Step {
    step(&format!("POST {collection}{DRY}"))
}

fn accepted() -> Step {
    dry(BINDINGS).json(201, &object("a"))
}

/// As Kubernetes rejects an escalation.
fn escalation() -> Step {
    dry(BINDINGS).json(
        403,
        &json!({
            "kind": "Status", "code": 403, "reason": "Forbidden",
            "message": "user \"eve\" is attempting to grant RBAC permissions not currently held:\n{Verbs:[\"get\"]}",
        }),
    )
}

fn forbidden(message: &str) -> Step {
    dry(BINDINGS)
        .json(403, &json!({"kind": "Status", "code": 403, "reason": "Forbidden", "message": message}))
}

fn lacking() -> Grant {
    Grant::Lacking(vec!["{Verbs:[\"get\"]}".to_owned()])
}

/// Tries a ClusterRoleBinding of this name to this role.
async fn try_one(session: &Session, name: &str, role: &str) -> Result<Tried, Error> {
    let role_place = ObjectPlace::cluster(role);
    session.try_create(&ObjectPlace::cluster(name), &binding(role, name), Some(&role_place)).await
}

#[tokio::test]
async fn one_dry_run_answers_for_all_bindings_of_a_role_in_a_scope() {
    let inside = "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings";
    let script = Script::start_tls([accepted(), accepted(), dry(inside).json(201, &object("a"))]).await;
    let session = script.session();
    let (one, two) = tokio::join!(try_one(&session, "a", "view"), try_one(&session, "b", "view"));
    assert_eq!(one, Ok(Tried { grant: Grant::Allowed, is_free: true }));
    // Only its own dry run shows that an object of the name does not exist.
    let shared = Ok(Tried { grant: Grant::Allowed, is_free: false });
    assert_eq!(two, shared);
    assert!(try_one(&session, "c", "edit").await.expect("tried").is_free, "another role");
    for (name, is_free) in [("a", true), ("b", false)] {
        let (place, role) = (ObjectPlace::namespaced("team", name), ObjectPlace::cluster("view"));
        let tried = session.try_create(&place, &binding("view", name), Some(&role)).await.expect("tried");
        assert_eq!(tried.is_free, is_free, "another scope");
    }
    assert_eq!(try_one(&session, "d", "view").await, shared);
    script.finish();
}

#[tokio::test]
async fn a_refusal_is_that_of_each_binding_of_the_role() {
    for (refusal, grant) in [
        (escalation(), lacking()),
        (
            dry(BINDINGS).refusal(404, "NotFound", Some(("clusterroles", "view"))),
            Grant::Missing { kind: "clusterroles".to_owned(), name: "view".to_owned() },
        ),
        (
            forbidden(
                "clusterrolebindings is forbidden: User \"ada\" cannot create resource \"clusterrolebindings\"",
            ),
            Grant::Forbidden,
        ),
    ] {
        let script = Script::start_tls([refusal]).await;
        let session = script.session();
        for name in ["a", "b"] {
            let expected = Tried { grant: grant.clone(), is_free: false };
            assert_eq!(try_one(&session, name, "view").await, Ok(expected));
        }
        script.finish();
    }
    let exists = dry(BINDINGS).refusal(409, "AlreadyExists", Some(("clusterrolebindings", "a")));
    let script = Script::start_tls([exists]).await;
    let session = script.session();
    for name in ["a", "b"] {
        let expected = Tried { grant: Grant::Allowed, is_free: false };
        assert_eq!(try_one(&session, name, "view").await, Ok(expected), "it is permitted");
    }
    script.finish();
}

#[tokio::test]
async fn what_concerns_one_object_is_not_shared() {
    let webhook = || forbidden("admission webhook \"policy\" denied the request");
    let invalid = dry(BINDINGS).refusal(422, "Invalid", Some(("clusterrolebindings", "c")));
    let script = Script::start_tls([webhook(), webhook(), invalid, accepted()]).await;
    let session = script.session();
    for name in ["a", "b"] {
        assert_eq!(try_one(&session, name, "view").await.expect("tried").grant, Grant::Forbidden);
    }
    assert!(matches!(try_one(&session, "c", "view").await, Err(Error::Invalid { .. })));
    assert!(try_one(&session, "d", "view").await.expect("tried").is_free);
    script.finish();

    // A role has rules of its own.
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let script = Script::start_tls(["a", "b"].map(|name| dry(roles).json(201, &object(name)))).await;
    let session = script.session();
    for name in ["a", "b"] {
        let place = ObjectPlace::cluster(name);
        assert!(session.try_create(&place, &Owned::<Role>::default(), None).await.expect("tried").is_free);
    }
    script.finish();
}

#[tokio::test]
async fn an_update_is_tried_once_for_each_role_and_apart_from_a_create() {
    let mut there = object("a");
    there["subjects"] = json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "a"}]);
    let script = Script::start_tls([
        accepted(),
        step(&format!("GET {BINDINGS}/a")).json(200, &there),
        step(&format!("PATCH {BINDINGS}/a{DRY}")).json(200, &there),
    ])
    .await;
    let session = script.session();
    try_one(&session, "c", "view").await.expect("tried");
    let role = ObjectPlace::cluster("view");
    for name in ["a", "b"] {
        let (place, before, after) =
            (ObjectPlace::cluster(name), binding("view", name), binding("view", "ada"));
        let update = Update { place: &place, uid: Some("u-1"), before: Some(&before), after: &after };
        let tried = session.try_update(update, Some(&role)).await.expect("tried");
        assert_eq!(tried.grant, Grant::Allowed);
    }
    script.finish();
}

#[tokio::test]
async fn a_write_of_rights_makes_a_refusal_one_of_the_past() {
    let write = |collection: &str| step(&format!("POST {collection}?fieldManager=terraform-provider-cks"));
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let script = Script::start_tls([
        escalation(),
        write("/api/v1/namespaces").json(201, &object("n")),
        write(roles).json(201, &object("r")),
        accepted(),
        write(roles).json(201, &object("r")),
    ])
    .await;
    let session = script.session();
    let grant = async || try_one(&session, "a", "view").await.expect("tried").grant;
    let role = async || {
        session
            .create(&ObjectPlace::cluster("r"), &Owned::<Role>::default(), Mode::Write)
            .await
            .expect("made")
    };
    assert_eq!(grant().await, lacking());
    let namespace = Owned::<crate::Namespace>::default();
    session.create(&ObjectPlace::cluster("n"), &namespace, Mode::Write).await.expect("made");
    assert_eq!(grant().await, lacking(), "a namespace grants nothing");
    role().await;
    assert_eq!(grant().await, Grant::Allowed);
    role().await;
    assert_eq!(grant().await, Grant::Allowed, "what is written grants more");
    script.finish();
}
