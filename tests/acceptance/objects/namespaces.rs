//! Attributes of namespaces: deletion protection, and the wait for the deletion.

use serde_json::{Value, json};

use super::kinds::{self, NAMESPACE, SERVICE_ACCOUNT, applied};
use crate::{
    on_both_hosts, on_terraform,
    support::{Bed, CLUSTER_ID, Host, Run, wait_until},
};

on_both_hosts!(
    a_plan_that_replaces_a_protected_namespace_fails,
    a_plan_that_deletes_a_namespace_names_what_is_deleted_with_it,
);
on_terraform!(
    a_namespace_is_protected_by_default_and_its_deletion_is_waited_for,
    a_namespace_that_does_not_exist_or_is_being_deleted_is_named_at_plan,
);

fn a_namespace_is_protected_by_default_and_its_deletion_is_waited_for(host: &Host) {
    let bed = applied(host, &NAMESPACE.with("", ""));
    let message = ["Namespace is protected", "team-a", "deletion_protection = false"];
    bed.plan_with(&["-destroy"]).failed().expect_error(&message);
    bed.destroy().failed().expect_error(&message);
    assert!(NAMESPACE.exists(&bed) && bed.instance(&NAMESPACE.address()).is_some());

    // Removing the protection sends no request that writes.
    bed.write("main.tf", &NAMESPACE.with(NAMESPACE.lines, "  timeouts {\n    delete = \"3s\"\n  }"));
    bed.apply().succeeded();
    let maps = "/api/v1/namespaces/team-a/configmaps";
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/wait"] } });
    assert_eq!(bed.kubernetes("POST", maps, Some(held)).0, 201);

    // A finalizer in it delays the deletion beyond the time limit.
    bed.destroy().failed().expect_error(&[
        "Kubernetes operation timed out",
        "deletion of Namespace team-a",
        "`timeouts`",
    ]);
    assert!(bed.instance(&NAMESPACE.address()).is_some(), "it exists, so that the state has it");

    // With a longer limit the destroy waits. A refresh would read a deletion timestamp, which counts as deleted.
    bed.write("main.tf", "");
    let state = bed.configuration().join("terraform.tfstate");
    let text = std::fs::read_to_string(&state).expect("a state").replace("\"3s\"", "\"1m\"");
    std::fs::write(&state, text).expect("the directory is ours");
    bed.local.clear_requests();
    let arguments = ["apply", "-json", "-auto-approve", "-refresh=false"];
    let running = bed.start(&arguments);
    wait_until("the apply waits for its deletion", || {
        bed.local.requests_of(local_cks::Call::Managed).len() >= 3
    });
    // Of the version that the create left there is none any more: refused, looked at, and waited for.
    assert_eq!(kinds::writes(&bed), [format!("DELETE {}", NAMESPACE.path())], "it is going already");
    assert!(NAMESPACE.object(&bed)["metadata"]["deletionTimestamp"] != Value::Null);
    let free = json!({ "metadata": { "finalizers": null } });
    assert_eq!(bed.kubernetes("PATCH", &format!("{maps}/held"), Some(free)).0, 200);
    bed.finish(&running, &arguments).succeeded();
    assert!(!NAMESPACE.exists(&bed), "the apply ends after its deletion");
    assert_eq!(bed.instance(&NAMESPACE.address()), None);
}

fn a_plan_that_replaces_a_protected_namespace_fails(host: &Host) {
    let bed = applied(host, &NAMESPACE.with("", ""));
    let replace = format!("-replace={}", NAMESPACE.address());
    let told = ["Namespace is protected", "deletion_protection = true", "apply that first"];
    let expect_refusal = |run: Run, more: &str| {
        run.failed().expect_error(&[&told[..], &[more]].concat());
    };
    expect_refusal(bed.plan_with(&[&replace]), "`-replace`");
    // What counts is the state.
    bed.write("main.tf", &NAMESPACE.with(NAMESPACE.lines, ""));
    expect_refusal(bed.plan_with(&[&replace]), "`-replace`");
    bed.write("main.tf", &NAMESPACE.with(NAMESPACE.lines, "").replace("team-a", "team-b"));
    expect_refusal(bed.plan(), "`name`");
    bed.write("main.tf", &NAMESPACE.with("", ""));
    bed.run(&["taint", &NAMESPACE.address()]).succeeded();
    expect_refusal(bed.plan(), "terraform untaint");
    bed.run(&["untaint", &NAMESPACE.address()]).succeeded();
    bed.plan().expect_empty();
    assert!(NAMESPACE.exists(&bed));

    bed.write("main.tf", &NAMESPACE.with(NAMESPACE.lines, ""));
    bed.apply().succeeded();
    bed.plan_with(&[&replace]).plans(&[&format!("replace {}", NAMESPACE.address())]);
    bed.apply_plan().succeeded();
}

/// A ServiceAccount, a binding and a token in the namespace that `namespace` says.
fn inside(namespace: &str) -> String {
    format!(
        r#"
resource "cks_service_account" "ci" {{
  cluster_id = "{CLUSTER_ID}"
  namespace  = {namespace}
  name       = "ci"
}}
resource "cks_rbac_binding" "ci" {{
  cluster_id       = "{CLUSTER_ID}"
  namespace        = {namespace}
  name             = "ci"
  cluster_role     = "view"
  service_accounts = ["team-a:ci"]
}}
resource "cks_service_account_token" "ci" {{
  cluster_id          = "{CLUSTER_ID}"
  namespace           = {namespace}
  service_account     = cks_service_account.ci.name
  service_account_uid = cks_service_account.ci.uid
}}
"#
    )
}

fn a_plan_that_deletes_a_namespace_names_what_is_deleted_with_it(host: &Host) {
    let things = [
        "cks_service_account team-a/ci",
        "cks_rbac_binding team-a/ci",
        "cks_service_account_token of team-a/ci",
    ];
    let expect_all = |run: Run| {
        let run = run.succeeded();
        for thing in things {
            let told = run.warnings();
            let named = told.iter().filter(|warning| warning.contains(&["deleted with", thing])).count();
            assert_eq!(named, 1, "{thing}\n{run}");
        }
    };
    let with_references = NAMESPACE.with(NAMESPACE.lines, "") + &inside("cks_namespace.it.name");
    let bed: Bed = applied(host, &with_references);
    bed.plan().expect_empty();
    // They refer to it, so that they are planned later.
    expect_all(bed.plan_with(&[&format!("-replace={}", NAMESPACE.address())]));
    // Its block is removed, and they stay: they are planned in any order.
    bed.write("main.tf", &inside("\"team-a\""));
    expect_all(bed.plan());
    // Everything goes, as everything shows.
    let destroyed = bed.plan_with(&["-destroy"]).succeeded();
    assert_eq!(destroyed.warnings(), [], "{destroyed}");
    bed.write("main.tf", &with_references);
    bed.destroy().succeeded();
}

fn a_namespace_that_does_not_exist_or_is_being_deleted_is_named_at_plan(host: &Host) {
    let in_namespace = |name: &str| {
        let all = SERVICE_ACCOUNT.with("", "");
        all.replace("namespace = \"default\"", &format!("namespace = {name}"))
    };
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &in_namespace("\"nowhere\""));
    let warning = bed.plan().succeeded().expect_warning(&["Namespace does not exist", "nowhere"]);
    assert_eq!(warning.code, "namespace = \"nowhere\"");
    let namespace = NAMESPACE.with(NAMESPACE.lines, "");
    bed.write("main.tf", &(namespace.clone() + &in_namespace("cks_namespace.it.name")));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "the same apply creates it\n{planned}");
    bed.write("main.tf", &namespace);
    bed.apply().succeeded();

    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/wait"] } });
    let maps = "/api/v1/namespaces/team-a/configmaps";
    assert_eq!(bed.kubernetes("POST", maps, Some(held)).0, 201);
    assert_eq!(bed.kubernetes("DELETE", &NAMESPACE.path(), None).0, 200);
    bed.plan().plans(&[&format!("create {}", NAMESPACE.address())]).expect_warning(&[
        "Namespace is being deleted",
        "Terminating",
        "team-a",
    ]);
    bed.write("main.tf", &in_namespace("\"team-a\""));
    bed.plan().succeeded().expect_warning(&["Namespace is being deleted", "Terminating", "namespace = "]);
    let free = json!({ "metadata": { "finalizers": null } });
    assert_eq!(bed.kubernetes("PATCH", &format!("{maps}/held"), Some(free)).0, 200);
}
