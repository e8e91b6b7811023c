//! The real hashicorp/kubernetes with a token for one run, and the move of what it made.
//!
//! Its version is the only one that can be built from Go modules, 1.13.4. The types below have the same attributes in versions 2 and 3.

use local_cks::{Request, tools::Tool};
use serde_json::json;

use super::{
    bed,
    ephemeral::{Outside, ephemeral},
    expect_rejected, secrets,
};
use crate::{
    on_both_hosts,
    support::{Bed, CLUSTER_ID, Host},
};

on_both_hosts!(hashicorp_kubernetes_works_with_host_and_token_and_what_it_made_moves_here);

const ROBOT: &str = r#"
provider "kubernetes" {
  host  = ephemeral.cks_service_account_token.robot.host
  token = ephemeral.cks_service_account_token.robot.token

  load_config_file = false # version 1 takes ~/.kube/config instead otherwise
}

resource "kubernetes_config_map" "release" {
  metadata {
    name      = "release"
    namespace = "default"
  }
  data = { version = "1" }
}
"#;

const BEFORE: &str = r#"
resource "kubernetes_namespace" "shop" {
  metadata {
    name   = "shop"
    labels = { team = "a" }
  }
}

resource "kubernetes_role" "reader" {
  metadata {
    name      = "reader"
    namespace = "default"
  }
  rule {
    api_groups = [""]
    resources  = ["configmaps"]
    verbs      = ["get", "list"]
  }
}

resource "kubernetes_role_binding" "reader" {
  metadata {
    name      = "reader"
    namespace = "default"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role.reader.metadata[0].name
  }
  subject {
    kind      = "User"
    name      = "ada"
    api_group = "rbac.authorization.k8s.io"
  }
}

resource "kubernetes_cluster_role" "nodes" {
  metadata {
    name = "nodes"
  }
  rule {
    api_groups = [""]
    resources  = ["nodes"]
    verbs      = ["get"]
  }
}

resource "kubernetes_cluster_role_binding" "platform" {
  metadata {
    name = "platform-view"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "view"
  }
  subject {
    kind      = "Group"
    name      = "platform"
    api_group = "rbac.authorization.k8s.io"
  }
}
"#;

/// The same objects here, each with its `moved` block.
const AFTER: &str = r#"
resource "cks_namespace" "shop" {
  cluster_id          = local.cluster_id
  name                = "shop"
  labels              = { team = "a" }
  deletion_protection = false
}

moved {
  from = kubernetes_namespace.shop
  to   = cks_namespace.shop
}

resource "cks_rbac_role" "reader" {
  cluster_id = local.cluster_id
  namespace  = "default"
  name       = "reader"
  rules      = [{ verbs = ["get", "list"], api_groups = [""], resources = ["configmaps"] }]
}

moved {
  from = kubernetes_role.reader
  to   = cks_rbac_role.reader
}

resource "cks_rbac_binding" "reader" {
  cluster_id = local.cluster_id
  namespace  = "default"
  name       = "reader"
  role       = cks_rbac_role.reader.name
  users      = ["ada"]
}

moved {
  from = kubernetes_role_binding.reader
  to   = cks_rbac_binding.reader
}

resource "cks_rbac_role" "nodes" {
  cluster_id = local.cluster_id
  name       = "nodes"
  rules      = [{ verbs = ["get"], api_groups = [""], resources = ["nodes"] }]
}

moved {
  from = kubernetes_cluster_role.nodes
  to   = cks_rbac_role.nodes
}

resource "cks_rbac_binding" "platform" {
  cluster_id   = local.cluster_id
  name         = "platform-view"
  cluster_role = "view"
  groups       = ["platform"]
}

moved {
  from = kubernetes_cluster_role_binding.platform
  to   = cks_rbac_binding.platform
}
"#;

/// Writes to the objects, without those for the token of the run.
fn writes(bed: &Bed) -> Vec<String> {
    let is_of_token = |path: &str| path.contains("/secrets") || path.contains("/token");
    let writes = |request: &Request| {
        let is_reading = request.method == "GET" || request.path.contains("dryRun=All");
        !is_reading && !is_of_token(&request.path) && !request.path.contains("reviews")
    };
    let found = bed.local.requests().into_iter().filter(writes);
    found.map(|request| format!("{} {}", request.method, request.path)).collect()
}

fn hashicorp_kubernetes_works_with_host_and_token_and_what_it_made_moves_here(host: &Host) {
    let Some(program) = Tool::HashicorpKubernetes.find().unwrap_or_else(|error| panic!("{error}")) else {
        eprintln!("not run: hashicorp/kubernetes is missing, which is allowed");
        return;
    };
    let outside = Outside::new();
    let bed = bed(host, &(ephemeral("") + ROBOT + BEFORE + &outside.takes("true")));
    bed.add_provider("hashicorp/kubernetes", &program);
    let administrator = json!({
        "metadata": {"name": "deployer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "default"}],
    });
    let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    assert_eq!(bed.kubernetes("POST", bindings, Some(administrator)).0, 201);

    let applied = bed.apply().succeeded();
    let (_, made) = bed.kubernetes("GET", "/api/v1/namespaces/default/configmaps/release", None);
    assert_eq!(made["data"], json!({"version": "1"}), "{applied}");
    assert_eq!(secrets(&bed).len(), 0);
    let token = outside.expect_token();
    expect_rejected(&bed, &token);
    let shown = bed.run(&["show", "-json"]).succeeded();
    // Without logs: at TF_LOG=debug that provider writes its requests with their headers.
    let signature = token.rsplit('.').next().expect("a signature");
    bed.expect_secret_absent(signature, &[applied.to_string(), shown.to_string()]);
    bed.plan().expect_empty();

    bed.write("moved.tf", &format!("locals {{\n  cluster_id = {CLUSTER_ID:?}\n}}\n{AFTER}"));
    bed.write("main.tf", &(ephemeral("") + ROBOT + &outside.takes("true")));
    bed.local.clear_requests();
    let planned = bed.plan().succeeded();
    assert_eq!(planned.actions().len(), 5, "{planned}");
    assert!(planned.actions().iter().all(|action| action.starts_with("update cks_")), "{planned}");
    bed.apply_plan().succeeded();
    assert_eq!(writes(&bed), [] as [&str; 0]);
    bed.plan().expect_empty();
    assert_eq!(secrets(&bed).len(), 0);
    bed.destroy().succeeded();
}
