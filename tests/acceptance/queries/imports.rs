//! Imports of what the data sources list, on hosts without `terraform query`, as the guide of the existing estate has them.

use std::{fs, path::Path};

use serde_json::Value;

use super::estate::{self, BLOCKS_ID};
use crate::{
    on_both_hosts, on_terraform,
    support::{Bed, CLUSTER_ID, Host, Kubectl},
};

on_both_hosts!(the_recipe_of_the_guide_imports_all_that_the_data_sources_list);
on_terraform!(
    an_import_block_without_a_resource_generates_a_configuration_without_a_change,
    a_label_selector_means_what_it_means_to_kubectl,
);

/// The configuration in the guide that follows this comment line.
fn of_guide(first_line: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/guides/existing-estate.md.tmpl");
    let text = fs::read_to_string(guide).expect("a guide");
    let block = text.split("```terraform\n").find(|block| block.starts_with(first_line));
    let block =
        block.unwrap_or_else(|| panic!("the guide has no configuration that begins with {first_line:?}"));
    block.split("```").next().unwrap_or_default().to_owned()
}

fn the_recipe_of_the_guide_imports_all_that_the_data_sources_list(host: &Host) {
    let bed = estate::bed(host);
    bed.write("main.tf", "data \"cks_cluster\" \"this\" {\n  name = \"example\"\n}\n");
    let chosen = of_guide("# All bindings of the cluster")
        .replace("[\"NAME\"]", "[\"cks-managed-admin\", \"shop:everyone\"]");
    bed.write("list.tf", &chosen);
    bed.write("outputs.tf", &of_guide("# What will be imported"));
    bed.write("bindings.tf", &of_guide("# One resource for each binding"));
    bed.write("imports.tf", &of_guide("# Import what the data source lists"));
    let planned = bed.plan().succeeded();
    planned.expect_warning(&["2 objects of cluster", "Binding has no subjects"]);
    let changes = imported_without_a_change(&bed);
    let left_out =
        |address: &String| address.contains("cks-managed-admin") || address.contains("shop:everyone");
    assert!(!changes.iter().any(left_out), "{changes:?}");
    assert!(changes.iter().any(|address| address.contains("shop/reader")), "{changes:?}");
    bed.local.clear_requests();
    let applied = bed.apply().succeeded();
    bed.expect_only_reads();
    let second = bed.plan();
    assert_eq!(second.code, Some(0), "{second}");
    // Then the list stays as it is, whatever others create: the data source, its `locals` and the `import` block are replaced.
    bed.write("bindings.json", &applied.output("bindings").to_string());
    bed.write("list.tf", &of_guide("# The bindings as they were imported"));
    bed.remove("imports.tf");
    bed.apply().succeeded();
    bed.plan().expect_empty();
    bed.expect_only_reads();
}

/// Addresses in the plan, which must import each and change none.
#[track_caller]
fn imported_without_a_change(bed: &Bed) -> Vec<String> {
    let planned = bed.planned();
    let changes = planned["resource_changes"].as_array().expect("a plan has changes");
    let addresses = changes.iter().map(|change| {
        assert_eq!(change["change"]["actions"], serde_json::json!(["no-op"]), "{change:#}");
        assert!(change["change"]["importing"].is_object(), "{change:#}");
        change["address"].as_str().expect("an address").to_owned()
    });
    addresses.collect()
}

/// Terraform 1.16.0 looks for the provider of such a block in the namespace `hashicorp`, unless it names the provider; once it does
/// not, the guide need not say so.
fn an_import_block_without_a_resource_generates_a_configuration_without_a_change(host: &Host) {
    let bed = estate::bed(host);
    estate::add_clusters(&bed);
    let ids = [
        ("cks_cluster_oidc", BLOCKS_ID.to_owned()),
        ("cks_cluster_authn_webhook", BLOCKS_ID.to_owned()),
        ("cks_cluster_authz_webhook", BLOCKS_ID.to_owned()),
        ("cks_namespace", format!("{CLUSTER_ID}/shop")),
        ("cks_service_account", format!("{CLUSTER_ID}/shop/deployer")),
        ("cks_rbac_role", format!("{CLUSTER_ID}/shop:viewer?")),
        ("cks_rbac_binding", format!("{CLUSTER_ID}/shop/reader")),
    ];
    let blocks = |more: &str| {
        let block = |(resource, id): &(&str, String)| {
            format!("import {{\n{more}  to = {resource}.this\n  id = {id:?}\n}}\n")
        };
        ids.iter().map(block).collect::<String>()
    };
    bed.write("imports.tf", &blocks(""));
    let refused = bed.plan_with(&["-generate-config-out=generated.tf"]).failed();
    refused.expect_error(&["registry.terraform.io/hashicorp/cks"]);
    bed.write("imports.tf", &blocks("  provider = cks\n"));
    bed.plan_with(&["-generate-config-out=generated.tf"]).succeeded();
    assert_eq!(imported_without_a_change(&bed).len(), ids.len());
    // With the generated configuration the block must not name it.
    bed.write("imports.tf", &blocks(""));
    bed.plan().succeeded();
    assert_eq!(imported_without_a_change(&bed).len(), ids.len(), "with the generated configuration");
    bed.local.clear_requests();
    bed.apply_plan().succeeded();
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn a_label_selector_means_what_it_means_to_kubectl(host: &Host) {
    const SELECTORS: [&str; 12] = [
        "",
        "env",
        "!env",
        "env=prod",
        "env == prod",
        "env!=prod",
        "env in (prod,test)",
        "env notin (prod)",
        "team=shop,env=test",
        "team=shop,!env",
        "example.com/tier",
        "env in (prod),team in (shop)",
    ];
    let bed = estate::bed(host);
    let Some(kubectl) = Kubectl::with(&bed.cluster().admin_kubeconfig().expect("a Kubernetes")) else {
        return;
    };
    bed.write(
        "main.tf",
        &format!(
            "data \"cks_service_accounts\" \"by\" {{\n  for_each = toset({SELECTORS:?})\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"shop\"\n  \
             include_system = true\n  label_selector = each.value\n}}\n\
             output \"names\" {{\n  value = {{ for selector, list in data.cks_service_accounts.by : selector => list.service_accounts[*].name }}\n}}\n"
        ),
    );
    let names = bed.apply().succeeded().output("names");
    for selector in SELECTORS {
        let listed = kubectl.json(&["get", "serviceaccounts", "-n", "shop", "-o", "json", "-l", selector]);
        let listed = listed["items"].as_array().expect("a list").iter();
        let expected: Vec<Value> = listed.map(|account| account["metadata"]["name"].clone()).collect();
        assert_eq!(names[selector], Value::from(expected), "{selector:?}");
    }
}
