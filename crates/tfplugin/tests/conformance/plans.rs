//! Plans: what is rejected, and what is only a warning.

use serde_json::{Value as Json, json};
use tfplugin::Value;

use crate::{
    lifecycle::{changed, full, least},
    support::{
        host::{Host, Stored, configured, errors, object, region, warnings, with},
        provider::{Everything, Faulty},
        wearing::Wearing,
    },
};

async fn check(host: &Host, change: Json, expected: &[&str]) {
    let config = object::<Everything>(&changed(&full(), &change));
    let found = errors(&host.validate::<Everything>(&config).await);
    assert_eq!(found.len(), expected.len(), "{change}: {found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{change}: {found:?} does not begin with {expected:?}");
    }
}

#[tokio::test]
async fn a_configuration_is_validated_at_every_place() {
    let host = Host::unconfigured();
    check(&host, json!({}), &[]).await;
    check(&host, json!({"name": null}), &["name: Missing required argument"]).await;
    check(&host, json!({"name": "far too long a name"}), &["name: Invalid value for name: It is longer"])
        .await;
    check(&host, json!({"id": "mine"}), &["id: Read-only attribute is set"]).await;
    check(&host, json!({"main": {"kind": null}}), &["main.kind: Missing required argument"]).await;
    check(&host, json!({"main": {"kind": "k", "serial": "s"}}), &["main.serial: Read-only attribute is set"])
        .await;
    check(&host, json!({"parts": [{"kind": "k"}, {"mark": "m"}]}), &["parts[1].kind: Missing"]).await;
    check(&host, json!({"named": {"x": {}}}), &["named[\"x\"].kind: Missing"]).await;
    check(
        &host,
        json!({"ports": [{"purpose": "p"}]}),
        &["ports: Missing required argument: The argument \"number\""],
    )
    .await;
    check(&host, json!({"disk": [{"purpose": "p"}]}), &["disk[0].number: Missing"]).await;
    let long = "far too long a word";
    check(
        &host,
        json!({"steps": ["a", long, long]}),
        &["steps[1]: Invalid value for steps: It is longer", "steps[2]: Invalid value for steps"],
    )
    .await;
    check(&host, json!({"labels": {"a": long, "b": "b"}}), &["labels[\"a\"]: Invalid value for labels"])
        .await;
    check(&host, json!({"tags": [long, "a"]}), &["tags: Invalid value for tags"]).await;
    check(
        &host,
        json!({"ports": [{"number": 1, "users": [long]}]}),
        &["ports: Invalid value for users: It is longer"],
    )
    .await;
    check(
        &host,
        json!({"disk": [{"number": 1, "users": ["a", long]}]}),
        &["disk[0].users[1]: Invalid value"],
    )
    .await;
    check(&host, json!({"timeouts": {"update": "30d"}}), &["timeouts.update: Invalid value for update"])
        .await;
    check(&host, json!({"name": "z1"}), &["name: Name is the zone's"]).await;
    check(
        &host,
        json!({"name": null, "id": "mine", "zone": null}),
        &["id: Read-only", "zone: Missing", "name: Missing"],
    )
    .await;
}

#[tokio::test]
async fn the_secret_is_not_sent_to_a_host_without_write_only_arguments() {
    let host = Host::unconfigured().without_write_only();
    check(&host, json!({}), &["password: Write-only argument cannot be used"]).await;
    check(&host, json!({"password": null}), &[]).await;
}

#[tokio::test]
async fn the_plan_hook_warns_of_changes_only() {
    let host = configured().await;
    let config = object::<Everything>(&least());
    let planned = host.plan::<Everything>(&Stored::none(), &config).await;
    assert_eq!(warnings(&planned.diagnostics), [": Something changes: This is only a test."]);
    assert_eq!(planned.state.member("comment"), &Value::string("made at home"));
    assert_eq!(planned.state.member("id"), &Value::Unknown);
    let stored = host.bring_to::<Everything>(&Stored::none(), &config).await;
    host.expect_no_change::<Everything>(&stored, &config).await;
}

#[tokio::test]
async fn computed_values_deep_inside_are_unknown_only_when_something_changes() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    let config = object::<Everything>(&changed(&full(), &json!({"name": "other"})));
    let planned = host.plan::<Everything>(&stored, &config).await.state;
    assert_eq!(planned.member("main").member("serial"), &Value::Unknown);
    assert_eq!(planned.member("named").member("y").member("mark"), &Value::Unknown);
    assert_eq!(planned.member("named").member("y").member("kind"), &Value::string("iron"));
    assert_eq!(planned.member("size"), stored.state.member("size"), "a default is no secret");
}

#[tokio::test]
async fn a_plan_hook_that_breaks_the_rules_is_named() {
    let host = configured().await;
    let plan = |fault: &str| {
        let (host, config) = (host.clone(), object::<Faulty>(&json!({"fault": fault, "comment": "mine"})));
        async move { host.plan::<Faulty>(&Stored::none(), &config).await }
    };
    let differs = errors(&plan("plan_differs").await.diagnostics);
    assert!(differs[0].starts_with(
        "comment: Provider planned what was not configured: comment is planned other than configured."
    ));
    assert!(differs[0].contains("bug in the provider"));
    let panics = errors(&plan("plan_panics").await.diagnostics);
    assert!(panics[0].contains("PlanResourceChange of test_faulty ended in a panic (request "), "{panics:?}");

    let prior = Stored::new(object::<Faulty>(&json!({"id": "i", "fault": "none"})), vec![]);
    let config = object::<Faulty>(&json!({"fault": "plan_unknown_attribute"}));
    let unknown = errors(&host.plan::<Faulty>(&prior, &config).await.diagnostics);
    assert!(unknown[0].contains("There is no attribute nothing."), "{unknown:?}");
}

#[tokio::test]
async fn an_expired_object_is_renewed_without_a_change_of_its_configuration() {
    let host = configured().await;
    let config = object::<Wearing>(&json!({"reads": 1}));
    let first = host.plan::<Wearing>(&Stored::none(), &config).await;
    let stored = host.apply::<Wearing>(&Stored::none(), &first, &config).await.stored;
    host.expect_no_change::<Wearing>(&stored, &config).await;
    let stored = host.read::<Wearing>(&stored).await.stored;
    host.expect_no_change::<Wearing>(&stored, &config).await;

    let worn = host.read::<Wearing>(&stored).await.stored;
    let planned = host.plan::<Wearing>(&worn, &config).await;
    assert_eq!(warnings(&planned.diagnostics), [": Worn out: It will be renewed."]);
    assert_eq!(planned.state, with(worn.state.clone(), "part", Value::Unknown), "nothing else changes");
    assert_eq!(planned, host.plan::<Wearing>(&worn, &config).await, "plans must not differ from each other");
    let renewed = host.apply::<Wearing>(&worn, &planned, &config).await.stored;
    assert_ne!(renewed.state.member("part"), stored.state.member("part"));
    host.expect_no_change::<Wearing>(&renewed, &config).await;

    // A plan cannot decide that before the provider is configured, or while its configuration is unknown.
    Host::unconfigured().expect_no_change::<Wearing>(&worn, &config).await;
    assert_eq!(host.configure(&region(Value::Unknown)).await, []);
    host.expect_no_change::<Wearing>(&worn, &config).await;
}

#[tokio::test]
async fn a_destroy_plan_can_warn_or_fail() {
    let host = configured().await;
    let plan_end = |fault: &str| {
        let state = object::<Faulty>(&json!({"id": "i", "fault": fault}));
        let prior = Stored::new(state, b"{\"kept\":1}".to_vec());
        let host = host.clone();
        async move { host.plan::<Faulty>(&prior, &Value::Null).await }
    };
    let silent = plan_end("none").await;
    assert_eq!((silent.state, silent.diagnostics), (Value::Null, vec![]));
    let warned = plan_end("destroy_plan_warns").await;
    assert_eq!(warnings(&warned.diagnostics), [": It ends: This is only a test."]);
    assert_eq!(
        (warned.state, warned.private),
        (Value::Null, b"{\"kept\":1}".to_vec()),
        "the delete needs the private state"
    );
    let planned = plan_end("destroy_plan_fails").await;
    assert_eq!(errors(&planned.diagnostics), [": Not yet: It is needed."]);
    assert_eq!(warnings(&planned.diagnostics).len(), 1, "a warning before the error is not lost");
}

#[tokio::test]
async fn a_second_plan_gets_the_planned_private_state_of_the_first_if_the_host_keeps_it() {
    let host = configured().await;
    let config = object::<Faulty>(&json!({"fault": "remembers"}));
    let first = host.plan::<Faulty>(&Stored::none(), &config).await;
    assert_eq!(warnings(&first.diagnostics), [] as [String; 0]);
    let again = host.plan_again::<Faulty>(&Stored::none(), &config, first.private).await;
    assert_eq!(warnings(&again.diagnostics), [": Planned before: the first"]);
}
