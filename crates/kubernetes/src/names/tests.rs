//! Questions for names against a scripted Kubernetes.

use serde_json::{Value, json};

use super::*;
use crate::{
    Namespace,
    testing::{Rejection as _, Script, ScriptedKubernetes as _, Step, step},
};

const NAMESPACES: &str = "/api/v1/namespaces";

fn object(name: &str) -> Value {
    json!({"metadata": {"name": name, "uid": "u-1", "resourceVersion": "7"}})
}

fn none(name: &str) -> Step {
    step(&format!("GET {NAMESPACES}/{name}")).no_namespace(name)
}

fn first_ones() -> Vec<Step> {
    ["a", "b", "c"].map(none).into()
}

fn list(token: &str, body: &Value) -> Step {
    let token = if token.is_empty() { String::new() } else { format!("&continue={token}") };
    step(&format!("GET {NAMESPACES}?limit=500{token}")).json(200, body)
}

/// Looks for these names one after another; which of them exist.
async fn taken(steps: impl IntoIterator<Item = Step>, names: &[&str]) -> Vec<String> {
    let script = Script::start_tls(steps).await;
    let session = script.session();
    let mut taken = Vec::new();
    for name in names {
        let place = ObjectPlace::cluster(*name);
        let found = session.find_before_create::<Namespace>(&place).await.expect("an answer");
        taken.extend(found.map(|object| object.place.name));
    }
    script.finish();
    taken
}

#[tokio::test]
async fn after_the_first_names_one_list_shows_which_are_free() {
    let there = step(&format!("GET {NAMESPACES}/d")).json(200, &object("d"));
    let one = [list("", &json!({"items": [object("d")]})), there];
    let names = ["a", "b", "c", "e", "d", "f", "g"];
    assert_eq!(taken(first_ones().into_iter().chain(one), &names).await, ["d"]);
}

#[tokio::test]
async fn a_long_list_is_not_read_to_its_end_for_few_names() {
    let page = list("", &json!({"items": [object("x")], "metadata": {"continue": "next"}}));
    let steps = first_ones().into_iter().chain([page, none("d"), none("e")]);
    assert_eq!(taken(steps, &["a", "b", "c", "d", "e"]).await, [""; 0]);
}

#[tokio::test]
async fn without_a_list_each_name_is_looked_for() {
    for list in [
        step(&format!("GET {NAMESPACES}?limit=500")).refusal(403, "Forbidden", None),
        step(&format!("GET {NAMESPACES}?limit=500")).json(418, &json!({})),
    ] {
        let steps = first_ones().into_iter().chain([list, none("d"), none("e")]);
        assert_eq!(taken(steps, &["a", "b", "c", "d", "e"]).await, [""; 0]);
    }
}
