//! Ephemeral resources: opened, renewed, and closed in every case, by the host or by the framework.

use serde_json::{Value as Json, json};
use tfplugin::{Value, testing::Opened};
use tfplugin_proto::tfplugin6::stop_provider;

use crate::support::{
    host::{Host, configured, errors, object, region, with},
    lease::{Lease, open_leases},
};

fn config(owner: &str, more: &Json) -> Value {
    let mut members = json!({"owner": owner});
    members.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    object::<Lease>(&members)
}

async fn open(host: &Host, owner: &str, more: Json) -> Opened {
    host.open::<Lease>(&config(owner, &more)).await
}

#[tokio::test]
async fn a_close_receives_what_the_open_set_whichever_bytes_the_host_kept() {
    let host = configured().await;
    for keeps_the_last in [false, true] {
        let opened = open(&host, "ada", json!({"labels": {"a": "b", "none": null}})).await;
        assert_eq!(opened.diagnostics, []);
        assert_eq!(
            opened.result.member("size"),
            object::<Lease>(&json!({"size": 3})).member("size"),
            "a default"
        );
        assert!(opened.renew_at.is_some());
        let first = host.renew::<Lease>(&opened).await;
        assert!(first.renew_at.is_some() && first.diagnostics.is_empty(), "{first:?}");
        let second = host.renew::<Lease>(&first).await;
        assert_eq!(
            (second.renew_at, second.diagnostics.len()),
            (None, 0),
            "a renewal remembers the one before"
        );
        assert_eq!(open_leases("ada").iter().map(|(_, renewals)| *renewals).collect::<Vec<_>>(), [2]);
        let kept = if keeps_the_last { &second } else { &opened };
        assert_eq!(host.close::<Lease>(kept).await, []);
        assert_eq!(open_leases("ada"), []);
    }
}

#[tokio::test]
async fn what_cannot_be_returned_is_closed_by_the_framework() {
    let host = configured().await;
    for (fault, expected) in [
        ("fail", ": No lease: Before anything was made."),
        ("fail_after_set", ": No lease: After it was made."),
        ("panic_after_set", ": Provider crashed: OpenEphemeralResource of test_lease ended in a panic"),
        ("differ", "owner: Provider opened what was not configured: owner is not as it is configured"),
        ("unknown", "name: "),
    ] {
        let opened = open(&host, "faulty", json!({ "fault": fault })).await;
        let found = errors(&opened.diagnostics);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{fault}: {found:?}");
        assert_eq!((&opened.result, opened.renew_at), (&Value::Null, None), "{fault}");
        assert_eq!(open_leases("faulty"), [], "{fault}");
    }
}

#[tokio::test]
async fn errors_of_renewal_and_close_reach_the_host() {
    let host = configured().await;
    for keeps_the_last in [false, true] {
        let opened = open(&host, "late", json!({"fault": "renew_fails"})).await;
        let renewed = host.renew::<Lease>(&opened).await;
        assert_eq!(errors(&renewed.diagnostics), [": Lease not renewed: It has ended."]);
        let kept = if keeps_the_last { &renewed } else { &opened };
        assert_eq!(host.close::<Lease>(kept).await, [], "it can be closed all the same");
        assert_eq!(open_leases("late"), []);
    }
    let opened = open(&host, "kept", json!({"fault": "close_fails"})).await;
    assert_eq!(errors(&host.close::<Lease>(&opened).await), [": Lease not closed: It is in use."]);
}

#[tokio::test]
async fn a_close_without_the_data_of_the_open_is_no_success() {
    let host = configured().await;
    let opened = open(&host, "lost", json!({})).await;
    for private in [vec![], b"{}".to_vec(), b"{\"number\":".to_vec()] {
        let broken = Opened { private, ..opened.clone() };
        let found = errors(&host.close::<Lease>(&broken).await);
        assert!(found[0].contains("Private data of an ephemeral resource is missing"), "{found:?}");
        let found = errors(&host.renew::<Lease>(&broken).await.diagnostics);
        assert!(found[0].contains("RenewEphemeralResource of test_lease"), "{found:?}");
    }
    assert_eq!(open_leases("lost").len(), 1);
    assert_eq!(host.close::<Lease>(&opened).await, []);
}

#[tokio::test]
async fn a_close_has_the_configuration_that_opened() {
    let host = configured().await;
    let opened = open(&host, "moved", json!({})).await;
    assert_eq!(host.configure(&region(Value::Unknown)).await, []);
    assert_eq!(host.close::<Lease>(&opened).await, []);
    assert_eq!(open_leases("moved"), []);
}

#[tokio::test]
async fn a_close_works_after_an_interrupt() {
    let host = configured().await;
    let opened = open(&host, "interrupted", json!({})).await;
    host.client().stop_provider(stop_provider::Request {}).await.expect("there is a response");
    assert_eq!(host.close::<Lease>(&opened).await, []);
    assert_eq!(open_leases("interrupted"), []);
}

#[tokio::test]
async fn a_configuration_is_checked_without_the_provider_s_own() {
    let host = Host::unconfigured();
    let found = async |config: Value| errors(&host.validate_ephemeral::<Lease>(&config).await);
    assert_eq!(found(config("nobody", &json!({}))).await, ["owner: Nobody owns nothing: Write a name."]);
    assert!(found(object::<Lease>(&json!({}))).await[0].starts_with("owner: Missing required argument"));
    let read_only = config("ada", &json!({"name": "mine"}));
    assert!(found(read_only).await[0].starts_with("name: Read-only attribute is set"));
    let mut unknown = config("ada", &json!({}));
    for name in ["owner", "fault", "size", "labels"] {
        unknown = with(unknown, name, Value::Unknown);
    }
    assert_eq!(found(unknown).await, [] as [String; 0]);
}

#[tokio::test]
async fn an_unknown_provider_configuration_is_an_error_that_names_it() {
    let host = Host::configured(&region(Value::Unknown)).await;
    let opened = open(&host, "early", json!({})).await;
    assert_eq!(errors(&opened.diagnostics), [": Region unknown: The region is known only after apply."]);
}
