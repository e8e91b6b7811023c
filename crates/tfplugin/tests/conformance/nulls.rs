//! Null and unknown values inside collections: absent keys of maps, errors elsewhere, and objects that are unknown as a whole.

use serde_json::{Value as Json, json};
use tfplugin::{Value, value::Data};

use crate::{
    lifecycle::{changed, full, least},
    support::{
        host::{Host, Stored, configured, errors, object, with},
        provider::{Everything, Join},
    },
};

async fn check(change: &Json, expected: &[&str]) {
    let config = object::<Everything>(&changed(&full(), change));
    let found = errors(&Host::unconfigured().validate::<Everything>(&config).await);
    let places: Vec<_> = found.iter().map(|error| error.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(places, expected, "{found:?}");
    assert!(
        found.iter().all(|error| error.contains("Null element in ") && error.contains("Remove it")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_null_element_is_an_error_at_its_place() {
    check(&json!({"steps": ["a", null, "b", null]}), &["steps[1]", "steps[3]"]).await;
    check(&json!({"tags": ["a", null]}), &["tags"]).await;
    check(&json!({"parts": [{"kind": "iron"}, null]}), &["parts[1]"]).await;
    check(&json!({"named": {"x": null}}), &["named[\"x\"]"]).await;
    check(&json!({"ports": [null]}), &["ports"]).await;
    check(&json!({"disk": [{"number": 1, "users": ["a", null]}]}), &["disk[0].users[1]"]).await;
    check(&json!({"ports": [{"number": 1, "users": [null]}]}), &["ports"]).await;
    check(&json!({"labels": {"a": null}}), &[]).await;
}

#[tokio::test]
async fn an_element_that_becomes_null_in_the_apply_is_refused_before_anything_is_made() {
    let host = configured().await;
    let null = object::<Everything>(&changed(&least(), &json!({"steps": ["a", null]})));
    let open = sequence(vec![Value::string("a"), Value::Unknown]);
    let planned = host.plan::<Everything>(&Stored::none(), &with(null.clone(), "steps", open)).await;
    assert_eq!(errors(&planned.diagnostics), [] as [String; 0]);
    let applied = host.apply::<Everything>(&Stored::none(), &planned, &null).await;
    assert_eq!(applied.stored.state, Value::Null, "nothing was made");
    let found = errors(&applied.diagnostics);
    assert!(found.len() == 1 && found[0].starts_with("steps[1]: Null element in steps"), "{found:?}");
}

#[tokio::test]
async fn a_null_value_of_a_map_is_an_absent_key_whose_spelling_stays() {
    let host = configured().await;
    let config = |labels: &Json| object::<Everything>(&changed(&full(), &json!({"labels": labels})));
    let with_null = config(&json!({"k": "v", "l": null}));
    let stored = host.bring_to::<Everything>(&Stored::none(), &with_null).await;
    assert_eq!(stored.state.member("labels").member("l"), &Value::Null);
    // The store has what the author's code received.
    let id = stored.state.member("id").as_str().expect("it has an id").to_owned();
    let imported = host.import::<Everything>(&id).await.expect("it exists");
    assert_eq!(imported.state.member("labels"), config(&json!({"k": "v"})).member("labels"));
    // Without the key, or with a null, is no difference in either direction.
    host.expect_no_change::<Everything>(&stored, &config(&json!({"k": "v"}))).await;
    let bare = host.bring_to::<Everything>(&Stored::none(), &config(&json!({"k": "v"}))).await;
    host.expect_no_change::<Everything>(&bare, &config(&json!({"k": "v", "m": null}))).await;
    // A change beside it keeps it, and a rule for elements reports the right key.
    host.bring_to::<Everything>(&stored, &config(&json!({"k": "w", "l": null, "m": "x"}))).await;
    host.bring_to::<Everything>(&stored, &config(&json!({"l": null}))).await;
    let long = json!({"a": null, "b": "far too long a word"});
    let found = errors(&host.validate::<Everything>(&config(&long)).await);
    assert!(found.len() == 1 && found[0].starts_with("labels[\"b\"]: Invalid value"), "{found:?}");
}

#[tokio::test]
async fn a_null_value_beside_one_that_is_unknown_is_planned_and_applied() {
    let host = configured().await;
    let known = object::<Everything>(&changed(&full(), &json!({"labels": {"k": "v", "l": null}})));
    let labels = Value::mapping([("k", Value::Unknown), ("l", Value::Null)]);
    let planned =
        host.plan::<Everything>(&Stored::none(), &with(known.clone(), "labels", labels.clone())).await;
    assert_eq!(planned.state.member("labels"), &labels);
    let applied = host
        .apply::<Everything>(&Stored::none(), &host.plan::<Everything>(&Stored::none(), &known).await, &known)
        .await;
    assert_eq!(errors(&applied.diagnostics), [] as [String; 0]);
}

#[tokio::test]
async fn an_argument_of_a_function_has_no_null_elements() {
    let host = Host::unconfigured();
    let words = sequence(vec![Value::string("a"), Value::Null]);
    let refused = host.call::<Join>(&[words, Value::Null]).await.expect_err("an element is null");
    assert!(refused.contains("\"words\" has an element that is null"), "{refused}");
}

/// A list or set of objects in which one is unknown as a whole, at every position and with a prior state.
#[tokio::test]
async fn an_object_that_is_unknown_as_a_whole_is_planned_and_becomes_known() {
    let host = configured().await;
    let known = object::<Everything>(&full());
    let stored = host.bring_to::<Everything>(&Stored::none(), &known).await;
    for name in ["main", "parts", "named", "ports"] {
        for open in opened(known.member(name)) {
            let config = with(known.clone(), name, open.clone());
            assert_eq!(errors(&host.validate::<Everything>(&config).await), [] as [String; 0], "{open:?}");
            for prior in [&Stored::none(), &stored] {
                let planned = host.plan::<Everything>(prior, &config).await;
                assert_eq!(errors(&planned.diagnostics), [] as [String; 0], "{open:?}");
                let again = host.plan_again::<Everything>(prior, &known, planned.private).await;
                assert_eq!(errors(&again.diagnostics), [] as [String; 0], "{open:?}");
            }
        }
    }
}

/// The value with each of its elements unknown in turn, and unknown itself.
fn opened(value: &Value) -> Vec<Value> {
    let mut all = vec![Value::Unknown];
    match value {
        Value::Known(Data::Sequence(elements)) => all.extend((0..elements.len()).map(|index| {
            let mut elements = elements.clone();
            elements[index] = Value::Unknown;
            sequence(elements)
        })),
        // A map, not an object.
        Value::Known(Data::Mapping(members)) if !members.contains_key("kind") => {
            all.extend(members.keys().map(|key| with(value.clone(), key, Value::Unknown)));
        }
        _ => {}
    }
    all
}

fn sequence(elements: Vec<Value>) -> Value {
    Value::Known(Data::Sequence(elements))
}
