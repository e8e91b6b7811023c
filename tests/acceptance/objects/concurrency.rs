//! What somebody else does between a plan and its apply is never overwritten.

use serde_json::json;

use super::kinds::{self, SAMPLES, all, applied};
use crate::{on_terraform, support::Host};

on_terraform!(what_changed_or_was_made_anew_since_the_plan_is_refused_and_left_alone);

fn what_changed_or_was_made_anew_since_the_plan_is_refused_and_left_alone(host: &Host) {
    let (one, two) = ("  labels = { team = \"a\" }", "  labels = { team = \"b\" }");
    let bed = applied(host, &all(|thing| thing.lines, one));
    let somebodys = |thing: &kinds::Sample| thing.object(&bed)["metadata"]["resourceVersion"].clone();

    // Changed before an update.
    bed.write("main.tf", &all(|thing| thing.changed, two));
    bed.plan().succeeded();
    for thing in SAMPLES {
        thing.patch(&bed, &json!({ "metadata": { "labels": { "team": "z" } } }));
    }
    let versions = SAMPLES.map(somebodys);
    let run = bed.apply_plan().failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    for thing in SAMPLES {
        let place = format!("{} {}", thing.kind, thing.place());
        run.expect_error(&["changed by someone else since the plan", &place, "labels[\"team\"]", "somebody"]);
    }
    assert_eq!(SAMPLES.map(somebodys), versions);

    // Changed before a destroy.
    bed.apply().succeeded();
    bed.plan_with(&["-destroy"]).succeeded();
    for thing in SAMPLES {
        thing.patch(&bed, &json!({ "metadata": { "labels": { "team": "z" } } }));
    }
    let run = bed.apply_plan().failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    assert!(SAMPLES.iter().all(|thing| thing.exists(&bed) && bed.instance(&thing.address()).is_some()));

    // Made anew before an update.
    bed.apply().succeeded();
    bed.write("main.tf", &all(|thing| thing.lines, one));
    bed.plan().succeeded();
    for thing in SAMPLES {
        thing.delete(&bed);
        thing.make(&bed, true, &json!({ "team": "b" }));
    }
    let versions = SAMPLES.map(somebodys);
    let run = bed.apply_plan().failed();
    for thing in SAMPLES {
        run.expect_error(&[&format!("{} re-created by someone else", thing.kind), "somebody"]);
    }
    assert_eq!(SAMPLES.map(somebodys), versions);

    // Made anew before a destroy: it is somebody else's.
    bed.plan_with(&["-destroy"]).succeeded();
    for thing in SAMPLES {
        thing.delete(&bed);
        thing.make(&bed, true, &json!({}));
    }
    let run = bed.apply_plan().succeeded();
    run.expect_warning(&["was kept: it was re-created", kinds::BINDING.name]);
    assert!(SAMPLES.iter().all(|thing| thing.exists(&bed) && bed.instance(&thing.address()).is_none()));
}
