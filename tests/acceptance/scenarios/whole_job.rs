//! The whole job: one apply creates a cluster and configures access for people, a pipeline and robots. The configuration is
//! `examples/whole-job` unchanged, except the file with the cluster.

use std::fs;

use local_cks::{ClusterSpec, LocalCks, OpenIdProvider, User, Webhook};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    on_both_hosts,
    scenarios::examples::{example, make_destroyable, put},
    support::{Bed, CLIENT, CLUSTER_ID, Caller, Host, Kubectl, Run, block_on, wait_until},
};

on_both_hosts!(one_apply_creates_a_cluster_and_its_access_and_one_destroy_removes_both);

/// Replaces a provider of clusters: requests one from the test by a file, and waits for its id, which is unknown during plan.
const CLUSTER: &str = r#"
resource "terraform_data" "cluster" {
  provisioner "local-exec" {
    interpreter = ["/bin/sh", "-c"]
    command     = "echo '${self.id}' > requested; until [ -s 'created-${self.id}' ]; do sleep 0.1; done"
  }
}

locals {
  cluster_id = file("${path.module}/created-${terraform_data.cluster.id}")
}
"#;

/// Applies the plan, and creates the cluster once the apply requests it.
fn apply_plan_and_create_the_cluster(bed: &Bed) -> Run {
    let command = ["apply", "-json", "plan"];
    let applying = bed.start(&command);
    let requested = || fs::read_to_string(bed.configuration().join("requested")).unwrap_or_default();
    wait_until("the apply requests a cluster", || requested().ends_with('\n'));
    let spec = ClusterSpec::new("created").with_id(CLUSTER_ID).with_kubernetes();
    block_on(bed.local.add_cluster(spec)).expect("a cluster");
    bed.write(&format!("created-{}", requested().trim()), CLUSTER_ID);
    bed.finish(&applying, &command)
}

/// A webhook that accepts the token of one robot.
fn robots() -> Webhook {
    let known = json!({ "authenticated": true, "user": { "username": "robot:inventory" } });
    let decide = move |spec: &Value| {
        if spec["token"] == "a-robots-token" { known.clone() } else { json!({ "authenticated": false }) }
    };
    block_on(Webhook::start(decide)).expect("a webhook")
}

fn one_apply_creates_a_cluster_and_its_access_and_one_destroy_removes_both(host: &Host) {
    let ada = User::new("ada").email("ada@example.com").groups(&["platform"]);
    let issuer = block_on(OpenIdProvider::start(vec![ada])).expect("an OpenID provider");
    let webhook = robots();
    let mut bed = Bed::with(host, LocalCks::builder());
    for (name, value) in [
        ("issuer_url", issuer.issuer_url()),
        ("issuer_ca_certificate", issuer.ca_pem()),
        ("webhook_url", &webhook.url()),
        ("webhook_ca_certificate", webhook.ca_pem()),
    ] {
        bed.set_variable(&format!("TF_VAR_{name}"), Some(value));
    }
    put(&bed, &example("whole-job"));
    bed.write("cluster.tf", CLUSTER);

    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    assert!(bed.local.clusters().is_empty());
    let applied = apply_plan_and_create_the_cluster(&bed).succeeded();
    assert_eq!(applied.warnings(), [], "{applied}");
    bed.plan().expect_empty();

    let token = block_on(issuer.id_token("ada", CLIENT)).expect("an ID token");
    let ada = Caller::new(&bed, token.expose_secret());
    assert_eq!(applied.output("unmanaged_endpoint"), ada.endpoint);
    let token = bed.attributes("cks_service_account_token.ci")["token"].clone();
    let pipeline = Caller::new(&bed, token.as_str().expect("a token"));
    let robot = Caller::new(&bed, "a-robots-token");
    for (caller, name) in [
        (&ada, "oidc:ada@example.com"),
        (&pipeline, "system:serviceaccount:team-a:ci"),
        (&robot, "robot:inventory"),
    ] {
        assert_eq!(caller.identity().expect("the token is accepted")["username"], name);
    }
    wait_until("the bindings are in force", || {
        ada.lists("pods") == StatusCode::OK && robot.lists("pods") == StatusCode::OK
    });
    for caller in [&ada, &pipeline, &robot] {
        assert_eq!(caller.lists("secrets"), StatusCode::FORBIDDEN);
    }

    let file = bed.attributes("cks_kubeconfig.ci")["kubeconfig"].clone();
    if let Some(kubectl) = Kubectl::with(file.as_str().expect("a text")) {
        let kubectl = kubectl.in_environment(bed.local.environment());
        let can = |more: &[&str]| kubectl.run(&[&["auth", "can-i", "create", "deployments"], more].concat());
        let (at_home, elsewhere) = (can(&[]), can(&["--namespace=default"]));
        assert_eq!(at_home.stdout.trim(), "yes", "{at_home:?}");
        assert_eq!(elsewhere.stdout.trim(), "no", "{elsewhere:?}");
    }

    make_destroyable(&bed);
    bed.destroy().succeeded();
    assert_eq!(bed.cluster().field("oidc"), Value::Null);
    assert_eq!(bed.cluster().field("authnWebhook"), Value::Null);
    for name in ["platform-view", "robots-view"] {
        let path = format!("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{name}");
        assert_eq!(bed.kubernetes("GET", &path, None).0, 404);
    }
    assert_eq!(ada.identity(), Err(StatusCode::UNAUTHORIZED));
    assert_eq!(robot.identity(), Err(StatusCode::UNAUTHORIZED));
    wait_until("the pipeline's token is rejected", || pipeline.identity() == Err(StatusCode::UNAUTHORIZED));
}
