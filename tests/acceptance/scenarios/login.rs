//! The main job: an ID token of a real OpenID provider at the unmanaged endpoint of a real kube-apiserver, after an
//! apply.

use local_cks::{OpenIdProvider, User};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    on_terraform,
    support::{Bed, CLIENT, Caller, Host, block_on, provider, secret_variables},
};

on_terraform!(an_id_token_is_accepted_after_the_apply_and_rejected_after_the_destroy);

fn trust(issuer: &OpenIdProvider, required_claim: &str) -> String {
    format!(
        r#"
data "cks_cluster" "example" {{
  name = "example"
}}
resource "cks_cluster_oidc" "example" {{
  cluster_id          = data.cks_cluster.example.id
  issuer_url          = {:?}
  client_id           = {CLIENT:?}
  username_claim      = "email"
  username_prefix     = "oidc:"
  groups_claim        = "groups"
  groups_prefix       = "oidc:"
  required_claim      = {required_claim:?}
  admin_group_binding = "oidc:admins"
  ca_certificate      = <<-EOT
{}EOT
}}
output "unmanaged_endpoint" {{
  value = cks_cluster_oidc.example.unmanaged_endpoint
}}
"#,
        issuer.issuer_url(),
        issuer.ca_pem()
    )
}

fn an_id_token_is_accepted_after_the_apply_and_rejected_after_the_destroy(host: &Host) {
    let ada = User::new("ada")
        .email("ada@example.com")
        .groups(&["platform", "admins"])
        .claim("department", json!("platform"));
    let issuer = block_on(OpenIdProvider::start(vec![ada])).expect("an OpenID provider");
    let mut bed = Bed::with_kubernetes(host);
    let token = block_on(issuer.id_token("ada", CLIENT)).expect("an ID token");
    let caller = Caller::new(&bed, token.expose_secret());
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));

    bed.write("main.tf", &trust(&issuer, "department=platform"));
    let applied = bed.apply().succeeded();
    assert_eq!(applied.output("unmanaged_endpoint"), caller.endpoint);
    // At once, since an apply ends when the issuer is in use.
    let identity = caller.identity().expect("the token is accepted");
    assert_eq!(identity["username"], "oidc:ada@example.com");
    assert_eq!(identity["groups"], json!(["oidc:platform", "oidc:admins", "system:authenticated"]));
    crate::support::wait_until("the administrators' binding is in force", || {
        caller.lists("secrets") == StatusCode::OK
    });
    bed.plan().expect_empty();

    expect_lock_out_warnings(&mut bed, &issuer, token.expose_secret());

    bed.write("main.tf", &trust(&issuer, "department=sales"));
    bed.apply().succeeded();
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED), "a missing claim is rejected");

    bed.write("main.tf", &trust(&issuer, ""));
    bed.apply().succeeded();
    assert!(caller.identity().is_ok());
    bed.destroy().succeeded();
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));
}

/// A provider that logs in by the trust itself: a plan that takes that away says so, whether it changes, replaces or destroys it.
fn expect_lock_out_warnings(bed: &mut Bed, issuer: &OpenIdProvider, token: &str) {
    let entry = "endpoint = \"unmanaged\"\ntoken = var.token";
    bed.write("provider.tf", &(secret_variables(&["token"]) + &provider(&[entry], "")));
    bed.set_variable("TF_VAR_token", Some(token));
    let expect = |bed: &Bed, arguments: &[&str], verb: &str| {
        let title = format!("{verb} what the caller's own access rests on");
        let planned = bed.plan_with(arguments).succeeded();
        planned.expect_warning(&[&title, "an ID token of this issuer"]);
        let said = planned.warnings().iter().filter(|warning| warning.summary == title).count();
        assert_eq!(said, 1, "{planned}");
    };
    expect(bed, &["-destroy"], "Destroys");
    bed.run(&["taint", "cks_cluster_oidc.example"]).succeeded();
    expect(bed, &[], "Replaces");
    bed.run(&["untaint", "cks_cluster_oidc.example"]).succeeded();
    bed.write("main.tf", &trust(issuer, "department=sales"));
    expect(bed, &[], "Changes");
    bed.write("main.tf", &trust(issuer, "department=platform").replace("\"oidc:\"", "\"o:\""));
    expect(bed, &[], "Changes");
    bed.remove("provider.tf");
    bed.write("main.tf", &trust(issuer, "department=platform"));
    bed.plan().expect_empty();
}
