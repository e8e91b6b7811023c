//! What waits for an unknown provider configuration or cluster id, on hosts that defer and on the others.

use serde_json::json;
use tfplugin::{
    Deferral, Value,
    testing::{Host, Stored, errors, object, with},
};

use super::Cks;
use crate::{
    data_sources::cluster::Cluster,
    ephemeral_resources::{kubeconfig::EphemeralKubeconfig, service_account_token::EphemeralToken},
    resources::{
        cluster_oidc::ClusterOidc, namespace::Namespace, service_account_token::ServiceAccountToken,
    },
};

const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// A provider whose CoreWeave token is known only after apply.
async fn host() -> Host<Cks> {
    let unknown = with(object::<Cks>(&json!({})), "token", Value::Unknown);
    Host::configured(&unknown).await
}

/// A new object of each sort of resource.
fn configurations() -> [(&'static str, Value); 3] {
    [
        ("namespace", object::<Namespace>(&json!({"cluster_id": ID, "name": "a"}))),
        (
            "oidc",
            object::<ClusterOidc>(
                &json!({"cluster_id": ID, "issuer_url": "https://a.example.com", "client_id": "k"}),
            ),
        ),
        (
            "token",
            object::<ServiceAccountToken>(
                &json!({"cluster_id": ID, "namespace": "a", "service_account": "b"}),
            ),
        ),
    ]
}

async fn planned(host: &Host<Cks>, sort: &str, config: &Value) -> Option<Deferral> {
    let none = Stored::none();
    let planned = match sort {
        "namespace" => host.plan::<Namespace>(&none, config).await,
        "oidc" => host.plan::<ClusterOidc>(&none, config).await,
        _ => host.plan::<ServiceAccountToken>(&none, config).await,
    };
    assert_eq!(errors(&planned.diagnostics), [] as [String; 0], "{sort}");
    planned.deferred
}

#[tokio::test]
async fn every_sort_of_resource_is_deferred_where_the_host_allows_it_and_planned_elsewhere() {
    let host = host().await;
    let defers = host.clone().with_deferral();
    for (sort, config) in configurations() {
        assert_eq!(planned(&host, sort, &config).await, None, "{sort}");
        assert_eq!(planned(&defers, sort, &config).await, Some(Deferral::ProviderConfiguration), "{sort}");
        let unknown = with(config, "cluster_id", Value::Unknown);
        assert_eq!(planned(&host, sort, &unknown).await, None, "{sort}");
        assert_eq!(planned(&defers, sort, &unknown).await, Some(Deferral::Arguments), "{sort}");
    }
}

#[tokio::test]
async fn data_sources_ephemeral_resources_and_refreshes_are_deferred_or_name_what_is_unknown() {
    let host = host().await;
    let defers = host.clone().with_deferral();
    let by_provider = Some(Deferral::ProviderConfiguration);
    let names_it = |found: Vec<String>| {
        assert!(found[0].contains("The provider's `token` will be known only after apply"), "{found:?}");
        assert!(found[0].contains("depends_on"), "{found:?}");
    };

    let cluster = object::<Cluster>(&json!({"id": ID}));
    assert_eq!(defers.read_data_source::<Cluster>(&cluster).await.deferred, by_provider);
    names_it(errors(&host.read_data_source::<Cluster>(&cluster).await.diagnostics));

    let kubeconfig = object::<EphemeralKubeconfig>(&json!({"cluster_id": ID, "token": "a.b.c"}));
    assert_eq!(defers.open::<EphemeralKubeconfig>(&kubeconfig).await.deferred, by_provider);
    names_it(errors(&host.open::<EphemeralKubeconfig>(&kubeconfig).await.diagnostics));
    let token =
        object::<EphemeralToken>(&json!({"cluster_id": ID, "namespace": "a", "service_account": "b"}));
    assert_eq!(defers.open::<EphemeralToken>(&token).await.deferred, by_provider);
    names_it(errors(&host.open::<EphemeralToken>(&token).await.diagnostics));

    let state = object::<Namespace>(
        &json!({"id": format!("{ID}/a"), "cluster_id": ID, "name": "a", "uid": "u", "deletion_protection": true}),
    );
    let stored = Stored::new(state, Vec::new());
    let read = defers.read::<Namespace>(&stored).await;
    assert_eq!((read.deferred, &read.stored.state, read.diagnostics.len()), (by_provider, &stored.state, 0));
    let imported = host.import::<Namespace>(&format!("{ID}/a")).await.expect_err("it is unknown");
    names_it(imported);
}
