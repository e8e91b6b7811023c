//! A cluster with a hand-made object of every kind, as people make them with kubectl and curl.

use local_cks::ClusterSpec;
use serde_json::{Value, json};

use crate::support::{Bed, Host, base64, block_on, full_block};

const GROUP: &str = "rbac.authorization.k8s.io";
const CLUSTER_BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const CLUSTER_ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

/// Id of the cluster with all blocks.
pub(super) const BLOCKS_ID: &str = "11111111-93fc-4d39-af10-fe6c2f4b8824";

/// A bed with the estate on its cluster.
pub(super) fn bed(host: &Host) -> Bed {
    let bed = Bed::with_kubernetes(host);
    let labels = json!({"team": "shop", "example.com/tier": "1"});
    let meta = |name: &str| json!({"name": name, "labels": labels, "annotations": {"example.com/owner": "${not} %{interpolated}"}});
    create(&bed, "/api/v1/namespaces", &json!({"metadata": meta("shop")}));
    create(&bed, "/api/v1/namespaces", &json!({"metadata": {"name": "cw-agents"}}));
    for (name, env, automount) in [("deployer", "prod", json!(false)), ("builder", "test", Value::Null)] {
        create(
            &bed,
            "/api/v1/namespaces/shop/serviceaccounts",
            &json!({"metadata": {"name": name, "labels": {"env": env, "team": "shop"}}, "automountServiceAccountToken": automount}),
        );
    }
    let pods = json!({"apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "resourceNames": ["${x}\"\n"], "verbs": ["get"]});
    let url = json!({"nonResourceURLs": ["/healthz", "/metrics/*"], "verbs": ["get"]});
    create(&bed, CLUSTER_ROLES, &json!({"metadata": meta("shop:viewer?"), "rules": [pods, url]}));
    create(&bed, CLUSTER_ROLES, &json!({"metadata": {"name": "nothing"}, "rules": []}));
    create(
        &bed,
        CLUSTER_ROLES,
        &json!({"metadata": {"name": "monitor"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}),
    );
    let namespaced = |plural: &str| format!("/apis/{GROUP}/v1/namespaces/shop/{plural}");
    create(&bed, &namespaced("roles"), &json!({"metadata": meta("reader"), "rules": [pods]}));
    let person = |kind: &str, name: &str| json!({"apiGroup": GROUP, "kind": kind, "name": name});
    let account = json!({"kind": "ServiceAccount", "namespace": "shop", "name": "deployer"});
    let reference = |kind: &str, name: &str| json!({"apiGroup": GROUP, "kind": kind, "name": name});
    create(
        &bed,
        CLUSTER_BINDINGS,
        &json!({
            "metadata": meta("shop:everyone"), "roleRef": reference("ClusterRole", "shop:viewer?"),
            // The user's name is in another Unicode form than Terraform's.
            "subjects": [person("User", "oidc:zoe\u{308}"), person("Group", "oidc:platform"), account],
        }),
    );
    create(
        &bed,
        &namespaced("rolebindings"),
        &json!({"metadata": meta("reader"), "roleRef": reference("Role", "reader"), "subjects": [account]}),
    );
    // What no configuration can keep as it is.
    create(
        &bed,
        CLUSTER_BINDINGS,
        &json!({"metadata": {"name": "zoe\u{308}"}, "roleRef": reference("ClusterRole", "view"), "subjects": [account]}),
    );
    create(
        &bed,
        CLUSTER_BINDINGS,
        &json!({"metadata": {"name": "empty"}, "roleRef": reference("ClusterRole", "view")}),
    );
    bed
}

/// Another cluster with all blocks, whose Kubernetes cannot be reached, and one without an endpoint yet.
pub(super) fn add_clusters(bed: &Bed) {
    let blocks = ClusterSpec::new("blocks")
        .with_id(BLOCKS_ID)
        .field("oidc", full_block(&bed.local))
        .field("authnWebhook", json!({"server": "https://who.example.com/review"}))
        .field(
            "authzWebhook",
            json!({"server": "https://may.example.com/review", "ca": base64(bed.local.ca_pem())}),
        );
    let creating = ClusterSpec::new("creating").field("apiServerEndpoint", json!(""));
    for spec in [blocks, creating] {
        block_on(bed.local.add_cluster(spec)).expect("one more cluster");
    }
}

/// Creates an object as another client.
#[track_caller]
fn create(bed: &Bed, collection: &str, object: &Value) {
    let (status, response) =
        bed.kubernetes("POST", &format!("{collection}?fieldManager=somebody"), Some(object.clone()));
    assert_eq!(status, 201, "{response}");
}
