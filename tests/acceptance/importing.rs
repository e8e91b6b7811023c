//! Bringing a trust that exists under management, by both ways to import.

use serde_json::Value;

use crate::support::{Bed, CLUSTER_ID, Host, full_block, full_resource, minimal_block, oidc};
use crate::{on_both_hosts, on_every_host};

on_every_host!(the_import_command_leaves_an_empty_plan, an_import_block_leaves_an_empty_plan);

on_both_hosts!(
    an_imported_trust_equals_a_created_one,
    an_import_that_differs_shows_the_difference,
    an_import_of_nothing_says_so,
    an_import_by_a_wrong_id_says_what_an_id_is,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

fn with_full_block(host: &Host) -> Bed {
    let bed = Bed::new(host);
    bed.write("main.tf", &full_resource(&bed.local));
    bed.change_behind_its_back(Some(full_block(&bed.local)));
    bed
}

fn import_block() -> String {
    format!("import {{\n  to = {ADDRESS}\n  id = {CLUSTER_ID:?}\n}}\n")
}

fn the_import_command_leaves_an_empty_plan(host: &Host) {
    let bed = with_full_block(host);
    bed.import(ADDRESS, CLUSTER_ID).succeeded();
    bed.expect_only_reads();
    let state = bed.attributes(ADDRESS);
    assert_eq!((&state["on_existing"], &state["timeouts"]), (&Value::Null, &Value::Null));
    bed.plan().expect_empty();
}

fn an_import_block_leaves_an_empty_plan(host: &Host) {
    let bed = with_full_block(host);
    bed.write("import.tf", &import_block());
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded();
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn an_imported_trust_equals_a_created_one(host: &Host) {
    let created = Bed::new(host);
    created.write("main.tf", &full_resource(&created.local));
    created.apply().succeeded();
    let created_state = created.attributes(ADDRESS);
    created.run(&["state", "rm", ADDRESS]).succeeded();
    created.import(ADDRESS, CLUSTER_ID).succeeded();
    assert_eq!(created.attributes(ADDRESS), created_state);
}

fn an_import_that_differs_shows_the_difference(host: &Host) {
    let bed = Bed::of(host, &format!("{}{}", oidc("username_claim = \"email\""), import_block()));
    bed.change_behind_its_back(Some(minimal_block()));
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    let planned = bed.planned();
    assert_eq!(planned["resource_changes"][0]["change"]["before"]["username_claim"], Value::Null);
    bed.apply_plan().succeeded();
    assert_eq!(bed.masks(), ["oidc.usernameClaim"]);
    bed.plan().expect_empty();
}

fn an_import_of_nothing_says_so(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    let run = bed.import(ADDRESS, CLUSTER_ID).failed();
    assert!(
        run.text().contains("Nothing to import") && run.text().contains("does not have an OIDC issuer"),
        "{run}"
    );
}

fn an_import_by_a_wrong_id_says_what_an_id_is(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    let run = bed.import(ADDRESS, "example/oidc").failed();
    assert!(run.text().contains("Invalid import id") && run.text().contains("CLUSTER_ID"), "{run}");
    let run = bed.import(ADDRESS, "00000000-0000-4000-8000-000000000000").failed();
    assert!(run.text().contains("Cluster not found") && run.text().contains("not the name"), "{run}");
}
