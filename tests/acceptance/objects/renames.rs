//! A rename without a `moved` block: Terraform destroys the old address and creates the new one in parallel, in either order.

use std::time::Duration;

use local_cks::{Call, Fault, Injection};
use serde_json::json;

use super::kinds::{SAMPLES, Sample};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(a_rename_without_a_moved_block_keeps_every_object);

/// All kinds by this name in the configuration.
fn named(name: &str, more: &str) -> String {
    let cluster = format!("cluster_id = {CLUSTER_ID:?}");
    SAMPLES.map(|thing| thing.named(name, &cluster, thing.lines, more)).concat()
}

fn address(thing: &Sample, name: &str) -> String {
    format!("{}.{name}", thing.resource)
}

/// Each object is there, and only the resource with this name has it.
#[track_caller]
fn expect_managed_by(bed: &Bed, name: &str, former: &str) {
    for thing in SAMPLES {
        let object = thing.object(bed);
        assert_eq!(bed.attributes(&address(thing, name))["uid"], object["metadata"]["uid"], "{}", thing.kind);
        assert!(object["metadata"]["deletionTimestamp"].is_null(), "{object}");
        assert_eq!(bed.instance(&address(thing, former)), None);
    }
    bed.plan().expect_empty();
}

fn a_rename_without_a_moved_block_keeps_every_object(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &named("one", ""));
    bed.apply().succeeded();
    let delay = |method: &str| {
        let slow = Injection::new(Fault::Delay(Duration::from_millis(300))).on(Call::Managed);
        bed.local.inject(slow.method(method.parse().expect("a method")).times(u32::MAX));
    };

    // Both at once, with a slow DELETE: the create begins in the middle of it.
    bed.write("main.tf", &named("two", ""));
    delay("DELETE");
    let planned = bed.plan().succeeded();
    for thing in SAMPLES {
        planned.expect_warning(&["destroyed and created again", &thing.place(), "moved {", thing.resource]);
    }
    bed.apply_plan().succeeded();
    expect_managed_by(&bed, "two", "one");

    // Both at once, with slow reads: each looks before the other writes.
    bed.local.clear_faults();
    delay("GET");
    bed.write("main.tf", &named("one", ""));
    bed.apply().succeeded();
    bed.local.clear_faults();
    expect_managed_by(&bed, "one", "two");

    // An import in place of a `moved` block: the destroy would delete what was imported.
    let import = |thing: &&Sample| {
        format!("import {{\n  to = {}\n  id = {:?}\n}}\n", address(thing, "two"), thing.id())
    };
    bed.write("import.tf", &SAMPLES.iter().map(import).collect::<String>());
    bed.write("main.tf", &named("two", ""));
    let planned = bed.plan().failed();
    for thing in SAMPLES {
        bed.run(&["state", "rm", &address(thing, "one")]).succeeded();
        let parts =
            ["is destroyed although another resource has it", &thing.place(), "state rm", thing.resource];
        planned.expect_error(&parts);
    }
    bed.apply().succeeded();
    bed.remove("import.tf");
    expect_managed_by(&bed, "two", "one");

    // The create comes last, and the delete has failed: what the next run deletes is not taken over.
    let first = json!({ "resource": { "cks_service_account": { "first": {
        "cluster_id": CLUSTER_ID, "namespace": "default", "name": "first",
    } } } });
    bed.write("first.tf.json", &first.to_string());
    bed.write("main.tf", &named("one", "  depends_on = [cks_service_account.first]"));
    let slow = Injection::new(Fault::Delay(Duration::from_secs(10))).on(Call::Managed);
    bed.local.inject(slow.method(reqwest::Method::POST).path("/serviceaccounts?"));
    let refused = Injection::new(Fault::status(403)).on(Call::Managed).method(reqwest::Method::DELETE);
    bed.local.inject(refused.times(u32::MAX));
    let run = bed.apply().failed();
    for thing in SAMPLES {
        run.expect_error(&[&format!("{} still exists", thing.kind), &thing.place(), "moved {"]);
        assert!(thing.exists(&bed), "{}", thing.kind);
        assert!(bed.instance(&address(thing, "two")).is_some(), "{run}");
        assert_eq!(bed.instance(&address(thing, "one")), None, "{run}");
    }
    bed.local.clear_faults();
    bed.apply().succeeded();
    expect_managed_by(&bed, "one", "two");
}
