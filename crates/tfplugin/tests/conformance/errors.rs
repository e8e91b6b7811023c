//! Failures: the state keeps every object, messages contain no secrets, and the process continues.

use serde_json::{Value as Json, json};
use tfplugin::{Value, testing::encode};
use tfplugin_proto::tfplugin6::{DynamicValue, import_resource_state, read_data_source, read_resource};

use crate::support::{
    host::{Applied, Host, Stored, configured, errors, errors_of, object, region},
    provider::{Echo, Faulty},
    wearing::Wearing,
};

async fn create(fault: &str) -> Applied {
    let host = configured().await;
    let config = object::<Faulty>(&json!({"fault": fault, "comment": "mine", "secret": "hunter2"}));
    let planned = host.plan::<Faulty>(&Stored::none(), &config).await;
    host.apply::<Faulty>(&Stored::none(), &planned, &config).await
}

async fn update(fault: &str) -> (Stored, Applied) {
    let host = configured().await;
    let prior = Stored::new(faulty("none", "old"), br#"{"a":1}"#.to_vec());
    let config = object::<Faulty>(&json!({"fault": fault, "comment": "new"}));
    let planned = host.plan::<Faulty>(&prior, &config).await;
    let applied = host.apply::<Faulty>(&prior, &planned, &config).await;
    (prior, applied)
}

fn faulty(fault: &str, comment: &str) -> Value {
    object::<Faulty>(&json!({"id": "i", "fault": fault, "comment": comment}))
}

fn partly_created(fault: &str) -> Value {
    object::<Faulty>(&json!({"fault": fault, "comment": "mine", "secret": "hunter2"}))
}

#[tokio::test]
async fn a_create_that_fails_before_anything_exists_leaves_nothing() {
    let applied = create("fail").await;
    assert_eq!(applied.stored, Stored::none(), "what it set in private state belongs to nothing");
    assert_eq!(errors(&applied.diagnostics), [": It failed: Before anything was made."]);
}

#[tokio::test]
async fn a_create_that_fails_later_leaves_what_was_recorded() {
    let applied = create("fail_after_record").await;
    assert_eq!(applied.stored.state, partly_created("fail_after_record"), "the unknown id is null");
    assert_eq!(applied.stored.private, br#"{"half":"made"}"#);
    assert_eq!(errors(&applied.diagnostics).len(), 1);
}

#[tokio::test]
async fn a_panic_becomes_a_diagnostic_and_recorded_state_is_kept() {
    for (fault, left) in
        [("panic", Value::Null), ("panic_after_record", partly_created("panic_after_record"))]
    {
        let applied = create(fault).await;
        assert_eq!(applied.stored.state, left);
        let [message] = errors(&applied.diagnostics).try_into().expect("one error");
        assert!(
            message.contains("ApplyResourceChange of test_faulty ended in a panic (request "),
            "{message}"
        );
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[tokio::test]
async fn an_update_that_fails_keeps_the_prior_state_and_its_private_state() {
    for fault in ["fail", "panic"] {
        let (prior, applied) = update(fault).await;
        assert_eq!(applied.stored, prior, "{fault}");
        assert_eq!(errors(&applied.diagnostics).len(), 1);
    }
    let (_, applied) = update("fail_after_record").await;
    assert_eq!(applied.stored.private, br#"{"a":1,"half":"made"}"#, "it goes with what was recorded");
    let Json::String(comment) = json!("new") else { unreachable!("it is a string") };
    assert_eq!(
        applied.stored.state.member("comment"),
        &Value::string(comment),
        "it was recorded that this is so now"
    );
}

#[tokio::test]
async fn a_delete_that_fails_keeps_the_state_and_its_private_state() {
    let host = configured().await;
    let prior = Stored::new(faulty("delete_fails", "old"), br#"{"a":1}"#.to_vec());
    let planned = host.plan::<Faulty>(&prior, &Value::Null).await;
    let applied = host.apply::<Faulty>(&prior, &planned, &Value::Null).await;
    assert_eq!(applied.stored, prior);
    assert_eq!(errors(&applied.diagnostics), [": Not deleted: It is in use."]);
}

#[tokio::test]
async fn a_result_other_than_planned_is_named_and_kept() {
    let applied = create("differ").await;
    let found = errors(&applied.diagnostics);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with(
        "comment: Provider made something else than planned: comment: planned was \"mine\", but it is \"another\"."
    ));
    assert!(
        found[1].starts_with("secret: Provider made something else than planned: ")
            && !found[1].contains("hunter")
    );
    assert!(
        found.iter().all(|message| message.contains("bug in the provider") && message.contains("exists"))
    );
    assert_eq!(applied.stored.state.member("comment"), &Value::string("another"));
}

#[tokio::test]
async fn a_value_left_unknown_is_named_and_null() {
    let applied = create("unknown").await;
    assert!(errors(&applied.diagnostics)[0].starts_with("id: Provider left a value unknown: "));
    assert_eq!(applied.stored.state.member("id"), &Value::Null);
}

#[tokio::test]
async fn values_unknown_at_plan_are_checked_before_the_create() {
    let host = configured().await;
    let config = json!({"zone": "z", "name": "far too long a name"});
    let config = object::<crate::support::provider::Everything>(&config);
    let planned = host.plan::<crate::support::provider::Everything>(&Stored::none(), &config).await;
    let applied =
        host.apply::<crate::support::provider::Everything>(&Stored::none(), &planned, &config).await;
    assert_eq!(applied.stored.state, Value::Null);
    assert!(errors(&applied.diagnostics)[0].starts_with("name: Invalid value for name"));
}

#[tokio::test]
async fn a_refresh_that_panics_is_a_diagnostic_without_secrets() {
    let host = configured().await;
    let read = host.read::<Faulty>(&Stored::new(faulty("read_panics", "n"), vec![])).await;
    let found = errors(&read.diagnostics);
    assert!(found[0].contains("ReadResource of test_faulty") && !found[0].contains("hunter2"), "{found:?}");
    assert_eq!(read.stored.state, faulty("read_panics", "n"), "a failed refresh keeps the state");
    let import = host.import::<Faulty>("i").await.expect_err("it panics");
    assert!(import[0].contains("ImportResourceState"));
    let response = host.read_data_source::<Echo>(&object::<Echo>(&json!({"input": "panic"}))).await;
    assert!(errors(&response.diagnostics)[0].contains("ReadDataSource of test_echo"));
}

#[tokio::test]
async fn the_warnings_before_a_failure_are_shown() {
    fn expect_both(found: &[tfplugin_proto::tfplugin6::Diagnostic]) {
        let summaries: Vec<_> = found.iter().map(|it| it.summary.as_str()).collect();
        assert_eq!(summaries, ["It is upgraded", "No answer"]);
    }
    let host = configured().await;
    let stored = Stored::new(faulty("read_fails", "n"), vec![]);
    let request = read_resource::Request {
        type_name: "test_faulty".to_owned(),
        current_state: Some(encode::<Faulty>(&stored.state)),
        ..Default::default()
    };
    expect_both(&host.client().read_resource(request).await.expect("a response").into_inner().diagnostics);
    let request = read_data_source::Request {
        type_name: "test_echo".to_owned(),
        config: Some(encode::<Echo>(&object::<Echo>(&json!({"input": "fail"})))),
        ..Default::default()
    };
    expect_both(&host.client().read_data_source(request).await.expect("a response").into_inner().diagnostics);
    let request = import_resource_state::Request {
        type_name: "test_faulty".to_owned(),
        id: "read_fails".to_owned(),
        ..Default::default()
    };
    let response = host.client().import_resource_state(request).await.expect("a response").into_inner();
    expect_both(&response.diagnostics);
}

#[tokio::test]
async fn calls_before_configure_are_rejected_with_the_cause() {
    let host = Host::unconfigured();
    let read = host.read::<Faulty>(&Stored::new(faulty("none", "n"), vec![])).await;
    assert!(errors(&read.diagnostics)[0].contains("Provider is not configured"));
    assert_eq!(
        errors(&host.configure(&region(Value::string("broken"))).await),
        ["region: Region is broken: Write \"home\"."]
    );
    let read = host.read::<Faulty>(&Stored::new(faulty("none", "n"), vec![])).await;
    assert_eq!(errors(&read.diagnostics), ["region: Region is broken: Write \"home\"."]);
}

#[tokio::test]
async fn unknown_types_and_invalid_bytes_are_diagnostics() {
    let host = configured().await;
    let mut client = host.client();
    let request = read_resource::Request { type_name: "test_nothing".to_owned(), ..Default::default() };
    let response = client.read_resource(request).await.expect("there is a response").into_inner();
    assert!(
        errors_of(response.diagnostics)[0]
            .contains("Unknown resource: This version of the provider has no resource \"test_nothing\".")
    );
    for bytes in [vec![0xc1], vec![0x93, 1], vec![0x81, 0xa1, b'x', 0xc0], vec![0xff; 3]] {
        let current_state = Some(DynamicValue { msgpack: bytes, json: vec![] });
        let request = read_resource::Request {
            type_name: "test_faulty".to_owned(),
            current_state,
            ..Default::default()
        };
        let response = client.read_resource(request).await.expect("there is a response").into_inner();
        assert!(errors_of(response.diagnostics)[0].contains("Value from Terraform cannot be read"));
    }
    let moved = host.move_from::<Faulty>(("registry.terraform.io/acme/other", "other_thing"), 0, "{}").await;
    assert!(moved.expect_err("it has no moves")[0].contains("A other_thing cannot become a test_faulty"));
    let import = host.import::<Wearing>("i").await.expect_err("it has no import");
    assert!(import[0].contains("test_wearing cannot be imported"), "{import:?}");
    let request = import_resource_state::Request {
        type_name: "test_faulty".to_owned(),
        identity: Some(tfplugin_proto::tfplugin6::ResourceIdentityData::default()),
        ..Default::default()
    };
    let response = client.import_resource_state(request).await.expect("there is a response").into_inner();
    assert!(errors_of(response.diagnostics)[0].contains("imported by its id"));
}
