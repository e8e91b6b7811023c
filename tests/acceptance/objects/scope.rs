//! The plan shows the scope of a role or binding, and a null namespace does not widen it without a notice.

use super::kinds::{BINDING, ROLE, writes};
use crate::{
    on_both_hosts,
    support::{Bed, Host},
};

on_both_hosts!(the_plan_shows_the_scope_and_a_namespace_that_becomes_null_is_rejected);

fn the_plan_shows_the_scope_and_a_namespace_that_becomes_null_is_rejected(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let later = |namespace: &str| {
        let choice = format!("  namespace = terraform_data.later.id == \"\" ? {namespace}");
        let role = ROLE.with(ROLE.lines, "").replace("  namespace = \"default\"", &choice);
        let binding = BINDING.with(&format!("{choice}\n{}", BINDING.lines), "");
        format!("resource \"terraform_data\" \"later\" {{}}\n{role}{binding}")
    };
    let expect_kinds = |expected: [&str; 2]| {
        bed.plan().succeeded();
        let planned = bed.planned();
        let kind = |address: String| {
            let changes = planned["resource_changes"].as_array().expect("changes").iter();
            let change = changes.clone().find(|change| change["address"] == address).expect("it is planned");
            change["change"]["after"]["kind"].clone()
        };
        assert_eq!([kind(ROLE.address()), kind(BINDING.address())], expected);
    };
    bed.write("main.tf", &format!("{}{}", ROLE.with(ROLE.lines, ""), BINDING.with(BINDING.lines, "")));
    expect_kinds(["Role", "ClusterRoleBinding"]);

    // Unknown at plan, null at apply.
    bed.write("main.tf", &later("\"default\" : null"));
    expect_kinds(["Role", "RoleBinding"]);
    bed.local.clear_requests();
    let run = bed.apply_plan().failed();
    assert_eq!(run.errors().len(), 2, "{run}");
    for kind in ["RoleBinding", "Role"] {
        if host.is_open_tofu() {
            run.expect_error(&["inconsistent final plan", ".kind", kind]);
        } else {
            run.expect_error(&[
                "namespace turned out null",
                kind,
                "for the whole cluster",
                "nothing was written",
            ]);
        }
    }
    assert_eq!(writes(&bed), [] as [&str; 0]);

    // Unknown at plan, known at apply.
    bed.write("main.tf", &later("null : \"default\""));
    bed.apply().succeeded();
    assert_eq!(bed.attributes(&BINDING.address())["kind"], "RoleBinding");
    bed.plan().expect_empty();

    // A namespace that was unknown before may become null if the plan has it.
    let known = format!("{}{}", ROLE.with(ROLE.lines, ""), BINDING.with(BINDING.lines, ""));
    bed.write("main.tf", &known.replace("  namespace = \"default\"\n", ""));
    bed.apply().succeeded();
    assert_eq!(bed.attributes(&ROLE.address())["kind"], "ClusterRole");
}
