//! Subjects of bindings: whole sets, without additions and without unreported members.

use serde_json::json;

use super::kinds::{BINDING, ROLE, applied};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    a_user_with_a_namespace_is_that_user_who_is_planned_as_drift_and_removed,
    a_subject_in_another_unicode_form_is_imported_changed_and_deleted_and_keeps_its_form,
    a_service_account_without_a_namespace_is_one_of_the_bindings_own,
    what_kubernetes_would_reject_is_rejected_by_validate_at_its_attribute,
);

fn a_service_account_without_a_namespace_is_one_of_the_bindings_own(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    let binding = json!({
        "metadata": { "name": "viewers" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view" },
        "subjects": [{ "kind": "ServiceAccount", "name": "ci" }],
    });
    assert_eq!(bed.kubernetes("POST", bindings, Some(binding)).0, 201);
    let stored = bed.kubernetes("GET", &format!("{bindings}/viewers"), None).1;
    assert_eq!(stored["subjects"][0]["namespace"], serde_json::Value::Null, "Kubernetes stores it as it is");
    // As its authorizer decides.
    let allowed = |name: &str| {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {
                "user": format!("system:serviceaccount:{name}"),
                "resourceAttributes": { "verb": "get", "resource": "pods", "namespace": "default" },
            },
        });
        let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        bed.kubernetes("POST", reviews, Some(review)).1["status"]["allowed"] == true
    };
    crate::support::wait_until("the binding is in force", || allowed("default:ci"));
    assert!(!allowed("other:ci"));

    let lines = "  namespace = \"default\"\n  cluster_role = \"view\"\n  service_accounts = [\"default:ci\"]";
    bed.write("main.tf", &BINDING.with(lines, ""));
    let id = format!("{}/default/viewers", crate::support::CLUSTER_ID);
    bed.import(&BINDING.address(), &id).succeeded();
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert_eq!(bed.kubernetes("GET", &format!("{bindings}/viewers"), None).0, 404);
}

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

fn a_user_with_a_namespace_is_that_user_who_is_planned_as_drift_and_removed(host: &Host) {
    let bed = applied(host, &BINDING.with(BINDING.lines, ""));
    let ours = BINDING.object(&bed)["subjects"].clone();
    assert_eq!(ours, (BINDING.members)(false)["subjects"], "no subject is added");

    // As other tools write it: one more user, whose binding must be reported.
    let mut subjects = ours.as_array().cloned().unwrap_or_default();
    let group = "rbac.authorization.k8s.io";
    subjects.push(json!({ "apiGroup": group, "kind": "User", "name": "eve", "namespace": "default" }));
    BINDING.patch(&bed, &json!({ "subjects": subjects }));
    let planned = bed.plan().plans(&[&format!("update {}", BINDING.address())]);
    let warning = planned.expect_warning(&["Changed outside Terraform", "users"]);
    assert!(!warning.detail.contains("eve"), "subjects may be sensitive: {warning:?}");
    bed.apply_plan().succeeded();
    assert_eq!(BINDING.object(&bed)["subjects"], ours);
    bed.plan().expect_empty();

    // The namespace alone is no difference, as it makes none to Kubernetes: hashicorp/kubernetes gives every subject one.
    bed.run(&["state", "rm", &BINDING.address()]).succeeded();
    let mut theirs = ours.clone();
    for subject in theirs.as_array_mut().into_iter().flatten().filter(|subject| subject["apiGroup"] == group)
    {
        subject["namespace"] = json!("default");
    }
    BINDING.patch(&bed, &json!({ "subjects": theirs }));
    bed.import(&BINDING.address(), &BINDING.id()).succeeded();
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
