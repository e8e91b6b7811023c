//! Write-only values: from the configuration to create and update, and nowhere else, at any depth.

use serde_json::{Value as Json, json};
use tfplugin::Value;

use crate::{
    lifecycle::{changed, least},
    support::{
        host::{Host, Stored, configured, errors, object},
        provider::Everything,
        sealed::Sealed,
    },
};

const SECRET: &str = "hunter2";

/// A secret at each place that can have one.
fn secrets() -> Json {
    let part = || json!({"kind": "wood", "secret": SECRET});
    changed(
        &least(),
        &json!({
            "password": SECRET, "main": part(), "parts": [{"kind": "iron"}, part()], "named": {"x": part()},
        }),
    )
}

#[track_caller]
fn expect_absent(value: &Value) {
    assert!(!format!("{value:?}").contains(SECRET), "{value:?}");
}

#[tokio::test]
async fn secrets_at_any_depth_reach_create_and_update_and_are_in_no_plan_and_no_state() {
    let host = configured().await;
    let config = object::<Everything>(&secrets());
    let planned = host.plan::<Everything>(&Stored::none(), &config).await;
    expect_absent(&planned.state);
    let created = host.bring_to::<Everything>(&Stored::none(), &config).await;
    let update = object::<Everything>(&changed(&secrets(), &json!({"name": "other"})));
    let updated = host.bring_to::<Everything>(&created, &update).await;
    for stored in [created, updated.clone()] {
        expect_absent(&stored.state);
        let length = |value: &Value| value.member("secret_length").clone();
        let parts = stored.state.member("parts");
        let Value::Known(tfplugin::value::Data::Sequence(parts)) = parts else { panic!("{parts:?}") };
        let expected = object::<Everything>(&json!({"password_length": 7})).member("password_length").clone();
        assert_eq!(stored.state.member("password_length"), &expected);
        assert_eq!(length(stored.state.member("main")), expected);
        assert_eq!(length(stored.state.member("named").member("x")), expected);
        assert_eq!([length(&parts[0]), length(&parts[1])], [Value::Null, expected]);
    }
    host.destroy::<Everything>(&updated).await;
}

/// A null in the state is no fault of a value that is required.
#[tokio::test]
async fn a_required_secret_is_read_changed_by_its_version_and_deleted() {
    let host = configured().await;
    let sealed =
        |secret: Option<&str>, version: i64| object::<Sealed>(&json!({"secret": secret, "version": version}));
    let missing = errors(&host.validate::<Sealed>(&sealed(None, 1)).await);
    assert!(missing[0].starts_with("secret: Missing required argument"), "{missing:?}");
    let created = host.bring_to::<Sealed>(&Stored::none(), &sealed(Some(SECRET), 1)).await;
    assert_eq!(created.state, object::<Sealed>(&json!({"version": 1, "length": 7})));
    // Nothing shows that it differs.
    host.expect_no_change::<Sealed>(&created, &sealed(Some("another"), 1)).await;
    let updated = host.bring_to::<Sealed>(&created, &sealed(Some("longer than that"), 2)).await;
    assert_eq!(updated.state, object::<Sealed>(&json!({"version": 2, "length": 16})));
    host.destroy::<Sealed>(&updated).await;
}

#[tokio::test]
async fn a_host_without_write_only_arguments_gets_an_error_at_each_place() {
    let host = Host::unconfigured().without_write_only();
    let found = errors(&host.validate::<Everything>(&object::<Everything>(&secrets())).await);
    let places: Vec<_> =
        found.iter().map(|error| error.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect();
    let expected = ["main.secret", "named[\"x\"].secret", "parts[1].secret", "password"]
        .map(|place| format!("{place}: Write-only argument cannot be used"));
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    assert!(!format!("{found:?}").contains(SECRET));
}
