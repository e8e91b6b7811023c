//! Beside CoreWeave's own provider, as the guide "Use with coreweave_cks_cluster" says: it makes the cluster, over Connect with binary
//! protobuf, and this provider manages the trust.
//!
//! Its program is not in the test bed. The variable [`PROGRAM`] names one, of version 0.13.0 or newer.

use std::path::PathBuf;

use local_cks::{Builder, Call, LocalCks, OpenIdProvider, Request};
use serde_json::{Value, json};

use crate::{
    on_both_hosts,
    support::{Bed, CLIENT, Host, base64, block_on},
};

on_both_hosts!(
    a_cluster_of_coreweaves_provider_keeps_our_trust_where_it_ignores_the_block,
    a_block_of_coreweaves_provider_is_imported_here_without_a_write
);

const PROGRAM: &str = "CKS_COREWEAVE_PROVIDER";

const PROVIDERS: &str = r#"terraform {
  required_providers {
    cks       = { source = "cks-community/cks" }
    coreweave = { source = "coreweave/coreweave" }
  }
}
"#;

const CLUSTER: &str = "coreweave_cks_cluster.example";
const TRUST: &str = "cks_cluster_oidc.example";

/// All that CoreWeave's provider has in its mask where the block changes.
const TEN_LEAVES: &str = "oidc.issuerUrl,oidc.clientId,oidc.usernameClaim,oidc.usernamePrefix,oidc.groupsClaim,\
    oidc.groupsPrefix,oidc.ca,oidc.requiredClaim,oidc.signingAlgorithms,oidc.adminGroupBinding";

/// The cluster with more arguments.
fn cluster(more: &str) -> String {
    format!(
        r#"
resource "coreweave_cks_cluster" "example" {{
  name                   = "example"
  zone                   = "US-EAST-04A"
  vpc_id                 = "d0584354-6fc2-465b-b2df-aa0722f919a1"
  version                = "v1.36"
  public                 = true
  pod_cidr_name          = "pods"
  service_cidr_name      = "services"
  internal_lb_cidr_names = ["load-balancers"]
  {more}
}}
"#
    )
}

/// Our trust on it, with more arguments.
fn trust(issuer_url: &str, more: &str) -> String {
    format!(
        r#"
resource "cks_cluster_oidc" "example" {{
  cluster_id     = coreweave_cks_cluster.example.id
  issuer_url     = {issuer_url:?}
  client_id      = {CLIENT:?}
  username_claim = "email"
  {more}
}}
"#
    )
}

const IGNORING: &str = "lifecycle {\n    ignore_changes = [oidc]\n  }";

/// A workspace with both providers; `None`, with a notice, if nothing names the other one.
fn bed(host: &Host, builder: Builder) -> Option<Bed> {
    let Some(program) = std::env::var_os(PROGRAM).filter(|program| !program.is_empty()) else {
        eprintln!("not run: {PROGRAM} does not name CoreWeave's provider");
        return None;
    };
    let bed = Bed::with(host, builder);
    bed.add_provider("coreweave/coreweave", &PathBuf::from(program));
    bed.write("providers.tf", PROVIDERS);
    Some(bed)
}

/// Requests of a kind by CoreWeave's provider, which are those over Connect.
fn of_coreweave(bed: &Bed, call: Call) -> Vec<Request> {
    let found = bed.local.requests_of(call).into_iter();
    found.filter(|request| request.path.starts_with("/coreweave.cks.v1beta1.ClusterService/")).collect()
}

fn a_cluster_of_coreweaves_provider_keeps_our_trust_where_it_ignores_the_block(host: &Host) {
    let Some(bed) = bed(host, LocalCks::builder().create_with_kubernetes()) else { return };
    let issuer = block_on(OpenIdProvider::start(vec![])).expect("an OpenID provider");
    let ca = format!("ca_certificate = <<-EOT\n{}EOT", issuer.ca_pem());
    let trust = trust(issuer.issuer_url(), &ca);
    let ignoring = cluster(IGNORING) + &trust;
    let block = json!({"issuerUrl": issuer.issuer_url(), "clientId": CLIENT, "usernameClaim": "email",
        "ca": base64(issuer.ca_pem())});

    // A cluster with a control plane, and our trust on it. Later plans and applies keep it.
    bed.write("main.tf", &ignoring);
    bed.plan().plans(&[&format!("create {CLUSTER}"), &format!("create {TRUST}")]);
    bed.apply().succeeded();
    let created = of_coreweave(&bed, Call::CreateCluster);
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].header("content-type"), Some("application/proto"));
    let state = bed.attributes(CLUSTER);
    let live = bed.local.cluster(state["id"].as_str().expect("an id"));
    assert_eq!(state["api_server_endpoint"], json!(live.managed_host()));
    assert_eq!((live.field("oidc"), live.status()), (block.clone(), "STATUS_RUNNING".to_owned()));
    assert!(block_on(live.kubernetes_process()).is_some());
    bed.plan().expect_empty();
    // An update of something else leaves the block alone.
    bed.write(
        "main.tf",
        &ignoring.replace("public                 = true", "public                 = false"),
    );
    bed.plan().plans(&[&format!("update {CLUSTER}")]);
    bed.apply().succeeded();
    assert_eq!(live.field("oidc"), block);
    bed.write("main.tf", &ignoring);
    bed.apply().succeeded();
    assert_eq!(of_coreweave(&bed, Call::UpdateCluster).len(), 2);

    // Without `ignore_changes` it clears the block, and the next plan restores it: endless.
    bed.write("main.tf", &(cluster("") + &trust));
    bed.plan().plans(&[&format!("update {CLUSTER}")]);
    bed.local.clear_requests();
    bed.apply().succeeded();
    let cleared = of_coreweave(&bed, Call::UpdateCluster);
    assert_eq!((cleared.len(), &cleared[0].body["updateMask"]), (1, &json!(TEN_LEAVES)));
    assert_eq!((cleared[0].body.get("oidc"), live.field("oidc")), (None, Value::Null));
    let plan = bed.plan();
    plan.expect_warning(&["changed outside of this resource", "it is gone", "ignore_changes = [oidc]"]);
    plan.plans(&[&format!("create {TRUST}")]);
    bed.apply().succeeded();
    assert_eq!(live.field("oidc"), block);
    bed.plan().plans(&[&format!("update {CLUSTER}")]);

    // With it again all is quiet. The destroy clears the block before the cluster goes.
    bed.write("main.tf", &ignoring);
    bed.plan().expect_empty();
    bed.local.clear_requests();
    bed.destroy().succeeded();
    assert_eq!(live.json(), None);
    let log = bed.local.requests();
    let place = |call: Call| log.iter().position(|request| request.call == call).expect("it was called");
    assert!(place(Call::UpdateCluster) < place(Call::DeleteCluster));
    assert_eq!(bed.state()["values"], Value::Null);
}

fn a_block_of_coreweaves_provider_is_imported_here_without_a_write(host: &Host) {
    const ISSUER: &str = "https://accounts.example.com";
    let Some(bed) = bed(host, LocalCks::builder()) else { return };
    let oidc =
        format!("oidc = {{ issuer_url = {ISSUER:?}, client_id = {CLIENT:?}, username_claim = \"email\" }}");
    bed.write("main.tf", &cluster(&oidc));
    bed.apply().succeeded();
    bed.plan().expect_empty();
    bed.write("main.tf", &cluster(&format!("{oidc}\n  {IGNORING}")));
    bed.plan().expect_empty();

    let id = bed.attributes(CLUSTER)["id"].as_str().expect("an id").to_owned();
    let import = format!("import {{\n  to = {TRUST}\n  id = {id:?}\n}}\n");
    bed.write("main.tf", &(cluster(IGNORING) + &trust(ISSUER, "") + &import));
    bed.local.clear_requests();
    bed.apply().succeeded();
    bed.plan().expect_empty();
    assert_eq!(bed.patches().len(), 0);
    let block = json!({"issuerUrl": ISSUER, "clientId": CLIENT, "usernameClaim": "email"});
    assert_eq!(bed.local.cluster(&id).field("oidc"), block);
    bed.destroy().succeeded();
    assert_eq!(bed.local.cluster(&id).json(), None);
}
