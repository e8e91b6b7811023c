//! Changes of immutable fields: the object is replaced, and the plan shows the reason.

use serde_json::json;

use super::kinds::{BINDING, applied};
use crate::{on_terraform, support::Host};

on_terraform!(a_binding_is_replaced_for_another_role_or_scope_with_the_reason_at_plan);

fn a_binding_is_replaced_for_another_role_or_scope_with_the_reason_at_plan(host: &Host) {
    let lines = |role: &str| format!("  {role}\n  users = [\"ada\"]");
    let view = BINDING.with(&lines("cluster_role = \"view\""), "");
    let bed = applied(host, &view);
    let role = json!({ "metadata": { "name": "local" }, "rules": [] });
    let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
    assert_eq!(bed.kubernetes("POST", roles, Some(role)).0, 201);
    let replace = format!("replace {}", BINDING.address());

    // Another role with the same name: the existing binding is deleted first.
    bed.write("main.tf", &BINDING.with(&lines("cluster_role = \"edit\""), ""));
    let planned = bed.plan().plans(&[&replace]);
    let warning = planned.expect_warning(&["will be replaced", "roleRef", "create_before_destroy"]);
    assert_eq!(warning.code, "cluster_role = \"edit\"");
    assert_eq!(planned.warnings().len(), 1, "{planned}");
    let uid = BINDING.object(&bed)["metadata"]["uid"].clone();
    bed.apply_plan().succeeded();
    let object = BINDING.object(&bed);
    assert_eq!(object["roleRef"]["name"], "edit");
    assert_ne!(object["metadata"]["uid"], uid);
    bed.plan().expect_empty();

    // Another scope: from the whole cluster to one namespace, with a Role.
    let namespaced =
        BINDING.with(&lines("namespace = \"default\"\n  role = \"local\""), "").replace("viewers", "locals");
    bed.write("main.tf", &namespaced);
    let planned = bed.plan().plans(&[&replace]);
    planned.expect_warning(&["will be replaced", "roleRef"]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.attributes(&BINDING.address())["kind"], "RoleBinding");
    assert!(!BINDING.exists(&bed));
    bed.plan().expect_empty();

    // Only the namespace, from one to none.
    bed.write("main.tf", &view.replace("viewers", "locals"));
    bed.apply().succeeded();
    let somewhere = lines("namespace = \"default\"\n  cluster_role = \"view\"");
    bed.write("main.tf", &BINDING.with(&somewhere, "").replace("viewers", "locals"));
    let planned = bed.plan().plans(&[&replace]);
    let warning = planned.expect_warning(&["will be replaced", "name and namespace"]);
    assert_eq!(warning.code, "namespace = \"default\"");
    bed.apply_plan().succeeded();

    // With `create_before_destroy`, without a gap.
    let lifecycle = "  lifecycle {\n    create_before_destroy = true\n  }";
    bed.write(
        "main.tf",
        &BINDING.with(&lines("cluster_role = \"edit\""), lifecycle).replace("viewers", "editors"),
    );
    bed.plan().plans(&[&replace]);
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();
}
