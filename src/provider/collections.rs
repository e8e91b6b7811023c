//! Null and unknown values inside collections, in everything that the provider offers.

use serde_json::json;
use tfplugin::{
    Schema, Value,
    schema::{AttributeSchema, Nesting, Presence, Shape},
    testing::{Host, Stored, errors, object, with},
    value::{Data, Type},
};

use super::{Cks, completed::completed};
use crate::resources::rbac_role::RbacRole;

fn sequence(elements: Vec<Value>) -> Value {
    Value::Known(Data::Sequence(elements))
}

/// Every list and set that a configuration can set, each as a configuration in which it has a null element, with its place.
fn with_null_elements(attributes: &[AttributeSchema]) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.presence != Presence::Computed) {
        let name = attribute.name;
        let null = || sequence(vec![Value::Null]);
        let set = |value: Value| Value::mapping([(name, value)]);
        match &attribute.shape {
            Shape::Type(Type::List(_)) => found.push((format!("{name}[0]"), set(null()))),
            Shape::Type(Type::Set(_)) => found.push((name.to_owned(), set(null()))),
            Shape::Type(_) => {}
            Shape::Nested { nesting, attributes } => {
                let inner = with_null_elements(attributes).into_iter();
                match nesting {
                    Nesting::Single => {
                        found.extend(inner.map(|(path, value)| (format!("{name}.{path}"), set(value))));
                    }
                    Nesting::List => {
                        found.push((format!("{name}[0]"), set(null())));
                        found.extend(
                            inner.map(|(path, value)| {
                                (format!("{name}[0].{path}"), set(sequence(vec![value])))
                            }),
                        );
                    }
                    Nesting::Set | Nesting::Map => panic!("{name}: no attribute is of this kind yet"),
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn a_null_element_is_refused_at_its_place_in_every_attribute_of_every_type() {
    let host = Host::<Cks>::unconfigured();
    let all = Host::<Cks>::configurable();
    assert_eq!(all.len(), 26, "everything that has a configuration, without functions");
    for of in all {
        for (place, value) in with_null_elements(&of.block.attributes) {
            let found = errors(&host.validate_any(&of, &completed(&of.block.value_type(), &value)).await);
            let is_found = |error: &String| error.starts_with(&format!("{place}: Null element in "));
            assert!(found.iter().any(is_found), "{}: {place}: {found:?}", of.name);
        }
    }
    for (place, value) in with_null_elements(&Cks::block().attributes) {
        let config = completed(&Cks::block().value_type(), &value);
        let found = errors(&host.validate_provider(&config).await);
        let is_found = |error: &String| error.starts_with(&format!("{place}: Null element in "));
        assert!(found.iter().any(is_found), "{place}: {found:?}");
    }
}

#[tokio::test]
async fn an_entry_of_the_provider_block_that_is_null_is_no_unknown_one() {
    let host = Host::<Cks>::unconfigured();
    let config = object::<Cks>(&json!({"kubernetes": [null]}));
    let found = errors(&host.validate_provider(&config).await);
    assert!(
        found.len() == 1 && found[0].starts_with("kubernetes[0]: Null element in kubernetes"),
        "{found:?}"
    );
    let open = with(config, "kubernetes", sequence(vec![Value::Unknown]));
    assert_eq!(errors(&host.validate_provider(&open).await), [""; 0]);
}

#[tokio::test]
async fn a_null_verb_is_refused_also_when_it_becomes_null_in_the_apply() {
    let host = Host::<Cks>::unconfigured();
    let role = |verbs: serde_json::Value| {
        object::<RbacRole>(&json!({
            "cluster_id": "81540112-93fc-4d39-af10-fe6c2f4b8824", "name": "reader",
            "rules": [{"verbs": verbs, "api_groups": [""], "resources": ["pods"]}],
        }))
    };
    let null = role(json!(["get", null]));
    let found = errors(&host.validate::<RbacRole>(&null).await);
    let expected = "rules[0].verbs[1]: Null element in verbs: ";
    assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    let planned = host.plan::<RbacRole>(&Stored::none(), &role(json!(["get"]))).await;
    let applied = host.apply::<RbacRole>(&Stored::none(), &planned, &null).await;
    let found = errors(&applied.diagnostics);
    assert!(found.len() == 1 && found[0].starts_with(expected), "before any request: {found:?}");
}

#[tokio::test]
async fn a_rule_of_an_existing_role_may_be_unknown_as_a_whole() {
    let host = Host::<Cks>::unconfigured();
    let rule = json!({"verbs": ["get"], "api_groups": [""], "resources": ["pods"]});
    let id = "81540112-93fc-4d39-af10-fe6c2f4b8824";
    let known = object::<RbacRole>(&json!({"cluster_id": id, "name": "reader", "rules": [rule, rule]}));
    let state = json!({
        "id": format!("{id}/reader"), "uid": "u", "kind": "ClusterRole",
        "cluster_id": id, "name": "reader", "rules": [rule, rule],
    });
    let stored = Stored::new(object::<RbacRole>(&state), vec![]);
    let Value::Known(Data::Sequence(rules)) = known.member("rules").clone() else { panic!("a list") };
    for open in [
        sequence(vec![Value::Unknown]),
        sequence(vec![rules[0].clone(), Value::Unknown]),
        sequence(vec![Value::Unknown, rules[1].clone(), Value::Unknown]),
        Value::Unknown,
    ] {
        for prior in [&Stored::none(), &stored] {
            let planned = host.plan::<RbacRole>(prior, &with(known.clone(), "rules", open.clone())).await;
            assert_eq!(errors(&planned.diagnostics), [""; 0], "{open:?}");
        }
    }
}
