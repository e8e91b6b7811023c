//! `moved` blocks from the types of hashicorp/kubernetes. Its states are made from the documented schemas of its versions 2 and 3. The host
//! loads that provider because the state names it, and calls nothing of it: here it is the provider under test itself.

use std::{fs, path::Path};

use local_cks::tools::Feature;
use serde_json::{Value, json};

use super::kinds::{self, SAMPLES, Sample, all, each, sorted, writes};
use crate::{
    on_both_hosts,
    support::{Bed, CLUSTER_ID, Host},
};

on_both_hosts!(
    objects_of_hashicorp_kubernetes_move_here_without_a_write,
    the_example_of_the_guide_moves_without_a_write,
);

/// The type in that provider: with and without the version, as both exist there.
fn former_type(thing: &Sample) -> &'static str {
    match thing.resource {
        "cks_namespace" => "kubernetes_namespace_v1",
        "cks_service_account" => "kubernetes_service_account",
        "cks_rbac_role" => "kubernetes_role",
        _ => "kubernetes_cluster_role_binding_v1",
    }
}

/// An object as that provider stores it.
fn former_state(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let labels = metadata["labels"].as_object().into_iter().flatten();
    let labels: serde_json::Map<_, _> = labels
        .filter(|(key, _)| !key.contains("kubernetes.io"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut state = json!({
        "id": metadata["name"],
        "metadata": [{
            "annotations": {}, "generate_name": "", "generation": 0, "labels": labels, "name": metadata["name"],
            "namespace": metadata["namespace"], "resource_version": metadata["resourceVersion"], "uid": metadata["uid"],
        }],
    });
    let each = |member: &str, of: &dyn Fn(&Value) -> Value| {
        object[member].as_array().into_iter().flatten().map(of).collect::<Vec<_>>()
    };
    // Lists of rules are sets in its schema, which the state has in order.
    let set = |list: &Value| {
        let mut texts = list.as_array().cloned().unwrap_or_default();
        texts.sort_by_key(Value::to_string);
        Value::from(texts)
    };
    let more = match object["kind"].as_str() {
        Some("Namespace") => json!({ "timeouts": null, "wait_for_default_service_account": true }),
        Some("ServiceAccount") => json!({
            "automount_service_account_token": object["automountServiceAccountToken"], "default_secret_name": "",
            "image_pull_secret": [{ "name": "registry" }], "secret": [], "timeouts": null,
        }),
        Some("Role") => json!({
            "rule": each("rules", &|rule| json!({
                "api_groups": set(&rule["apiGroups"]), "resource_names": [], "resources": set(&rule["resources"]),
                "verbs": set(&rule["verbs"]),
            })),
        }),
        _ => json!({
            "role_ref": [{
                "api_group": object["roleRef"]["apiGroup"], "kind": object["roleRef"]["kind"], "name": object["roleRef"]["name"],
            }],
            // Its schema has a default for the namespace, which users and groups get too.
            "subject": each("subjects", &|subject| json!({
                "api_group": subject["apiGroup"].as_str().unwrap_or_default(), "kind": subject["kind"], "name": subject["name"],
                "namespace": subject["namespace"].as_str().unwrap_or("default"),
            })),
        }),
    };
    state.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    state
}

/// Resources of that provider: type, name, and the object.
type Former = (&'static str, &'static str, Value);

/// The samples as resources of that provider.
fn samples(bed: &Bed, things: &[&Sample]) -> Vec<Former> {
    things.iter().map(|thing| (former_type(thing), "it", thing.object(bed))).collect()
}

/// Writes the state file that Terraform with that provider would have left.
fn write_former_state(bed: &Bed, host: &Host, former: &[Former], change: impl Fn(&mut Value)) {
    let registry = if host.is_open_tofu() { "registry.opentofu.org" } else { "registry.terraform.io" };
    let resource = |(type_name, name, object): &Former| {
        let mut attributes = former_state(object);
        change(&mut attributes);
        json!({
            "mode": "managed", "type": type_name, "name": name,
            "provider": format!("provider[\"{registry}/hashicorp/kubernetes\"]"),
            "instances": [{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [], "private": "bnVsbA==" }],
        })
    };
    let state = json!({
        "version": 4, "terraform_version": "1.8.5", "serial": 1, "lineage": "5d4f3c2b-0000-4000-8000-000000000001", "outputs": {},
        "resources": former.iter().map(resource).collect::<Vec<_>>(), "check_results": null,
    });
    bed.write("terraform.tfstate", &state.to_string());
}

/// A bed in which the host finds that provider.
fn bed_with_former_provider(host: &Host) -> Bed {
    let bed = Bed::with_kubernetes(host);
    bed.add_provider("hashicorp/kubernetes", Path::new(env!("CARGO_BIN_EXE_terraform-provider-cks")));
    bed
}

fn moved(from: &str, to: &str) -> String {
    format!("moved {{\n  from = {from}.it\n  to   = {to}\n}}\n")
}

fn objects_of_hashicorp_kubernetes_move_here_without_a_write(host: &Host) {
    let bed = bed_with_former_provider(host);
    for thing in SAMPLES {
        thing.create(&bed, false, &json!({ "team": "a" }));
    }
    // That provider writes the lists of a rule in an order of its own.
    kinds::ROLE.patch(
        &bed,
        &json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["list", "get"] }] }),
    );
    bed.local.clear_requests();
    bed.write("main.tf", &all(|thing| thing.lines, "  labels = { team = \"a\" }"));
    let moves = SAMPLES.map(|thing| moved(former_type(thing), &thing.address())).concat();
    bed.write("moved.tf", &moves);

    // An object of the same name that is not the one of the state, such as one in another cluster.
    write_former_state(&bed, host, &samples(&bed, &SAMPLES), |attributes| {
        attributes["metadata"][0]["uid"] = json!("00000000-0000-4000-8000-000000000000");
    });
    let refused = bed.plan().failed();
    assert_eq!(refused.errors().len(), SAMPLES.len(), "{refused}");
    refused.expect_error(&["ClusterRoleBinding is not the moved one", "another UID", "cluster_id"]);

    write_former_state(&bed, host, &samples(&bed, &SAMPLES), |_| {});
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("update"), "{planned}");
    planned.expect_warning(&["image_pull_secret is not moved"]);
    planned.expect_warning(&["wait_for_default_service_account is not moved"]);
    bed.apply_plan().succeeded();
    assert_eq!(writes(&bed), [] as [&str; 0]);
    for thing in SAMPLES {
        let (state, object) = (bed.attributes(&thing.address()), thing.object(&bed));
        assert_eq!(state["uid"], object["metadata"]["uid"]);
        assert_eq!((&state["cluster_id"], &state["id"]), (&json!(CLUSTER_ID), &json!(thing.id())));
        if host.has(Feature::Identity) {
            assert_eq!(bed.identity(&thing.address())["name"], json!(thing.name));
        }
    }
    bed.plan().expect_empty();
    bed.remove("moved.tf");
    bed.plan().expect_empty();
    // It is managed like any other.
    bed.write("main.tf", &all(|thing| thing.changed, "  labels = { team = \"b\" }"));
    bed.apply().succeeded();
    bed.plan().expect_empty();
    for thing in SAMPLES {
        assert_eq!(thing.object(&bed)["metadata"]["labels"]["team"], json!("b"));
    }
    bed.destroy().succeeded();

    // A type that is no such object.
    kinds::ROLE.create(&bed, false, &json!({}));
    write_former_state(&bed, host, &samples(&bed, &[&kinds::ROLE]), |_| {});
    bed.write("main.tf", &kinds::BINDING.with(kinds::BINDING.lines, ""));
    bed.write("moved.tf", &moved("kubernetes_role", &kinds::BINDING.address()));
    bed.plan().failed().expect_error(&["Cannot move from another resource type", "kubernetes_role"]);
    // A destroy before the cluster is known.
    bed.write("main.tf", &kinds::ROLE.with(kinds::ROLE.lines, ""));
    bed.write("moved.tf", &moved("kubernetes_role", &kinds::ROLE.address()));
    bed.destroy().failed().expect_error(&["Moved Role cannot be destroyed yet"]);
    assert!(kinds::ROLE.exists(&bed));
    // A replacement, which could leave an object that no state can destroy.
    let renamed = kinds::ROLE.with(kinds::ROLE.lines, "").replace(kinds::ROLE.name, "renamed");
    bed.write("main.tf", &renamed);
    bed.plan().failed().expect_error(&["Moved Role cannot be replaced yet", "Apply the move first"]);
    // What others changed since that provider's last refresh is said, and restored.
    bed.write("main.tf", &kinds::ROLE.with(kinds::ROLE.lines, ""));
    kinds::ROLE
        .patch(&bed, &json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["watch"] }] }));
    bed.plan().succeeded().expect_warning(&["Changed outside Terraform", "rules"]);
    bed.apply_plan().succeeded();
    assert_eq!(kinds::ROLE.object(&bed)["rules"][0]["verbs"], json!(["get", "list"]));
    bed.plan().expect_empty();
}

fn the_example_of_the_guide_moves_without_a_write(host: &Host) {
    const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
    let mut bed = bed_with_former_provider(host);
    bed.set_variable("TF_VAR_cluster_name", Some("example"));
    bed.remove("providers.tf");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/from-hashicorp-kubernetes");
    let read = |name: &str| fs::read_to_string(example.join(name)).expect("a text");
    for name in ["main.tf", "variables.tf"] {
        bed.write(name, &read(name));
    }
    bed.apply().succeeded();
    let former = [
        ("kubernetes_namespace_v1", "shop", "/api/v1/namespaces/shop".to_owned()),
        (
            "kubernetes_service_account_v1",
            "deployer",
            "/api/v1/namespaces/shop/serviceaccounts/deployer".to_owned(),
        ),
        ("kubernetes_role_v1", "deployer", format!("{RBAC}/namespaces/shop/roles/deployer")),
        ("kubernetes_role_binding_v1", "deployer", format!("{RBAC}/namespaces/shop/rolebindings/deployer")),
        (
            "kubernetes_cluster_role_binding_v1",
            "platform",
            format!("{RBAC}/clusterrolebindings/platform-view"),
        ),
    ];
    let former =
        former.map(|(type_name, name, path)| (type_name, name, bed.kubernetes("GET", &path, None).1));
    write_former_state(&bed, host, &former, |_| {});
    bed.write("moved.tf", &read("moved.tf"));
    bed.local.clear_requests();
    let planned = bed.plan().succeeded();
    assert_eq!(planned.actions().len(), former.len(), "{planned}");
    assert!(planned.actions().iter().all(|action| action.starts_with("update ")), "{planned}");
    bed.apply_plan().succeeded();
    assert_eq!(writes(&bed), [] as [&str; 0]);
    bed.plan().expect_empty();
    bed.destroy().succeeded();
}
