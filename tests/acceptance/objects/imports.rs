//! Imports of objects that another client created.

use local_cks::{Call, Fault, Injection};
use serde_json::json;

use super::kinds::{self, SAMPLES, all, writes};
use crate::{
    on_both_hosts,
    support::{Bed, Host},
};

on_both_hosts!(
    every_kind_is_imported_by_command_and_by_block_and_leaves_an_empty_plan,
    an_imported_label_that_was_never_declared_is_never_removed,
);

fn an_imported_label_that_was_never_declared_is_never_removed(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    for thing in SAMPLES {
        thing.create(&bed, false, &json!({ "team": "a", "example.com/foreign": "x" }));
    }
    bed.write("main.tf", &all(|thing| thing.lines, "  labels = { team = \"b\" }"));
    for thing in SAMPLES {
        bed.import(&thing.address(), &thing.id()).succeeded();
    }
    // An update that is refused changes nothing of what the state remembers of the import.
    let refused = Injection::new(Fault::status(403)).on(Call::Managed).method(reqwest::Method::PATCH);
    bed.local.inject(refused.times(u32::MAX));
    let run = bed.apply().failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    bed.local.clear_faults();
    bed.apply().succeeded().expect_warning(&["was kept", "example.com/foreign"]);
    bed.plan().expect_empty();
    for thing in SAMPLES {
        let labels = thing.object(&bed)["metadata"]["labels"].clone();
        assert_eq!((&labels["team"], &labels["example.com/foreign"]), (&json!("b"), &json!("x")), "{labels}");
    }
}

fn every_kind_is_imported_by_command_and_by_block_and_leaves_an_empty_plan(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    for thing in SAMPLES {
        thing.create(&bed, false, &json!({ "team": "a", "kubernetes.io/own": "x" }));
    }
    // Kubernetes' own fields are not imported.
    bed.write("main.tf", &all(|thing| thing.lines, "  labels = { team = \"a\" }"));
    for thing in SAMPLES {
        bed.import(&thing.address(), &thing.id()).succeeded();
    }
    let state = bed.attributes(&kinds::BINDING.address());
    assert_eq!(state["labels"], json!({ "team": "a" }));
    assert_eq!(state["on_existing"], json!(null));
    // The one attribute that an import cannot read.
    bed.plan().plans(&[&format!("update {}", kinds::NAMESPACE.address())]);
    bed.apply().succeeded();
    bed.plan().expect_empty();
    assert_eq!(writes(&bed), [] as [&str; 0]);

    for thing in SAMPLES {
        bed.run(&["state", "rm", &thing.address()]).succeeded();
    }
    let block = |thing: &&kinds::Sample| {
        format!("import {{\n  to = {}\n  id = {:?}\n}}\n", thing.address(), thing.id())
    };
    bed.write("import.tf", &SAMPLES.iter().map(block).collect::<String>());
    bed.apply().succeeded();
    assert_eq!(writes(&bed), [] as [&str; 0]);
    bed.plan().expect_empty();

    // An invalid id is an error with the reason.
    let text = bed.import("cks_rbac_binding.it", "81540112//viewers").failed().text();
    assert!(text.contains("Part 2 of") && text.contains("CLUSTER_ID/NAMESPACE/NAME"), "{text}");
    let identity =
        r#"{ cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = "", name = "viewers" }"#;
    bed.run(&["state", "rm", "cks_rbac_binding.it"]).succeeded();
    bed.write("import.tf", &format!("import {{\n  to = cks_rbac_binding.it\n  identity = {identity}\n}}\n"));
    bed.plan().failed().expect_error(&["Invalid identity to import", "`namespace` is empty"]);
    bed.remove("import.tf");
    bed.run(&["state", "rm", "cks_rbac_role.it"]).succeeded();
    let absent = kinds::ROLE.id().replace("pod-reader", "absent");
    let text = bed.import("cks_rbac_role.it", &absent).failed().text();
    assert!(text.contains("Nothing to import") && text.contains("has no Role default/absent"), "{text}");
}
