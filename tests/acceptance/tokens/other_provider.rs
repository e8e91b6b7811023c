//! The real hashicorp/kubernetes with a token for one run. Its version is the only one that can be built from Go modules.

use local_cks::tools::Tool;
use serde_json::json;

use super::{
    bed,
    ephemeral::{Outside, ephemeral},
    expect_rejected, secrets,
};
use crate::{on_both_hosts, support::Host};

on_both_hosts!(hashicorp_kubernetes_works_with_the_token_of_a_run);

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

fn hashicorp_kubernetes_works_with_the_token_of_a_run(host: &Host) {
    let Some(program) = Tool::HashicorpKubernetes.find().unwrap_or_else(|error| panic!("{error}")) else {
        eprintln!("not run: hashicorp/kubernetes is missing, which is allowed");
        return;
    };
    let outside = Outside::new();
    let bed = bed(host, &(ephemeral("") + ROBOT + &outside.takes("true")));
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

    bed.destroy().succeeded();
}
