//! The tokens of listed ServiceAccounts: from labels and annotations of the provider's Secrets, and null without the permission to list them.

use local_cks::{Call, Fault, Injection};
use serde_json::{Value, json};

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    a_service_account_has_the_tokens_of_the_provider_with_their_states,
    without_the_permission_to_list_secrets_tokens_are_null_and_one_warning_says_so,
);

const SECRETS: &str = "/api/v1/namespaces/default/secrets";

/// ServiceAccounts with a token each, and a list of them.
fn configuration(arguments: &str) -> String {
    format!(
        r#"
resource "cks_service_account" "these" {{
  for_each   = toset(["builder", "deployer", "idle"])
  cluster_id = {CLUSTER_ID:?}
  namespace  = "default"
  name       = each.key
}}

resource "cks_service_account_token" "these" {{
  for_each        = toset(["builder", "deployer"])
  cluster_id      = {CLUSTER_ID:?}
  namespace       = "default"
  service_account = cks_service_account.these[each.key].name
  duration        = "2h"
}}

data "cks_service_accounts" "all" {{
  {arguments}
  depends_on = [cks_service_account_token.these]
}}

output "tokens" {{
  value = {{ for account in data.cks_service_accounts.all.service_accounts : account.name => account.tokens }}
}}

output "resources" {{
  value = {{
    for name, token in cks_service_account_token.these :
    name => [token.id, token.secret_name, token.expires_at, token.credential_id]
  }}
}}
"#
    )
}

fn a_service_account_has_the_tokens_of_the_provider_with_their_states(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &configuration(&format!("cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"")));
    let applied = bed.apply().succeeded();
    let (tokens, resources) = (applied.output("tokens"), applied.output("resources"));
    for name in ["builder", "deployer"] {
        let token = &tokens[name][0];
        let shown = ["token_id", "secret_name", "expires_at", "credential_id"].map(|key| token[key].clone());
        assert_eq!(Value::from(shown.to_vec()), resources[name], "{tokens}");
        assert_eq!([&token["state"], &token["for_one_run"]], [&json!("issued"), &json!(false)], "{token}");
        let path = format!("{SECRETS}/{}", token["secret_name"].as_str().expect("a name"));
        assert_eq!(
            bed.kubernetes("GET", &path, None).1["metadata"]["creationTimestamp"],
            token["created_at"]
        );
    }
    assert_eq!(tokens["idle"], json!([]));
    bed.plan().expect_empty();
    // No token is in what the data source has.
    let state = bed.state();
    let resources = state["values"]["root_module"]["resources"].as_array().expect("a list").iter();
    let (mut found, mut issued) = (String::new(), Vec::new());
    for resource in resources {
        match resource["type"].as_str() {
            Some("cks_service_accounts") => found = resource.to_string(),
            Some("cks_service_account_token") => issued.push(resource["values"]["token"].clone()),
            _ => {}
        }
    }
    assert_eq!(issued.len(), 2);
    assert!(!issued.iter().any(|token| found.contains(token.as_str().expect("a token"))), "{found}");

    // What a run that was killed left, and what has expired by the cluster's clock.
    let annotate = |name: &str, key: &str, value: &str| {
        let path = format!("{SECRETS}/{}", tokens[name][0]["secret_name"].as_str().expect("a name"));
        let key = format!("cks-community.github.io/{key}");
        let (status, answer) =
            bed.kubernetes("PATCH", &path, Some(json!({"metadata": {"annotations": {key: value}}})));
        assert_eq!(status, 200, "{answer}");
    };
    annotate("builder", "token-state", "pending");
    annotate("deployer", "token-expires-at", "2020-01-01T00:00:00Z");
    bed.plan_with(&["-target=data.cks_service_accounts.all", "-refresh=false"]).succeeded();
    let planned = bed.planned();
    let states = |tokens: &Value| ["builder", "deployer"].map(|name| tokens[name][0]["state"].clone());
    assert_eq!(
        states(&planned["planned_values"]["outputs"]["tokens"]["value"]),
        [json!("pending"), json!("expired")]
    );
}

fn without_the_permission_to_list_secrets_tokens_are_null_and_one_warning_says_so(host: &Host) {
    const WARNING: &str = "Tokens of ServiceAccounts are not listed";
    let bed = Bed::with_kubernetes(host);
    let list = |arguments: &str| {
        format!(
            "data \"cks_service_accounts\" \"all\" {{\n  include_system = true\n  {arguments}\n}}\n\
             output \"tokens\" {{\n  value = distinct(data.cks_service_accounts.all.service_accounts[*].tokens)\n}}\n\
             output \"count\" {{\n  value = length(data.cks_service_accounts.all.service_accounts)\n}}\n"
        )
    };
    let refused = Injection::new(Fault::status(403)).on(Call::Managed).path("/secrets");
    bed.local.inject(refused.times(u32::MAX));
    for arguments in ["", &format!("cluster_id = {CLUSTER_ID:?}")] {
        bed.write("main.tf", &list(arguments));
        let applied = bed.apply().succeeded();
        assert_eq!(applied.output("tokens"), json!([null]), "{applied}");
        assert!(applied.output("count").as_u64() > Some(1), "{applied}");
        let warnings = applied.warnings().into_iter().filter(|warning| warning.summary == WARNING).count();
        assert_eq!(warnings, 1, "{applied}");
        applied.expect_warning(&[WARNING, CLUSTER_ID, "grant the provider's caller `list` on `secrets`"]);
    }
    bed.local.clear_requests();
    bed.write("main.tf", &list("include_tokens = false"));
    let applied = bed.apply().succeeded();
    assert_eq!((applied.output("tokens"), applied.warnings()), (json!([null]), Vec::new()), "{applied}");
    let sent = bed.local.requests_of(Call::Managed);
    assert!(!sent.iter().any(|request| request.path.contains("/secrets")), "{sent:?}");
}
