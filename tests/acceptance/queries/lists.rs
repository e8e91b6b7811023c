//! `terraform query`: what it finds, what it leaves out, and what it sends.

use local_cks::{Call, Fault, Injection};
use serde_json::Value;

use super::estate;
use crate::{
    on_terraform,
    support::{CLUSTER_ID, Host, Run},
};

on_terraform!(
    a_query_finds_what_can_be_managed_and_its_configuration_imports_it_without_a_change,
    a_query_has_what_its_filters_say_with_one_request_for_a_kind_and_ends_at_its_limit,
);

/// Every type that can be imported.
const TYPES: [&str; 7] = [
    "cks_cluster_authn_webhook",
    "cks_cluster_authz_webhook",
    "cks_cluster_oidc",
    "cks_namespace",
    "cks_rbac_binding",
    "cks_rbac_role",
    "cks_service_account",
];

/// A list resource with these lines in its configuration.
fn list(resource: &str, name: &str, limit: u32, lines: &str) -> String {
    format!(
        "list {resource:?} {name:?} {{\n  provider = cks\n  limit = {limit}\n  config {{\n    {}\n  }}\n}}\n",
        lines.replace("; ", "\n    ")
    )
}

/// What a query found, such as `cks_rbac_role.all: ClusterRole monitor in …`, without the cluster.
fn found(query: &Run) -> Vec<String> {
    let of_type = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let found = message.get("list_resource_found")?;
        let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
        let name = text("display_name");
        let name = name.split_once(" in ").map_or(name.as_str(), |(name, _)| name);
        Some(format!("{} {name}", text("resource_type")))
    };
    query.stdout.lines().filter_map(of_type).collect()
}

fn a_query_finds_what_can_be_managed_and_its_configuration_imports_it_without_a_change(host: &Host) {
    let bed = estate::bed(host);
    estate::add_clusters(&bed);
    let all = TYPES.map(|resource| list(resource, "all", 1000, ""));
    bed.write("estate.tfquery.hcl", &all.concat());
    let query = bed.run(&["query", "-json", "-generate-config-out=generated.tf"]).succeeded();
    bed.expect_only_reads();
    let listed = found(&query);
    for expected in [
        "cks_cluster_authn_webhook blocks (US-EAST-04A)",
        "cks_cluster_authz_webhook blocks (US-EAST-04A)",
        "cks_cluster_oidc blocks (US-EAST-04A)",
        "cks_namespace Namespace shop",
        "cks_rbac_binding ClusterRoleBinding shop:everyone",
        "cks_rbac_binding RoleBinding shop/reader",
        "cks_rbac_role ClusterRole nothing",
        "cks_rbac_role ClusterRole shop:viewer?",
        "cks_rbac_role Role shop/reader",
        "cks_service_account ServiceAccount shop/builder",
        "cks_service_account ServiceAccount shop/deployer",
    ] {
        assert!(listed.iter().any(|listed| listed == expected), "{expected}: {listed:#?}\n{query}");
    }
    // The bindings of CoreWeave's managed endpoint are there too: nothing tells them from others.
    let others: Vec<_> = listed.iter().filter(|listed| !listed.contains("ClusterRoleBinding cks-")).collect();
    assert_eq!(others.len(), 11, "{others:#?}");

    query.expect_warning(&[
        "2 objects of cluster example (US-EAST-04A) cannot be managed by cks_rbac_binding",
        "\"empty\" (Binding has no subjects)",
        "normal form",
    ]);
    query.expect_warning(&[
        "1 object of cluster example (US-EAST-04A) cannot be managed by cks_rbac_role",
        "\"monitor\" (Aggregated",
    ]);
    query.expect_warning(&[
        "in cluster blocks (US-EAST-04A) could not be read",
        "so none of them are in the list",
    ]);
    query.expect_warning(&["in cluster creating (US-EAST-04A) could not be read", "has no address"]);

    let planned = bed.plan().succeeded();
    assert!(planned.stdout.contains(&format!("\"import\":{}", listed.len())), "{planned}");
    let changes = bed.planned();
    for change in changes["resource_changes"].as_array().expect("changes") {
        assert_eq!(change["change"]["actions"], serde_json::json!(["no-op"]), "{change:#}");
    }
    bed.local.clear_requests();
    bed.apply_plan().succeeded();
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn a_query_has_what_its_filters_say_with_one_request_for_a_kind_and_ends_at_its_limit(host: &Host) {
    let bed = estate::bed(host);
    let here = format!("cluster_id = {CLUSTER_ID:?}");
    let query = |text: &str| {
        bed.write("estate.tfquery.hcl", text);
        bed.local.clear_requests();
        bed.run(&["query", "-json"])
    };
    let listed = |resource: &str, lines: &str| {
        let mut listed = found(&query(&list(resource, "all", 100, &format!("{here}; {lines}"))).succeeded());
        listed.sort_unstable();
        let names: Vec<_> =
            listed.iter().map(|name| name.rsplit_once(' ').expect("a name").1.to_owned()).collect();
        names.join(" ")
    };
    let requests = |plural: &str| {
        let sent = bed.local.requests_of(Call::Managed);
        sent.iter()
            .filter(|request| request.path.contains(plural))
            .map(|request| request.path.clone())
            .collect::<Vec<_>>()
    };

    assert_eq!(listed("cks_rbac_binding", "group = \"oidc:platform\""), "shop:everyone");
    assert_eq!(requests("rolebindings").len(), 2, "a list for each of the two kinds");
    // Terraform gives the name in normal form C, and the cluster has another one.
    assert_eq!(listed("cks_rbac_binding", "user = \"oidc:zo\u{eb}\""), "shop:everyone");
    assert_eq!(
        listed("cks_rbac_binding", "service_account = \"shop:deployer\"; namespace = \"shop\""),
        "shop/reader"
    );
    assert_eq!(
        requests("rolebindings"),
        ["/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings?limit=100"]
    );
    assert_eq!(listed("cks_rbac_binding", "role = \"reader\""), "shop/reader");
    assert_eq!(listed("cks_service_account", "label_selector = \"env in (prod)\""), "shop/deployer");
    assert_eq!(listed("cks_rbac_role", "namespace = \"shop\""), "shop/reader");
    assert_eq!(listed("cks_namespace", ""), "shop");
    let system = listed("cks_namespace", "include_system = true");
    assert_eq!(system, "cw-agents default kube-node-lease kube-public kube-system shop");

    // The limit of Terraform, with the first page alone.
    let text = list("cks_service_account", "all", 2, &format!("{here}; include_system = true"));
    let limited = query(&text).succeeded();
    assert_eq!(found(&limited).len(), 2, "{limited}");
    assert_eq!(requests("serviceaccounts"), ["/api/v1/serviceaccounts?limit=100"]);

    query(&list("cks_namespace", "all", 5, &format!("{here}; label_selector = \"a=b=c\"")))
        .failed()
        .expect_error(&["Invalid label selector", "Kubernetes rejected `label_selector`"]);
    let system = query(&list("cks_rbac_role", "all", 5, &format!("{here}; namespace = \"kube-system\"")));
    assert_eq!(found(&system), [""; 0]);
    system.succeeded().expect_warning(&["Objects in kube-system are listed only with include_system"]);

    // A kind that the caller may not list is left out of all clusters, and an error of the one that is named.
    let refused = Injection::new(Fault::status(403)).on(Call::Managed).path("/clusterrolebindings");
    bed.local.inject(refused.times(u32::MAX));
    let partly = query(&list("cks_rbac_binding", "all", 100, "")).succeeded();
    assert_eq!(found(&partly), ["cks_rbac_binding RoleBinding shop/reader"], "{partly}");
    partly.expect_warning(&[
        "Objects of kind ClusterRoleBinding in cluster example (US-EAST-04A) could not be read",
        "The list continues with objects of kind RoleBinding",
        "Cause: The caller may not list any ClusterRoleBinding",
    ]);
    query(&list("cks_rbac_binding", "all", 100, &here)).failed().expect_error(&["ClusterRoleBinding"]);
}
