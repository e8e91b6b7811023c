//! Subjects of bindings: whole sets, without additions and without unreported members.

use serde_json::json;

use super::kinds::{BINDING, ROLE, applied};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    a_user_with_a_namespace_is_planned_as_drift_and_removed,
    a_subject_in_another_unicode_form_is_imported_changed_and_deleted_and_keeps_its_form,
    what_kubernetes_would_reject_is_rejected_by_validate_at_its_attribute,
);

/// Terraform keeps text in normal form C. To Kubernetes the two forms are two groups.
fn a_subject_in_another_unicode_form_is_imported_changed_and_deleted_and_keeps_its_form(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    BINDING.create(&bed, false, &json!({}));
    let group =
        |name: &str| json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name });
    let (composed, decomposed) = ("Caf\u{e9}", "Cafe\u{301}");
    let metadata = json!({ "annotations": { "owner": decomposed } });
    BINDING.patch(&bed, &json!({ "subjects": [group(decomposed)], "metadata": metadata }));
    let configuration = |groups: &str, more: &str| {
        let annotations = format!("  annotations = {{ owner = {composed:?} }}\n{more}");
        BINDING.with(&format!("  cluster_role = \"view\"\n  groups = [{groups}]"), &annotations)
    };
    bed.write("main.tf", &configuration(&format!("{composed:?}"), ""));
    let imported = bed.import(&BINDING.address(), &BINDING.id()).succeeded();
    assert!(imported.text().contains("another Unicode form on the cluster"), "{imported}");
    bed.plan().expect_empty();

    bed.write("main.tf", &configuration(&format!("{composed:?}, \"team\""), "  labels = { team = \"a\" }"));
    let applied = bed.apply().succeeded();
    applied.expect_warning(&["another Unicode form on the cluster", "groups"]);
    let object = BINDING.object(&bed);
    assert_eq!(object["subjects"], json!([group(decomposed), group("team")]), "access is as before");
    assert_eq!(object["metadata"]["annotations"]["owner"], decomposed);
    bed.plan().expect_empty();

    bed.write("main.tf", "");
    bed.apply().succeeded();
    assert!(!BINDING.exists(&bed));
}

fn a_user_with_a_namespace_is_planned_as_drift_and_removed(host: &Host) {
    let bed = applied(host, &BINDING.with(BINDING.lines, ""));
    let ours = BINDING.object(&bed)["subjects"].clone();
    assert_eq!(ours, (BINDING.members)(false)["subjects"], "no subject is added");

    // As other tools write it: one more user, whose binding must be reported.
    let mut subjects = ours.as_array().cloned().unwrap_or_default();
    let group = "rbac.authorization.k8s.io";
    subjects.push(json!({ "apiGroup": group, "kind": "User", "name": "eve", "namespace": "default" }));
    BINDING.patch(&bed, &json!({ "subjects": subjects }));
    let planned = bed.plan().plans(&[&format!("update {}", BINDING.address())]);
    planned.expect_warning(&["Changed outside Terraform", "users", "eve"]);
    bed.apply_plan().succeeded();
    assert_eq!(BINDING.object(&bed)["subjects"], ours);
    bed.plan().expect_empty();

    // An import reports it too.
    bed.run(&["state", "rm", &BINDING.address()]).succeeded();
    subjects[0]["namespace"] = json!("default");
    BINDING.patch(&bed, &json!({ "subjects": subjects }));
    bed.import(&BINDING.address(), &BINDING.id()).succeeded();
    bed.plan().plans(&[&format!("update {}", BINDING.address())]);
    bed.apply_plan().succeeded();
    assert_eq!(BINDING.object(&bed)["subjects"], ours);
    bed.plan().expect_empty();
}

fn what_kubernetes_would_reject_is_rejected_by_validate_at_its_attribute(host: &Host) {
    let bed = Bed::new(host);
    let wrong = [
        ("cluster_role = \"view\"", "Binding has no subjects", "resource"),
        ("cluster_role = \"view\"\n  users = []\n  groups = null", "Binding has no subjects", "users"),
        ("users = [\"ada\"]", "Binding has no role", ""),
        (
            "users = [\"ada\"]\n  cluster_role = \"view\"\n  role = \"edit\"",
            "role conflicts with cluster_role",
            "role = \"edit\"",
        ),
        ("users = [\"ada\"]\n  role = \"edit\"", "role requires namespace", "role = \"edit\""),
        ("users = [\"\"]\n  cluster_role = \"view\"", "must not be empty", "users"),
        ("users = [\"ada\"]\n  cluster_role = \"\"", "is not a valid name", "cluster_role = \"\""),
        ("users = [\"ada\"]\n  cluster_role = \"a/b\"", "no '/'", "cluster_role"),
        (
            "users = [\"ada\"]\n  namespace = \"\"\n  cluster_role = \"view\"",
            "is not a valid name",
            "namespace = \"\"",
        ),
        (
            "service_accounts = [\"deployer\"]\n  cluster_role = \"view\"",
            "namespace:name",
            "service_accounts",
        ),
        ("users = [\"ada\"]\n  cluster_role = \"view\"\n  on_existing = \"take\"", "neither", "on_existing"),
    ];
    for (lines, message, code) in wrong {
        bed.write("main.tf", &BINDING.with(&format!("  {lines}"), ""));
        let error = bed.validate().failed().expect_error(&[message]);
        assert!(error.code.contains(code), "{lines}: {error:?}");
    }
    let rules = [
        ("[{ verbs = [], api_groups = [\"\"], resources = [\"pods\"] }]", "at least one verb"),
        ("[{ verbs = [\"get\"], resources = [\"pods\"] }]", "needs API groups"),
        ("[{ verbs = [\"get\"], api_groups = [\"\"] }]", "needs resources"),
        ("[{ verbs = [\"get\"], non_resource_urls = [\"/healthz\"] }]", "for one namespace"),
    ];
    for (rules, message) in rules {
        bed.write("main.tf", &ROLE.with(&format!("  rules = {rules}"), ""));
        bed.validate().failed().expect_error(&["Invalid rule", message]);
    }
    for thing in super::kinds::SAMPLES {
        let nameless =
            thing.with(thing.lines, "").replace(&format!("name = {:?}", thing.name), "name = \"\"");
        bed.write("main.tf", &nameless);
        bed.validate().failed().expect_error(&["is not a valid name"]);
        bed.write("main.tf", &thing.with(thing.lines, "  labels = { \"a b\" = \"c\" }"));
        bed.validate().failed().expect_error(&["no key that Kubernetes takes"]);
        let elsewhere = thing.named("it", "cluster_id = \"\"", thing.lines, "");
        assert!(!elsewhere.contains(CLUSTER_ID));
        bed.write("main.tf", &elsewhere);
        bed.validate().failed().expect_error(&["cluster's id is empty"]);
    }
    assert_eq!(bed.local.requests().len(), 0);
}
