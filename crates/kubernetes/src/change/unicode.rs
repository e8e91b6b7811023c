//! Text in another Unicode form than Terraform's: it is as planned, and a write does not change its form.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::{Binding, Role, RoleRef, Rule, Subject};

/// "Café", composed and decomposed.
const COMPOSED: &str = "Caf\u{e9}";
const DECOMPOSED: &str = "Cafe\u{301}";

fn live<K: Kind>(content: Value) -> Object<K> {
    let Value::Object(mut object) = content else { panic!("an object") };
    let metadata = json!({
        "name": "it", "uid": "u-1", "resourceVersion": "7",
        "annotations": {"owner": DECOMPOSED, "other": "x"},
    });
    object.insert("metadata".to_owned(), metadata);
    Object::from_json(&Value::Object(object)).expect("it has a name and a uid")
}

fn owned<K: Kind>(content: K, other: &str) -> Owned<K> {
    let annotations = [("owner", COMPOSED), ("other", other)];
    let annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Owned { content, annotations, ..Owned::default() }
}

/// A change of the content, and of one annotation: it must be allowed, and send what is expected.
#[track_caller]
fn check<K: Kind>(live: &Object<K>, before: K, after: K, expected: Value) {
    let place = ObjectPlace::cluster("it");
    let (before, after) = (owned(before, "x"), owned(after, "y"));
    assert_eq!(before.differences(live), [], "it is as in the state: a delete is allowed");
    let update = Update { place: &place, uid: Some("u-1"), before: Some(&before), after: &after };
    expect_unchanged(&update, live, &Action::on("patch", K::api(false), &place)).expect("it is as planned");
    assert!(!is_done(&update, live));
    let Value::Object(mut wanted) = expected else { panic!("an object") };
    wanted.insert(
        "metadata".to_owned(),
        json!({"uid": "u-1", "resourceVersion": "7", "annotations": {"other": "y"}}),
    );
    assert_eq!(patch(&update, live), Value::Object(wanted));
}

fn binding(role: &str, groups: &[&str]) -> Binding {
    Binding {
        role: RoleRef { kind: "ClusterRole".to_owned(), name: role.to_owned() },
        subjects: groups.iter().map(|name| Subject::Group((*name).to_owned())).collect::<BTreeSet<_>>(),
    }
}

fn group(name: &str) -> Value {
    json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name})
}

#[test]
fn a_binding_keeps_the_form_of_its_subjects_and_of_its_role() {
    let object = |groups: &[&str]| {
        let role = json!({"kind": "ClusterRole", "name": DECOMPOSED});
        live(json!({"roleRef": role, "subjects": groups.iter().copied().map(group).collect::<Vec<_>>()}))
    };
    let state = || binding(COMPOSED, &[COMPOSED]);
    check(&object(&[DECOMPOSED]), state(), state(), json!({}));
    let added = binding(COMPOSED, &[COMPOSED, "team"]);
    let sent = json!({"subjects": [group(DECOMPOSED), group("team")]});
    check(&object(&[DECOMPOSED]), state(), added.clone(), sent);
    // Two names to Kubernetes, one to Terraform: both stay until that one is removed.
    let both = || object(&[COMPOSED, DECOMPOSED]);
    check(&both(), state(), state(), json!({}));
    let sent = json!({"subjects": [group(DECOMPOSED), group(COMPOSED), group("team")]});
    check(&both(), state(), added, sent);
    check(&both(), state(), binding(COMPOSED, &["team"]), json!({"subjects": [group("team")]}));
}

#[test]
fn a_role_keeps_the_form_of_the_rules_that_stay() {
    let rule = |verb: &str, name: &str| Rule {
        verbs: vec![verb.to_owned()],
        resources: vec!["pods".to_owned()],
        resource_names: vec![name.to_owned()],
        ..Rule::default()
    };
    let with = |rules: &[Rule]| Role { rules: rules.to_vec(), aggregated: false };
    let sent =
        |verb: &str, name: &str| json!({"verbs": [verb], "resources": ["pods"], "resourceNames": [name]});
    let object = || live(json!({"rules": [sent("get", DECOMPOSED)]}));
    let state = || with(&[rule("get", COMPOSED)]);
    check(&object(), state(), state(), json!({}));
    let expected = json!({"rules": [sent("get", DECOMPOSED), sent("list", COMPOSED)]});
    check(&object(), state(), with(&[rule("get", COMPOSED), rule("list", COMPOSED)]), expected);
}
