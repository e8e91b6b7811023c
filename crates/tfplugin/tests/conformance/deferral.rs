//! What waits for an unknown value is deferred on a host that allows it, and means what it did before on the others.

use serde_json::json;
use tfplugin::{Deferral, Value};
use tfplugin_proto::tfplugin6::{ClientCapabilities, deferred::Reason, import_resource_state};

use crate::{
    lifecycle::least,
    support::{
        host::{Host, Stored, configured, object, region},
        lease::{Lease, open_leases},
        provider::{Echo, Everything, Faulty},
    },
};

const BY_PROVIDER: Option<Deferral> = Some(Deferral::ProviderConfiguration);

#[tokio::test]
async fn an_unknown_provider_configuration_defers_everything_that_needs_it() {
    let host = configured().await;
    let config = object::<Everything>(&least());
    let stored = host.bring_to::<Everything>(&Stored::none(), &config).await;
    let host = host.with_deferral();
    assert_eq!(host.plan::<Everything>(&Stored::none(), &config).await.deferred, None, "all is known");
    assert_eq!(host.configure(&region(Value::Unknown)).await, []);

    let planned = host.plan::<Everything>(&Stored::none(), &config).await;
    assert_eq!((planned.deferred, planned.diagnostics.len()), (BY_PROVIDER, 0));
    assert_eq!(planned.state.member("comment"), &Value::Unknown, "what the schema alone gives");
    let read = host.read::<Everything>(&stored).await;
    assert_eq!(
        (read.deferred, read.diagnostics.len(), &read.stored),
        (BY_PROVIDER, 0, &stored),
        "no warning"
    );
    let read = host.read_data_source::<Echo>(&object::<Echo>(&json!({"input": "x"}))).await;
    assert_eq!((read.deferred, read.diagnostics.len(), read.stored.state), (BY_PROVIDER, 0, Value::Unknown));
    let opened = host.open::<Lease>(&object::<Lease>(&json!({"owner": "deferred"}))).await;
    assert_eq!((opened.deferred, opened.diagnostics.len(), opened.result), (BY_PROVIDER, 0, Value::Unknown));
    assert_eq!(open_leases("deferred"), []);
}

#[tokio::test]
async fn a_host_that_cannot_take_a_deferral_gets_none() {
    for (version, defers) in [("1.11.0", false), ("1.11.3", false), ("1.11.4", true), ("1.17.0-alpha", true)]
    {
        let host = configured().await.with_deferral();
        let configured = host.configure_as(version, &region(Value::Unknown)).await;
        assert_eq!(configured, []);
        let read = host.read_data_source::<Echo>(&object::<Echo>(&json!({"input": "x"}))).await;
        let expected = if defers { (BY_PROVIDER, 0) } else { (None, 1) };
        assert_eq!((read.deferred, read.diagnostics.len()), expected, "{version}");
    }
}

#[tokio::test]
async fn an_import_is_deferred_without_a_state() {
    let host = Host::configured(&region(Value::Unknown)).await;
    let import = async |deferral_allowed| {
        let request = import_resource_state::Request {
            type_name: "test_everything".to_owned(),
            id: "1".to_owned(),
            client_capabilities: Some(ClientCapabilities { deferral_allowed, ..Default::default() }),
            ..Default::default()
        };
        host.client().import_resource_state(request).await.expect("there is a response").into_inner()
    };
    let deferred = import(true).await;
    assert_eq!(deferred.deferred.map(|deferred| deferred.reason()), Some(Reason::ProviderConfigUnknown));
    assert!(deferred.imported_resources.is_empty() && deferred.diagnostics.is_empty());
    let refused = import(false).await;
    assert_eq!((refused.deferred, refused.diagnostics.len()), (None, 1));
}

#[tokio::test]
async fn an_unknown_argument_defers_a_plan_and_a_destroy_where_the_host_allows_it() {
    let host = configured().await;
    let config = object::<Faulty>(&json!({"fault": "plan_waits"}));
    let state = object::<Faulty>(&json!({"id": "i", "fault": "destroy_plan_waits"}));
    let prior = Stored::new(state, vec![]);
    for (host, expected) in [(host.clone(), None), (host.with_deferral(), Some(Deferral::Arguments))] {
        let planned = host.plan::<Faulty>(&Stored::none(), &config).await;
        assert_eq!((planned.deferred, planned.diagnostics.len()), (expected, 0));
        let destroyed = host.plan::<Faulty>(&prior, &Value::Null).await;
        assert_eq!((destroyed.deferred, destroyed.state), (expected, Value::Null));
    }
}
