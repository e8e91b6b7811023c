//! What the controllers of a cluster do by themselves.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::time::{Duration, Instant};

use local_cks::{Cluster, ClusterSpec, LocalCks};
use reqwest::Method;
use serde_json::{Value, json};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const CONFIG_MAPS: &str = "/api/v1/namespaces/made/configmaps";

async fn create(cluster: &Cluster, path: &str, object: Value) -> Value {
    let (status, created) = cluster.kubernetes(Method::POST, path, Some(object)).await.unwrap();
    assert_eq!(status, 201, "{path}: {created}");
    created
}

async fn delete(cluster: &Cluster, path: &str) {
    let (status, answer) = cluster.kubernetes(Method::DELETE, path, None).await.unwrap();
    assert!(matches!(status, 200 | 202), "{path}: {status}, {answer}");
}

/// Waits until the object is as expected.
async fn becomes(cluster: &Cluster, path: &str, is_expected: impl Fn(u16, &Value) -> bool) {
    let begun = Instant::now();
    loop {
        let (status, found) = cluster.kubernetes(Method::GET, path, None).await.unwrap();
        if is_expected(status, &found) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{path}: {status}, {found}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn they_aggregate_roles_fill_and_empty_namespaces_and_delete_what_belongs_to_deleted_objects() {
    let spec = ClusterSpec::new("controlled").with_kubernetes();
    let local = LocalCks::builder().cluster(spec.clone()).start().await.unwrap();
    let cluster = local.cluster(spec.id());

    let label = json!({ "rbac.authorization.k8s.io/aggregate-to-view": "true" });
    let rule = json!({ "apiGroups": ["example.com"], "resources": ["things"], "verbs": ["get"] });
    create(&cluster, ROLES, json!({ "metadata": { "name": "things", "labels": label }, "rules": [rule] }))
        .await;
    becomes(&cluster, &format!("{ROLES}/view"), |_, view| {
        view["rules"].as_array().is_some_and(|rules| rules.contains(&rule))
    })
    .await;

    create(&cluster, "/api/v1/namespaces", json!({ "metadata": { "name": "made" } })).await;
    becomes(&cluster, "/api/v1/namespaces/made/serviceaccounts/default", |status, _| status == 200).await;

    let created = create(&cluster, CONFIG_MAPS, json!({ "metadata": { "name": "owner" } })).await;
    let uid = &created["metadata"]["uid"];
    let owner = json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid });
    let metadata = json!({ "name": "owned", "ownerReferences": [owner] });
    create(&cluster, CONFIG_MAPS, json!({ "metadata": metadata })).await;
    create(&cluster, CONFIG_MAPS, json!({ "metadata": { "name": "other" } })).await;
    delete(&cluster, &format!("{CONFIG_MAPS}/owner")).await;
    becomes(&cluster, &format!("{CONFIG_MAPS}/owned"), |status, _| status == 404).await;
    becomes(&cluster, &format!("{CONFIG_MAPS}/other"), |status, _| status == 200).await;

    delete(&cluster, "/api/v1/namespaces/made").await;
    becomes(&cluster, "/api/v1/namespaces/made", |status, _| status == 404).await;
}
