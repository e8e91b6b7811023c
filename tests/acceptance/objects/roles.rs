//! Rules of roles: their order, and aggregation.

use serde_json::json;

use super::kinds::{ROLE, Sample};
use crate::{
    on_terraform,
    support::{Bed, Host},
};

on_terraform!(a_cluster_role_keeps_its_order_and_an_aggregated_one_is_rejected_with_the_reason);

const CLUSTER_ROLE: Sample = Sample {
    kind: "ClusterRole",
    collection: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    namespace: None,
    name: "monitor",
    lines: r#"  rules = [
    { verbs = ["watch", "get"], api_groups = ["apps", ""], resources = ["pods", "deployments"] },
    { verbs = ["get"], non_resource_urls = ["/metrics", "/healthz"] },
  ]"#,
    ..ROLE
};

fn a_cluster_role_keeps_its_order_and_an_aggregated_one_is_rejected_with_the_reason(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &CLUSTER_ROLE.with(CLUSTER_ROLE.lines, ""));
    bed.apply().succeeded();
    let rules = json!([
        { "verbs": ["watch", "get"], "apiGroups": ["apps", ""], "resources": ["pods", "deployments"] },
        { "verbs": ["get"], "nonResourceURLs": ["/metrics", "/healthz"] },
    ]);
    assert_eq!(CLUSTER_ROLE.object(&bed)["rules"], rules);
    assert_eq!(bed.attributes(&CLUSTER_ROLE.address())["kind"], "ClusterRole");
    bed.plan().expect_empty();

    // Refresh.
    let selector = json!({ "clusterRoleSelectors": [{ "matchLabels": { "into": "monitor" } }] });
    CLUSTER_ROLE.patch(&bed, &json!({ "aggregationRule": selector }));
    let message = [
        "Aggregated ClusterRole cannot be managed",
        "monitor",
        "kube-controller-manager",
        "terraform state rm",
    ];
    bed.plan().failed().expect_error(&message);
    assert!(bed.instance(&CLUSTER_ROLE.address()).is_some());

    // Adoption, and the warning at plan.
    bed.run(&["state", "rm", &CLUSTER_ROLE.address()]).succeeded();
    bed.write("main.tf", &CLUSTER_ROLE.with(CLUSTER_ROLE.lines, "  on_existing = \"adopt\""));
    bed.plan().succeeded().expect_warning(&message);
    bed.apply_plan().failed().expect_error(&message);

    // Import.
    let text = bed.import(&CLUSTER_ROLE.address(), &CLUSTER_ROLE.id()).failed().text();
    assert!(text.contains("Aggregated ClusterRole"), "{text}");
    assert_eq!(bed.instance(&CLUSTER_ROLE.address()), None);
}
