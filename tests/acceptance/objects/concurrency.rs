//! Changes by other clients between a plan and its apply are never overwritten.

use serde_json::json;

use super::kinds::{self, SAMPLES, all, applied};
use crate::{on_terraform, support::Host};

on_terraform!(an_object_changed_or_re_created_since_the_plan_is_an_error_and_stays_unchanged);

fn an_object_changed_or_re_created_since_the_plan_is_an_error_and_stays_unchanged(host: &Host) {
    let (one, two) = ("  labels = { team = \"a\" }", "  labels = { team = \"b\" }");
    let bed = applied(host, &all(|thing| thing.lines, one));
    let version = |thing: &kinds::Sample| thing.object(&bed)["metadata"]["resourceVersion"].clone();

    // Changed before an update.
    bed.write("main.tf", &all(|thing| thing.changed, two));
    bed.plan().succeeded();
    for thing in SAMPLES {
        thing.patch(&bed, &json!({ "metadata": { "labels": { "team": "z" } } }));
    }
    let versions = SAMPLES.map(version);
    let run = bed.apply_plan().failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    for thing in SAMPLES {
        let place = format!("{} {}", thing.kind, thing.place());
        run.expect_error(&["changed by someone else since the plan", &place, "labels[\"team\"]", "somebody"]);
    }
    assert_eq!(SAMPLES.map(version), versions);

    // Changed before a destroy.
    bed.apply().succeeded();
    bed.plan_with(&["-destroy"]).succeeded();
    for thing in SAMPLES {
        thing.patch(&bed, &json!({ "metadata": { "labels": { "team": "z" } } }));
    }
    let run = bed.apply_plan().failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    assert!(SAMPLES.iter().all(|thing| thing.exists(&bed) && bed.instance(&thing.address()).is_some()));

    // Re-created before an update.
    bed.apply().succeeded();
    bed.write("main.tf", &all(|thing| thing.lines, one));
    bed.plan().succeeded();
    for thing in SAMPLES {
        thing.delete(&bed);
        thing.create(&bed, true, &json!({ "team": "b" }));
    }
    let versions = SAMPLES.map(version);
    let run = bed.apply_plan().failed();
    for thing in SAMPLES {
        run.expect_error(&[&format!("{} re-created by someone else", thing.kind), "somebody"]);
    }
    assert_eq!(SAMPLES.map(version), versions);

    // Re-created before a destroy: the new object is not the resource's.
    bed.plan_with(&["-destroy"]).succeeded();
    for thing in SAMPLES {
        thing.delete(&bed);
        thing.create(&bed, true, &json!({}));
    }
    let run = bed.apply_plan().succeeded();
    run.expect_warning(&["was kept: it was re-created", kinds::BINDING.name]);
    assert!(SAMPLES.iter().all(|thing| thing.exists(&bed) && bed.instance(&thing.address()).is_none()));
}
