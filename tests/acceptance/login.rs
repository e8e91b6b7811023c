//! The main job: an ID token of a real OpenID provider at the unmanaged endpoint of a real kube-apiserver, because an apply
//! said so.

use local_cks::{ClusterSpec, LocalCks, OpenIdProvider, User};
use reqwest::{Certificate, Client, Proxy, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::on_both_hosts;
use crate::support::{Bed, CLIENT, CLUSTER_ID, Host, block_on};

on_both_hosts!(an_id_token_logs_in_after_the_apply_and_no_more_after_the_destroy);

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

/// Asks who the caller is, and whether it may read Secrets.
struct Caller {
    client: Client,
    token: String,
    endpoint: String,
}

impl Caller {
    fn new(bed: &Bed, issuer: &OpenIdProvider) -> Self {
        let root = Certificate::from_pem(bed.local.ca_pem().as_bytes()).expect("a certificate");
        let proxy = Proxy::all(bed.local.proxy_url()).expect("a proxy");
        let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().expect("a client");
        let token = block_on(issuer.id_token("ada", CLIENT)).expect("an ID token").expose_secret().to_owned();
        Self { client, token, endpoint: format!("https://{}", bed.cluster().unmanaged_host()) }
    }

    fn identity(&self) -> Result<Value, StatusCode> {
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let url = format!("{}/apis/authentication.k8s.io/v1/selfsubjectreviews", self.endpoint);
        block_on(async {
            let answer =
                self.client.post(url).bearer_auth(&self.token).json(&review).send().await.expect("an answer");
            match answer.status() {
                StatusCode::CREATED => {
                    Ok(answer.json::<Value>().await.expect("JSON")["status"]["userInfo"].clone())
                }
                refused => Err(refused),
            }
        })
    }

    fn reads_secrets(&self) -> bool {
        let url = format!("{}/api/v1/secrets", self.endpoint);
        let answer = block_on(self.client.get(url).bearer_auth(&self.token).send()).expect("an answer");
        answer.status() == StatusCode::OK
    }
}

fn an_id_token_logs_in_after_the_apply_and_no_more_after_the_destroy(host: &Host) {
    let ada = User::new("ada")
        .email("ada@example.com")
        .groups(&["platform", "admins"])
        .claim("department", json!("platform"));
    let issuer = block_on(OpenIdProvider::start(vec![ada])).expect("an OpenID provider");
    let spec = ClusterSpec::new("example").with_id(CLUSTER_ID).with_kubernetes();
    let bed = Bed::with(host, LocalCks::builder().cluster(spec));
    let caller = Caller::new(&bed, &issuer);
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));

    bed.write("main.tf", &trust(&issuer, "department=platform"));
    let applied = bed.apply().succeeded();
    assert_eq!(applied.output("unmanaged_endpoint"), caller.endpoint);
    // At once: an apply ends when the trust is in force.
    let identity = caller.identity().expect("the token is accepted");
    assert_eq!(identity["username"], "oidc:ada@example.com");
    assert_eq!(identity["groups"], json!(["oidc:platform", "oidc:admins", "system:authenticated"]));
    crate::support::wait_until("the administrators' binding is seen", || caller.reads_secrets());
    bed.plan().expect_empty();

    bed.write("main.tf", &trust(&issuer, "department=sales"));
    bed.apply().succeeded();
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED), "one changed claim shuts the door");

    bed.write("main.tf", &trust(&issuer, ""));
    bed.apply().succeeded();
    assert!(caller.identity().is_ok());
    bed.destroy().succeeded();
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));
}
