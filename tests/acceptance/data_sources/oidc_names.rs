//! The functions `oidc_username` and `oidc_group`: their results equal the names of a real ID token's user in a real kube-apiserver.

use local_cks::{OpenIdProvider, User};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    in_parts, on_terraform,
    support::{Bed, CLIENT, CLUSTER_ID, Caller, Host, ISSUER, Part, block_on},
};

in_parts!(on_terraform: the_names_equal_those_in_kubernetes);
on_terraform!(
    an_empty_value_is_rejected_at_its_argument,
    an_argument_that_is_no_issuer_is_reported_at_its_position,
    a_name_can_be_known_at_plan_or_only_after_apply,
);

const GROUPS: [&str; 2] = ["platform", "on-call"];

/// One configuration of a cluster; `None` is null.
struct Case {
    username_claim: Option<&'static str>,
    username_prefix: Option<&'static str>,
    groups_prefix: Option<&'static str>,
    /// Value of that claim in the user's tokens.
    value: &'static str,
}

const CASES: [Case; 8] = [
    Case { username_claim: None, username_prefix: None, groups_prefix: None, value: "ada" },
    Case { username_claim: Some("sub"), username_prefix: None, groups_prefix: Some("-"), value: "ada" },
    Case {
        username_claim: Some("email"),
        username_prefix: None,
        groups_prefix: Some("oidc:"),
        value: "ada@example.com",
    },
    Case { username_claim: None, username_prefix: Some("-"), groups_prefix: Some(""), value: "ada" },
    Case {
        username_claim: Some("email"),
        username_prefix: Some("-"),
        groups_prefix: None,
        value: "ada@example.com",
    },
    Case { username_claim: Some(""), username_prefix: Some(""), groups_prefix: Some(""), value: "ada" },
    Case {
        username_claim: Some("email"),
        username_prefix: Some("oidc:"),
        groups_prefix: Some("team/"),
        value: "ada@example.com",
    },
    Case {
        username_claim: Some("preferred_username"),
        username_prefix: None,
        groups_prefix: None,
        value: "Ada Lovelace",
    },
];

fn hcl(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), |text| format!("{text:?}"))
}

impl Case {
    fn configuration(&self, issuer: &OpenIdProvider) -> String {
        format!(
            r#"
locals {{
  issuer_url      = {:?}
  username_claim  = {}
  username_prefix = {}
  groups_prefix   = {}
}}
resource "cks_cluster_oidc" "example" {{
  cluster_id      = {CLUSTER_ID:?}
  issuer_url      = local.issuer_url
  client_id       = {CLIENT:?}
  username_claim  = local.username_claim
  username_prefix = local.username_prefix
  groups_claim    = "groups"
  groups_prefix   = local.groups_prefix
  ca_certificate  = <<-EOT
{}EOT
}}
output "username" {{
  value = provider::cks::oidc_username(local.issuer_url, local.username_claim, local.username_prefix, {:?})
}}
output "groups" {{
  value = [for group in {GROUPS:?} : provider::cks::oidc_group(local.groups_prefix, group)]
}}
"#,
            issuer.issuer_url(),
            hcl(self.username_claim),
            hcl(self.username_prefix),
            hcl(self.groups_prefix),
            issuer.ca_pem(),
            self.value,
        )
    }
}

fn the_names_equal_those_in_kubernetes(host: &Host, part: Part) {
    let ada = User::new("ada")
        .email("ada@example.com")
        .groups(&GROUPS)
        .claim("preferred_username", json!("Ada Lovelace"));
    let issuer = block_on(OpenIdProvider::start(vec![ada])).expect("an OpenID provider");
    let bed = Bed::with_kubernetes(host);
    for case in part.of(CASES) {
        let configuration = case.configuration(&issuer);
        bed.write("main.tf", &configuration);
        let applied = bed.apply().succeeded();
        let token = block_on(issuer.id_token("ada", CLIENT)).expect("an ID token");
        let identity = Caller::new(&bed, token.expose_secret()).identity().expect("the token is accepted");
        assert_eq!(identity["username"], applied.output("username"), "{configuration}");
        let mut groups = applied.output("groups");
        groups.as_array_mut().expect("a list").push(json!("system:authenticated"));
        assert_eq!(identity["groups"], groups, "{configuration}");
    }
}

/// An output of this expression.
fn output(expression: &str) -> String {
    format!("output \"it\" {{\n  value = {expression}\n}}\n")
}

fn an_empty_value_is_rejected_at_its_argument(host: &Host) {
    let call = format!("provider::cks::oidc_username({ISSUER:?}, \"email\", null, \"\")");
    let bed = Bed::of(host, &output(&call));
    let error = bed.plan().failed().expect_error(&["value", "It is empty", "the claim \"email\""]);
    assert_eq!((error.line, error.code.contains(&call)), (2, true), "{error:?}");
    assert_eq!(bed.local.requests().len(), 0, "a function sends no request");
}

fn an_argument_that_is_no_issuer_is_reported_at_its_position(host: &Host) {
    let bed = Bed::of(
        host,
        &output("provider::cks::oidc_username(\"http://accounts.example.com\", null, null, \"ada\")"),
    );
    bed.plan().failed().expect_error(&["issuer_url", "https only"]);
}

fn a_name_can_be_known_at_plan_or_only_after_apply(host: &Host) {
    let bed = Bed::of(
        host,
        &[
            "resource \"terraform_data\" \"user\" {\n  input = \"ada\"\n}\n",
            &output("provider::cks::oidc_group(\"oidc:\", terraform_data.user.output)"),
        ]
        .concat(),
    );
    bed.plan().succeeded();
    assert_eq!(bed.apply_plan().succeeded().output("it"), "oidc:ada");
    bed.plan().expect_empty();
}
