//! Promises of single examples in addition to their apply: each identity provider's inputs, an estate created by hand, many clusters,
//! every way to configure the provider.

use std::{collections::BTreeMap, fs, path::Path};

use local_cks::{Cluster, ClusterSpec, OpenIdProvider};
use serde_json::{Value, json};

use crate::{
    in_parts, on_terraform,
    scenarios::examples::{PROVIDER_CONFIGURATION, bed, example, issuer, make_destroyable, put},
    support::{Bed, CLUSTER_ID, Host, Kubectl, Part, base64, block_on},
};

in_parts!(on_terraform: each_identity_providers_example_applies_unchanged);
on_terraform!(
    an_estate_created_by_hand_is_imported_without_a_write,
    every_cluster_that_matches_is_configured_and_no_other,
    the_emergency_kubeconfig_works_with_an_unreachable_issuer,
    every_way_to_configure_the_provider_is_valid,
);

const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

/// Names of a binding's subjects.
fn subjects(binding: &Value) -> Vec<&str> {
    let subjects = binding["subjects"].as_array().into_iter().flatten();
    subjects.filter_map(|subject| subject["name"].as_str()).collect()
}

fn each_identity_providers_example_applies_unchanged(host: &Host, part: Part) {
    let issuer = issuer();
    let mut bed = bed(host, &issuer);
    for own in ["TF_VAR_issuer_url", "TF_VAR_issuer_ca_certificate"] {
        bed.set_variable(own, None);
    }
    for (provider, user_claim, name) in part.of([
        ("google", "email", "google:ada@example.com"),
        ("entra", "oid", "entra:GROUP_OBJECT_ID"),
        ("okta", "email", "okta:platform"),
        ("keycloak", "preferred_username", "keycloak:platform"),
    ]) {
        let inputs = format!("-var-file={provider}.tfvars");
        put(&bed, &example("people-by-oidc"));
        let planned = bed.plan_with(&[&inputs]).succeeded();
        assert_eq!(planned.warnings(), [], "{provider}: inputs should need no warning\n{planned}");
        bed.apply_plan().succeeded();
        assert_eq!(bed.cluster().field("oidc")["usernameClaim"], user_claim);
        let (status, binding) = bed.kubernetes("GET", &format!("{BINDINGS}/people"), None);
        assert_eq!((status, subjects(&binding)), (200, vec![name]));
        bed.plan_with(&[&inputs]).expect_empty();
        bed.run(&["destroy", "-json", "-auto-approve", &inputs]).succeeded();
    }
}

/// Creates what `existing-estate` imports, as users do with curl and kubectl.
fn create_by_hand(bed: &Bed, issuer: &OpenIdProvider) {
    bed.change_as_another_client(Some(json!({
        "issuerUrl": issuer.issuer_url(), "clientId": "kubernetes", "usernameClaim": "email", "usernamePrefix": "oidc:",
        "groupsClaim": "groups", "groupsPrefix": "oidc:", "ca": base64(issuer.ca_pem()),
    })));
    let create = |path: &str, object: Value| {
        let (status, response) = bed.kubernetes("POST", path, Some(object));
        assert_eq!(status, 201, "{response}");
    };
    let kubectl = json!({ "kubectl.kubernetes.io/last-applied-configuration": "{}" });
    let role =
        |name: &str| json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name });
    create(
        "/api/v1/namespaces",
        json!({ "metadata": { "name": "shop", "labels": { "team": "shop" }, "annotations": kubectl } }),
    );
    create("/api/v1/namespaces/shop/serviceaccounts", json!({ "metadata": { "name": "deployer" } }));
    create(
        BINDINGS,
        json!({
            "metadata": { "name": "platform-view", "annotations": kubectl },
            "roleRef": role("view"),
            "subjects": [{ "kind": "Group", "name": "oidc:platform" }],
        }),
    );
    create(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings",
        json!({
            "metadata": { "name": "deployer" },
            "roleRef": role("edit"),
            "subjects": [{ "kind": "ServiceAccount", "name": "deployer", "namespace": "shop" }],
        }),
    );
}

fn an_estate_created_by_hand_is_imported_without_a_write(host: &Host) {
    let issuer = issuer();
    let bed = bed(host, &issuer);
    create_by_hand(&bed, &issuer);
    let estate = example("existing-estate");
    put(&bed, &estate);
    bed.write("imports.tf", &fs::read_to_string(estate.join("imports.tf")).expect("a text"));
    bed.local.clear_requests();

    let imports = [
        "import cks_cluster_oidc.this",
        "import cks_namespace.shop",
        "import cks_rbac_binding.deployer",
        "import cks_rbac_binding.platform",
        "import cks_service_account.deployer",
    ];
    let planned = bed.plan().succeeded();
    let mut actions = planned.actions();
    actions.sort_unstable();
    assert_eq!(actions, imports, "{planned}");
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded();
    bed.remove("imports.tf");
    bed.plan().expect_empty();
    bed.expect_only_reads();

    make_destroyable(&bed);
    bed.destroy().succeeded();
    assert_eq!(bed.cluster().field("oidc"), Value::Null);
    assert_eq!(bed.kubernetes("GET", &format!("{BINDINGS}/platform-view"), None).0, 404);
}

fn every_cluster_that_matches_is_configured_and_no_other(host: &Host) {
    let issuer = issuer();
    let bed = bed(host, &issuer);
    let add = |spec: ClusterSpec| block_on(bed.local.add_cluster(spec)).expect("one more cluster");
    let second = add(ClusterSpec::new("example").zone("US-WEST-01A").with_kubernetes());
    let other = add(ClusterSpec::new("another"));
    put(&bed, &example("many-clusters"));
    bed.plan().succeeded();
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();
    for cluster in [bed.local.cluster(CLUSTER_ID), second.clone()] {
        let path = format!("{BINDINGS}/people");
        let response = block_on(cluster.kubernetes(reqwest::Method::GET, &path, None));
        let (status, binding) = response.expect("kube-apiserver responds");
        assert_eq!((status, subjects(&binding)), (200, vec!["oidc:platform"]));
        assert_eq!(cluster.field("oidc")["issuerUrl"], issuer.issuer_url());
    }
    assert_eq!(other.field("oidc"), Value::Null);
    expect_merge_keeps_both(&bed, &second);

    // A cluster that no longer matches loses the configuration, and the other keeps it.
    bed.apply_with(&["-var", "zone=US-EAST-04A"]).succeeded();
    assert_eq!(second.field("oidc"), Value::Null);
    assert_eq!(bed.cluster().field("oidc")["issuerUrl"], issuer.issuer_url());
}

/// Both clusters have the same name.
fn expect_merge_keeps_both(bed: &Bed, second: &Cluster) {
    let kubeconfigs = bed.run(&["output", "-json", "kubeconfigs"]);
    let kubeconfigs: BTreeMap<String, String> =
        serde_json::from_str(&kubeconfigs.stdout).unwrap_or_else(|error| panic!("{error}: {kubeconfigs}"));
    let kubeconfigs: Vec<_> = kubeconfigs.into_values().collect();
    let Some(kubectl) = Kubectl::with_merged(&kubeconfigs) else { return };
    let merged = kubectl.json(&["config", "view", "-o", "json"]);
    let entries = |of: &str| merged[of].as_array().cloned().unwrap_or_default();
    let servers: BTreeMap<_, _> = entries("clusters")
        .into_iter()
        .map(|entry| (entry["name"].to_string(), entry["cluster"]["server"].to_string()))
        .collect();
    let expected = [("example-us-east-04a", &bed.cluster()), ("example-us-west-01a", second)];
    let expected = expected
        .map(|(name, cluster)| (format!("{name:?}"), format!("\"https://{}\"", cluster.unmanaged_host())));
    assert_eq!(servers, BTreeMap::from(expected), "{merged}");
    assert_eq!((entries("contexts").len(), entries("users").len()), (2, 2), "{merged}");
}

fn the_emergency_kubeconfig_works_with_an_unreachable_issuer(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    // Its issuer is unreachable, so that no user can log in by OIDC.
    for (name, value) in [("cluster_name", "example"), ("issuer_url", "https://nowhere.invalid")] {
        bed.set_variable(&format!("TF_VAR_{name}"), Some(value));
    }
    put(&bed, &example("never-locked-out"));
    bed.apply().succeeded();
    let file = bed.attributes("cks_kubeconfig.emergency")["kubeconfig"].clone();
    let file = file.as_str().expect("a text");
    assert!(!file.contains("CW-SECRET-"), "{file}");
    let Some(kubectl) = Kubectl::with(file) else { return };
    let kubectl = kubectl.in_environment(bed.local.environment());
    let output = kubectl.run(&["auth", "can-i", "*", "*"]);
    assert_eq!((output.code, output.stdout.trim()), (Some(0), "yes"), "{output:?}");
}

fn every_way_to_configure_the_provider_is_valid(host: &Host) {
    let bed = Bed::new(host);
    let mut count = 0;
    for file in fs::read_dir(example(PROVIDER_CONFIGURATION)).expect("a directory").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_none_or(|kind| kind != "tf") {
            continue;
        }
        eprintln!("{name}");
        bed.clear();
        bed.write(&name, &fs::read_to_string(file.path()).expect("a text"));
        let validated = bed.validate().succeeded();
        assert_eq!(validated.warnings(), [], "{name}\n{validated}");
        count += 1;
    }
    assert!(count >= 5, "{count} examples were found");
}
