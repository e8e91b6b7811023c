//! Values that are known only after apply: they never fail a plan, and are checked before the first request.

use secrecy::ExposeSecret as _;

use crate::{
    for_every_block, on_both_hosts, on_every_host,
    support::{Bed, Block, CLUSTER_ID, Content, Host, ISSUER, minimal_block, oidc},
};

for_every_block!(on_every_host: unknown_values_are_planned_and_applied);

on_every_host!(a_resource_is_planned_while_the_providers_token_is_unknown);

on_both_hosts!(
    an_unknown_value_that_becomes_invalid_is_rejected_before_any_request,
    a_refresh_keeps_the_state_while_the_providers_token_is_unknown,
    a_data_source_reports_which_provider_value_is_unknown,
    an_import_reports_which_provider_value_is_unknown,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

/// A value that is known only after apply.
fn later(name: &str, value: &str) -> String {
    format!("resource \"terraform_data\" {name:?} {{\n  input = {value:?}\n}}\n")
}

fn unknown_values_are_planned_and_applied(host: &Host, block: &Block) {
    let Content::Text(url) = block.url().given else { panic!("a URL is a text") };
    let unknown = block
        .minimal("")
        .replace(&format!("{CLUSTER_ID:?}"), "terraform_data.cluster_id.output")
        .replace(&format!("{url:?}"), "terraform_data.url.output");
    let known = [later("cluster_id", CLUSTER_ID), later("url", url)];
    let bed = Bed::of(host, &(known.concat() + &unknown));
    let planned = bed.plan().succeeded();
    assert!(planned.actions().contains(&format!("create {}", block.address())), "{planned}");
    assert_eq!(bed.local.requests().len(), 0, "no request while the cluster is unknown");
    bed.apply_plan().succeeded();
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    bed.plan().expect_empty();
}

fn an_unknown_value_that_becomes_invalid_is_rejected_before_any_request(host: &Host) {
    let wrong = [
        ("issuer_url", "http://accounts.example.com", "https only"),
        ("ca_certificate", "none", "no certificate in it"),
        ("required_claim", "department", "key=value"),
    ];
    for (attribute, value, message) in wrong {
        let without = oidc("").replace(&format!("  issuer_url = {ISSUER:?}\n"), "");
        let issuer =
            if attribute == "issuer_url" { String::new() } else { format!("  issuer_url = {ISSUER:?}\n") };
        let given = format!("{issuer}  {attribute} = terraform_data.later.output\n}}\n");
        let resource = without.trim_end().trim_end_matches('}').to_owned() + &given;
        let bed = Bed::of(host, &[later("later", value), resource].concat());
        bed.plan().succeeded();
        bed.local.clear_requests();
        let error = bed.apply_plan().failed().expect_error(&[attribute, message]);
        assert_eq!(error.code, format!("{attribute} = terraform_data.later.output"));
        assert_eq!(bed.local.requests().len(), 0);
        assert_eq!(bed.instance(ADDRESS), None);
    }
}

/// A provider block whose token comes from another resource, and the variable that this comes from.
fn provider_with_unknown_token() -> String {
    r#"
variable "token" {}
resource "terraform_data" "token" {
  input = var.token
}
provider "cks" {
  token = terraform_data.token.output
}
"#
    .to_owned()
}

fn with_unknown_token(host: &Host, configuration: &str) -> Bed {
    let mut bed = Bed::of(host, &(provider_with_unknown_token() + configuration));
    bed.set_variable("COREWEAVE_API_TOKEN", None);
    let token = bed.admin_token();
    bed.set_variable("TF_VAR_token", Some(token.expose_secret()));
    bed
}

fn a_resource_is_planned_while_the_providers_token_is_unknown(host: &Host) {
    let bed = with_unknown_token(host, &oidc(""));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    assert_eq!(bed.local.requests().len(), 0);
    bed.apply_plan().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn a_refresh_keeps_the_state_while_the_providers_token_is_unknown(host: &Host) {
    let mut bed = with_unknown_token(host, &oidc(""));
    bed.apply().succeeded();
    bed.local.clear_requests();
    let rotated = bed.local.add_token("ab1cd2", local_cks::Role::Admin);
    bed.set_variable("TF_VAR_token", Some(rotated.expose_secret()));
    let planned = bed.plan().plans(&["update terraform_data.token"]);
    let warnings = planned.warnings();
    assert_eq!(warnings.len(), 1, "{planned}");
    planned.expect_warning(&["token"]);
    assert_eq!(bed.local.requests().len(), 0);
    bed.apply_plan().succeeded();
    assert!(bed.instance(ADDRESS).is_some());
    bed.plan().expect_empty();
}

fn a_data_source_reports_which_provider_value_is_unknown(host: &Host) {
    let reading = format!("data \"cks_cluster\" \"example\" {{\n  id = {CLUSTER_ID:?}\n}}\n");
    let bed = with_unknown_token(host, &reading);
    bed.plan().failed().expect_error(&["`token`", "known only after apply", "depends_on"]);
    // The fix in the message works.
    let waiting = reading.replace("}\n", "  depends_on = [terraform_data.token]\n}\n");
    bed.write("main.tf", &(provider_with_unknown_token() + &waiting));
    bed.apply().succeeded();
    bed.plan().expect_empty();
}

fn an_import_reports_which_provider_value_is_unknown(host: &Host) {
    let import = format!("import {{\n  to = {ADDRESS}\n  id = {CLUSTER_ID:?}\n}}\n");
    let bed = with_unknown_token(host, &(import + &oidc("")));
    bed.plan().failed().expect_error(&["`token`", "known only after apply"]);
    assert_eq!(bed.local.requests().len(), 0);
}
