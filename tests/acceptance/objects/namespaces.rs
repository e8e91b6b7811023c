//! Attributes of namespaces: deletion protection, and the wait for the deletion.

use serde_json::{Value, json};

use super::kinds::{self, NAMESPACE, applied};
use crate::{
    on_terraform,
    support::{Host, wait_until},
};

on_terraform!(a_namespace_is_protected_by_default_and_its_deletion_is_waited_for);

fn a_namespace_is_protected_by_default_and_its_deletion_is_waited_for(host: &Host) {
    let bed = applied(host, &NAMESPACE.with("", ""));
    let message = ["Namespace is protected", "team-a", "deletion_protection = false", "state rm"];
    bed.plan_with(&["-destroy"]).succeeded().expect_warning(&message);
    bed.apply_plan().failed().expect_error(&message);
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
    assert_eq!(kinds::writes(&bed), [] as [&str; 0], "it is going already");
    assert!(NAMESPACE.object(&bed)["metadata"]["deletionTimestamp"] != Value::Null);
    let free = json!({ "metadata": { "finalizers": null } });
    assert_eq!(bed.kubernetes("PATCH", &format!("{maps}/held"), Some(free)).0, 200);
    bed.finish(&running, &arguments).succeeded();
    assert!(!NAMESPACE.exists(&bed), "the apply ends after its deletion");
    assert_eq!(bed.instance(&NAMESPACE.address()), None);
}
