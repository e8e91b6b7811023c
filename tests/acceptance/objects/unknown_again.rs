//! A `depends_on` makes the id of the cluster unknown again in a later plan: nothing is destroyed by that.

use local_cks::{Call, ClusterSpec, LocalCks, tools::Feature};
use serde_json::{Value, json};

use super::kinds::{sorted, writes};
use crate::{
    on_both_hosts,
    support::{Bed, CLUSTER_ID, Host, block_on},
};

on_both_hosts!(an_id_that_is_unknown_again_destroys_nothing);

const SECOND: &str = "0b7b3d0e-5c0f-4b52-9a4e-5b1b8f1f2a11";

/// The places of the objects in Kubernetes.
const OBJECTS: [&str; 3] = [
    "/api/v1/namespaces/shop",
    "/api/v1/namespaces/shop/serviceaccounts/ci",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/viewers",
];

/// What has the id of the cluster.
const ADDRESSES: [&str; 5] = [
    "cks_cluster_oidc.it",
    "cks_namespace.it",
    "cks_rbac_binding.it",
    "cks_service_account.it",
    "cks_service_account_token.it",
];

/// All that names a cluster, whose id comes from a module that depends on something else.
fn configuration(release: &str, cluster: &str, labels: &str) -> String {
    format!(
        r#"
resource "terraform_data" "release" {{
  input = {release:?}
}}

module "cluster" {{
  source     = "./cluster"
  name       = {cluster:?}
  depends_on = [terraform_data.release]
}}

resource "cks_cluster_oidc" "it" {{
  cluster_id = module.cluster.id
  issuer_url = "https://issuer.example.com"
  client_id  = "kubernetes"
}}

resource "cks_namespace" "it" {{
  cluster_id          = module.cluster.id
  name                = "shop"
  labels              = {{ {labels} }}
  deletion_protection = false
}}

resource "cks_service_account" "it" {{
  cluster_id = module.cluster.id
  namespace  = cks_namespace.it.name
  name       = "ci"
}}

resource "cks_service_account_token" "it" {{
  cluster_id          = module.cluster.id
  namespace           = cks_namespace.it.name
  service_account     = cks_service_account.it.name
  service_account_uid = cks_service_account.it.uid
}}

resource "cks_rbac_binding" "it" {{
  cluster_id       = module.cluster.id
  name             = "viewers"
  cluster_role     = "view"
  service_accounts = ["${{cks_namespace.it.name}}:${{cks_service_account.it.name}}"]
}}
"#
    )
}

const MODULE: &str = r#"
terraform {
  required_providers {
    cks = { source = "cks-community/cks" }
  }
}

variable "name" {}

data "cks_cluster" "it" {
  name = var.name
}

output "id" {
  value = data.cks_cluster.it.id
}
"#;

fn there(bed: &Bed, id: &str, path: &str) -> (u16, Value) {
    let get = "GET".parse().expect("a method");
    block_on(bed.local.cluster(id).kubernetes(get, path, None)).expect("kube-apiserver responds")
}

/// All writes to the cluster and to its Kubernetes.
fn all_writes(bed: &Bed) -> Vec<String> {
    let patches = bed.local.requests_of(Call::UpdateCluster);
    patches.iter().map(|request| format!("{} {}", request.method, request.path)).chain(writes(bed)).collect()
}

/// A plan with an unknown id must change all in place, with one warning for each.
#[track_caller]
fn expect_in_place(bed: &Bed) {
    let planned = bed.plan().succeeded();
    let ours: Vec<_> =
        sorted(planned.actions()).into_iter().filter(|action| action.contains("cks_")).collect();
    let expected = ADDRESSES.map(|address| format!("update {address}"));
    let others = ["read module.cluster.data.cks_cluster.it".to_owned()];
    assert_eq!(ours, others.into_iter().chain(expected).collect::<Vec<_>>(), "{planned}");
    let about = |resource: &str| {
        let is_it = |warning: &&crate::support::Diagnostic| {
            warning.contains(&["may be replaced during apply", resource])
        };
        planned.warnings().iter().filter(is_it).count()
    };
    for address in ADDRESSES {
        let resource = address.split('.').next().unwrap_or_default();
        assert_eq!(about(&format!("{resource} may")), 1, "{planned}");
    }
    assert_eq!(all_writes(bed), [""; 0], "a plan writes nothing");
}

fn an_id_that_is_unknown_again_destroys_nothing(host: &Host) {
    let spec = |name: &str, id: &str| ClusterSpec::new(name).with_id(id).with_kubernetes();
    let clusters = LocalCks::builder().cluster(spec("example", CLUSTER_ID)).cluster(spec("second", SECOND));
    let bed = Bed::with(host, clusters);
    std::fs::create_dir(bed.configuration().join("cluster")).expect("the directory is ours");
    bed.write("cluster/main.tf", MODULE);
    bed.write("main.tf", &configuration("1", "example", ""));
    bed.run(&["get"]).succeeded();
    bed.apply().succeeded();
    bed.plan().expect_empty();
    let before = ADDRESSES.map(|address| bed.attributes(address));
    let uids = OBJECTS.map(|path| there(&bed, CLUSTER_ID, path).1["metadata"]["uid"].clone());
    bed.local.clear_requests();

    // The same id: nothing is written, and all stays as it is.
    bed.write("main.tf", &configuration("2", "example", ""));
    expect_in_place(&bed);
    bed.apply_plan().succeeded();
    assert_eq!(all_writes(&bed), [""; 0]);
    assert_eq!(ADDRESSES.map(|address| bed.attributes(address)), before);
    assert_eq!(OBJECTS.map(|path| there(&bed, CLUSTER_ID, path).1["metadata"]["uid"].clone()), uids);
    bed.plan().expect_empty();

    // The same id, and a change in place beside it: only that is written.
    bed.write("main.tf", &configuration("3", "example", "team = \"a\""));
    bed.local.clear_requests();
    expect_in_place(&bed);
    bed.apply_plan().succeeded();
    assert_eq!(all_writes(&bed).len(), 1, "{:?}", all_writes(&bed));
    assert_eq!(there(&bed, CLUSTER_ID, OBJECTS[0]).1["metadata"]["uid"], uids[0]);
    bed.plan().expect_empty();

    // Another id: everything is made there before it is removed here, or nothing happens until the plan knows.
    bed.write("main.tf", &configuration("4", "second", "team = \"a\""));
    bed.local.clear_requests();
    expect_in_place(&bed);
    if !host.has(Feature::LateReplacement) {
        bed.apply_plan().failed().expect_error(&["inconsistent final plan"]);
        assert_eq!(all_writes(&bed), [""; 0]);
        let planned = bed.plan().succeeded();
        let replaced = ADDRESSES.map(|address| format!("replace {address}"));
        assert_eq!(sorted(planned.actions()), replaced, "{planned}");
    }
    bed.apply_plan().succeeded();
    for (path, uid) in OBJECTS.iter().zip(&uids) {
        let (status, object) = there(&bed, SECOND, path);
        assert_eq!(status, 200, "{path}");
        assert_ne!(object["metadata"]["uid"], *uid);
        let left = there(&bed, CLUSTER_ID, path);
        let is_gone = left.0 == 404 || left.1["metadata"]["deletionTimestamp"].is_string();
        assert!(is_gone, "{path}: {left:?}");
    }
    assert_eq!(bed.local.cluster(SECOND).field("oidc")["clientId"], json!("kubernetes"));
    assert!(bed.local.cluster(CLUSTER_ID).field("oidc").as_object().is_none_or(serde_json::Map::is_empty));
    bed.plan().expect_empty();
}
