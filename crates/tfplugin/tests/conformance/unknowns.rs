//! Values that are known only after apply, at any place: they cause no diagnostic, and the plan continues.

use serde_json::json;
use tfplugin::{Schema, Value};

use crate::{
    lifecycle::{changed, full, least},
    support::{
        host::{Host, Stored, configured, errors, object, region, warnings, with},
        provider::{Echo, Everything},
    },
};

/// Every attribute that a configuration may set.
pub(crate) fn settable() -> Vec<&'static str> {
    let block = Everything::block();
    let attributes = block
        .attributes
        .iter()
        .filter(|attribute| attribute.presence != tfplugin::schema::Presence::Computed);
    attributes.map(|attribute| attribute.name).chain(["disk"]).collect()
}

#[tokio::test]
async fn each_attribute_may_be_unknown_in_turn() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    for name in settable() {
        let config = with(object::<Everything>(&full()), name, Value::Unknown);
        assert_eq!(
            errors(&Host::unconfigured().validate::<Everything>(&config).await),
            [] as [String; 0],
            "{name}"
        );
        for prior in [&Stored::none(), &stored] {
            let planned = host.plan::<Everything>(prior, &config).await;
            assert_eq!(errors(&planned.diagnostics), [] as [String; 0], "{name}");
            if name != "password" {
                assert_eq!(planned.state.member(name), &Value::Unknown, "{name}");
            }
        }
        let planned = host.plan::<Everything>(&stored, &config).await;
        assert_eq!(planned.replace, [], "{name}: it may turn out to be the same");
    }
}

#[tokio::test]
async fn everything_may_be_unknown_at_once_and_known_later() {
    let host = configured().await;
    let mut config = object::<Everything>(&full());
    for name in settable() {
        config = with(config, name, Value::Unknown);
    }
    assert_eq!(errors(&host.validate::<Everything>(&config).await), [] as [String; 0]);
    let planned = host.plan::<Everything>(&Stored::none(), &config).await;
    let known = object::<Everything>(&full());
    let planned_again = host.plan::<Everything>(&Stored::none(), &known).await;
    let found = tfplugin::testing::core_rules::result_errors(
        &Everything::block(),
        &planned.state,
        &planned_again.state,
    );
    assert_eq!(found, ["has unknown values"], "what was known stays as it was");
}

#[tokio::test]
async fn an_unknown_provider_configuration_changes_no_plan_and_no_state() {
    let host = configured().await;
    let stored = host.bring_to::<Everything>(&Stored::none(), &object::<Everything>(&full())).await;
    assert_eq!(host.configure(&region(Value::Unknown)).await, []);
    assert_eq!(host.validate_provider(&region(Value::Unknown)).await, []);

    let planned = host.plan::<Everything>(&Stored::none(), &object::<Everything>(&least())).await;
    assert_eq!((planned.state.member("comment"), planned.diagnostics.len()), (&Value::Unknown, 0));
    let config = object::<Everything>(&changed(&full(), &json!({"name": "other"})));
    let planned = host.plan::<Everything>(&stored, &config).await;
    assert_eq!(planned.state.member("id"), stored.state.member("id"), "what the hook knew before stays");

    let first = host.read::<Everything>(&stored).await;
    let second = host.read::<Everything>(&stored).await;
    assert_eq!((&first.stored, &second.stored), (&stored, &stored));
    assert_eq!((warnings(&first.diagnostics).len(), second.diagnostics.len()), (1, 0), "it warns once");
    assert_eq!(errors(&first.diagnostics), [] as [String; 0]);

    let response = host.read_data_source::<Echo>(&object::<Echo>(&json!({"input": "x"}))).await;
    assert!(
        errors(&response.diagnostics)[0].contains("Region unknown"),
        "a data source has to report why it cannot be read"
    );

    assert_eq!(host.configure(&region(Value::string("moon"))).await, [], "the last configuration holds");
    let planned = host.plan::<Everything>(&Stored::none(), &object::<Everything>(&least())).await;
    assert_eq!(planned.state.member("comment"), &Value::string("made at moon"));
}

#[tokio::test]
async fn a_data_source_returns_its_input() {
    let host = configured().await;
    let config = object::<Echo>(&json!({"input": "x"}));
    assert_eq!(host.validate_data_source::<Echo>(&config).await, []);
    let response = host.read_data_source::<Echo>(&config).await;
    assert_eq!(response.diagnostics, []);
    assert_eq!(response.stored.state, object::<Echo>(&json!({"input": "x", "output": "x from home"})));
}
