//! Clusters that trust an issuer already when the resource is made.

use serde_json::json;

use crate::support::{Bed, CLIENT, Host, ISSUER, full_block, full_resource, minimal_block, oidc, oidc_named};
use crate::{on_both_hosts, on_every_host};

on_every_host!(the_import_block_in_the_refusal_is_ready_to_use, an_equal_block_is_taken_over_with_a_warning);

on_both_hosts!(
    adopting_tells_at_plan_what_it_overwrites,
    a_lost_create_resumes_without_a_second_write,
    two_resources_for_one_cluster_are_an_error,
    an_adopted_block_survives_the_replacement_of_its_former_owner,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

fn foreign() -> serde_json::Value {
    json!({ "issuerUrl": "https://login.example.org/", "clientId": CLIENT, "usernameClaim": "email" })
}

fn the_import_block_in_the_refusal_is_ready_to_use(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    bed.change_behind_its_back(Some(foreign()));
    let planned = bed.plan().succeeded();
    planned.expect_warning(&[
        "already has an OIDC issuer",
        "https://login.example.org/",
        "on_existing = \"adopt\"",
    ]);
    let error = bed.apply_plan().failed().expect_error(&[
        "already has an OIDC issuer",
        "issuer_url is \"https://login.example.org/\" and the plan wants \"https://accounts.example.com\"",
        "username_claim",
        "on_existing = \"adopt\"",
    ]);
    assert_eq!(error.code, format!("cluster_id = {:?}", crate::support::CLUSTER_ID));
    bed.expect_only_reads();
    assert_eq!(bed.cluster().field("oidc"), foreign());

    // Taken out of the message as a user would, with the resource's own name.
    let start = error.detail.find("import {").unwrap_or_else(|| panic!("no import block: {}", error.detail));
    let block = &error.detail[start..];
    let block = &block[..=block.find("\n}").expect("it ends") + 1];
    bed.write("import.tf", &block.replace("NAME", "example"));
    bed.write("main.tf", &oidc("username_claim = \"email\"").replace(ISSUER, "https://login.example.org/"));
    bed.apply().succeeded();
    bed.expect_only_reads();
    assert_eq!(bed.attributes(ADDRESS)["issuer_url"], "https://login.example.org/");
    bed.plan().expect_empty();
}

fn an_equal_block_is_taken_over_with_a_warning(host: &Host) {
    let bed = Bed::new(host);
    bed.write("main.tf", &full_resource(&bed.local));
    bed.change_behind_its_back(Some(full_block(&bed.local)));
    let planned = bed.plan().plans(&[&format!("create {ADDRESS}")]);
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded().expect_warning(&["Taken over", "nothing was written"]);
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn adopting_tells_at_plan_what_it_overwrites(host: &Host) {
    let bed = Bed::of(host, &oidc("on_existing = \"adopt\""));
    bed.change_behind_its_back(Some(foreign()));
    bed.plan().plans(&[&format!("create {ADDRESS}")]).expect_warning(&[
        "will be overwritten",
        "issuer_url is \"https://login.example.org/\" and becomes \"https://accounts.example.com\"",
        "username_claim is \"email\" and becomes unset",
        "ignore_changes",
    ]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    assert_eq!(bed.masks().len(), 1);
    bed.plan().expect_empty();
    // The choice is the configuration's own: without it nothing changes.
    bed.write("main.tf", &oidc(""));
    bed.apply().succeeded();
    assert_eq!(bed.masks().len(), 1);
}

fn a_lost_create_resumes_without_a_second_write(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    // What a run that was killed between write and state leaves behind.
    bed.run(&["state", "rm", ADDRESS]).succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
    bed.apply().succeeded().expect_warning(&["Taken over"]);
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn two_resources_for_one_cluster_are_an_error(host: &Host) {
    let two =
        [oidc_named("one", ""), oidc_named("two", "username_claim = \"email\"\non_existing = \"adopt\"")];
    let bed = Bed::of(host, &two.concat());
    // One after the other, whichever comes first.
    let run = bed.apply_with(&["-parallelism=1"]).failed();
    let error = run.errors();
    assert_eq!(error.len(), 1, "{run}");
    assert_eq!(bed.patches().len(), 1);
    let second = if bed.instance("cks_cluster_oidc.one").is_some() { "two" } else { "one" };
    assert_eq!(error[0].address, format!("cks_cluster_oidc.{second}"));
}

fn an_adopted_block_survives_the_replacement_of_its_former_owner(host: &Host) {
    let bed = Bed::applied(host, &oidc_named("old", ""));
    // A rename without a `moved` block: the new one adopts, the old one is destroyed in the same run.
    bed.write("main.tf", &oidc_named("new", "username_prefix = \"oidc:\"\non_existing = \"adopt\""));
    let run = bed.apply();
    assert_eq!(bed.instance("cks_cluster_oidc.old"), None, "{run}");
    // Terraform orders the two as it likes; either way the cluster is as the configuration says in the end.
    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc")["usernamePrefix"], "oidc:");
    bed.plan().expect_empty();
}
