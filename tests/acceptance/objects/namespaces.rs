//! What only namespaces have.

use serde_json::{Value, json};

use super::kinds::{self, NAMESPACE, applied};
use crate::{
    on_terraform,
    support::{Host, wait_until},
};

on_terraform!(a_namespace_is_protected_by_default_and_its_deletion_is_waited_for);

fn a_namespace_is_protected_by_default_and_its_deletion_is_waited_for(host: &Host) {
    let bed = applied(host, &NAMESPACE.with("", ""));
    let told = ["Namespace is protected", "team-a", "deletion_protection = false", "state rm"];
    bed.plan_with(&["-destroy"]).succeeded().expect_warning(&told);
    bed.apply_plan().failed().expect_error(&told);
    assert!(NAMESPACE.exists(&bed) && bed.instance(&NAMESPACE.address()).is_some());

    // Taking the protection off asks nothing of the cluster.
    bed.write("main.tf", &NAMESPACE.with(NAMESPACE.lines, "  timeouts {\n    delete = \"3s\"\n  }"));
    bed.apply().succeeded();
    let maps = "/api/v1/namespaces/team-a/configmaps";
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/wait"] } });
    assert_eq!(bed.kubernetes("POST", maps, Some(held)).0, 201);

    // Something in it holds it up for longer than there is time.
    bed.destroy().failed().expect_error(&[
        "Kubernetes operation timed out",
        "deletion of Namespace team-a",
        "`timeouts`",
    ]);
    assert!(bed.instance(&NAMESPACE.address()).is_some(), "it is still there, so the state has it");

    // With time enough it is waited for. A refresh would find it going, which counts as gone.
    bed.write("main.tf", "");
    let state = bed.configuration().join("terraform.tfstate");
    let text = std::fs::read_to_string(&state).expect("a state").replace("\"3s\"", "\"1m\"");
    std::fs::write(&state, text).expect("the directory is ours");
    bed.local.clear_requests();
    let arguments = ["apply", "-json", "-auto-approve", "-refresh=false"];
    let running = bed.start(&arguments);
    wait_until("the apply looks for its end", || bed.local.requests_of(local_cks::Call::Managed).len() >= 3);
    assert_eq!(kinds::writes(&bed), [] as [&str; 0], "it is going already");
    assert!(NAMESPACE.object(&bed)["metadata"]["deletionTimestamp"] != Value::Null);
    let free = json!({ "metadata": { "finalizers": null } });
    assert_eq!(bed.kubernetes("PATCH", &format!("{maps}/held"), Some(free)).0, 200);
    bed.finish(&running, &arguments).succeeded();
    assert!(!NAMESPACE.exists(&bed), "the apply ended when it was gone");
    assert_eq!(bed.instance(&NAMESPACE.address()), None);
}
