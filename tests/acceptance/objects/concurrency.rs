//! Changes by other clients between a plan and its apply are never overwritten, and where there are none nothing is asked twice.

use serde_json::json;

use super::kinds::{self, NAMESPACE, SAMPLES, Sample, all, applied};
use crate::{
    on_terraform,
    support::{Bed, Host},
};

on_terraform!(
    an_object_changed_or_re_created_since_the_plan_is_an_error_and_stays_unchanged,
    a_destroy_asks_nothing_about_an_object_whose_version_it_knows,
);

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
        run.expect_error(&[
            "changed by another client since the plan",
            &place,
            "labels[\"team\"]",
            "somebody",
        ]);
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
        run.expect_error(&[&format!("{} re-created by another client", thing.kind), "somebody"]);
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

/// Methods of the requests about the very object since the last look at them.
fn methods(bed: &Bed, thing: &Sample) -> Vec<String> {
    let requests = bed.local.requests_of(local_cks::Call::Managed);
    let about = requests.iter().filter(|request| request.path.split('?').next() == Some(&thing.path()));
    about.map(|request| request.method.to_string()).collect()
}

fn a_destroy_asks_nothing_about_an_object_whose_version_it_knows(host: &Host) {
    let bed = applied(host, &all(|thing| thing.lines, ""));
    let foreign = |thing: &Sample, value: &str| {
        thing.patch(&bed, &json!({ "metadata": { "labels": { "foreign": value } } }));
    };
    let expect = |expected: &[&str]| {
        for thing in SAMPLES {
            let found = methods(&bed, thing);
            // A namespace goes after what is in it.
            assert!(
                found.starts_with(&expected.iter().map(ToString::to_string).collect::<Vec<_>>()),
                "{found:?}"
            );
            assert!(
                found.len() == expected.len() || thing.kind == NAMESPACE.kind,
                "{}: {found:?}",
                thing.kind
            );
        }
    };

    // As the create left it, with and without a refresh.
    bed.destroy().succeeded();
    expect(&["GET", "DELETE"]);
    bed.apply().succeeded();
    bed.local.clear_requests();
    let destroy = ["destroy", "-json", "-auto-approve", "-refresh=false"];
    bed.run(&destroy).succeeded();
    expect(&["DELETE"]);

    // Another version with the same content is no change of a plan, and is looked at before it is deleted.
    bed.apply().succeeded();
    for thing in &SAMPLES {
        foreign(thing, "a");
    }
    bed.plan().expect_empty();
    bed.plan_with(&["-refresh-only"]).expect_empty();
    bed.local.clear_requests();
    bed.run(&destroy).succeeded();
    expect(&["DELETE", "GET", "DELETE"]);
    assert!(SAMPLES.iter().all(|thing| !thing.exists(&bed)));
}
