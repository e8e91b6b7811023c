//! Objects that already exist when the resource is created.

use serde_json::{Value, json};

use super::kinds::{self, BINDING, SAMPLES, all, each, sorted, writes};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    an_existing_object_is_rejected_with_an_import_block_or_adopted_when_equal_or_configured,
    a_binding_of_another_role_is_never_adopted,
    two_resources_for_one_object_are_an_error,
);

fn an_existing_object_is_rejected_with_an_import_block_or_adopted_when_equal_or_configured(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    for thing in SAMPLES {
        thing.create(&bed, true, &json!({ "team": "z", "foreign": "kept" }));
    }
    let team = "  labels = { team = \"a\" }";
    bed.write("main.tf", &all(|thing| thing.lines, team));
    let planned = bed.plan().succeeded();
    let run = bed.apply_plan().failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    for thing in SAMPLES {
        let title = format!("{} exists already", thing.kind);
        planned.expect_warning(&[&title, &thing.place(), "on_existing = \"adopt\"", "team"]);
        let import = format!("id = {:?}", thing.id());
        let differs = format!("{} is ", if thing.attribute.is_empty() { "labels" } else { thing.attribute });
        let parts = [title.as_str(), "import {", &import, "on_existing = \"adopt\""];
        let error = run.expect_error(&parts);
        assert!(thing.attribute.is_empty() || error.detail.contains(&differs), "{error:?}");
        assert_eq!(bed.instance(&thing.address()), None);
    }
    assert_eq!(writes(&bed).iter().filter(|write| write.starts_with("PATCH")).count(), 0);

    // The import block of the message, with the name of the resource.
    let error = run.expect_error(&["ClusterRoleBinding exists already"]);
    let start = error.detail.find("import {").expect("an import block");
    let import = &error.detail[start..];
    let import = &import[..=import.find("\n}").expect("it ends") + 1];
    bed.write("import.tf", &import.replace("NAME", "it"));
    bed.write("main.tf", &BINDING.with(BINDING.changed, "  labels = { team = \"z\", foreign = \"kept\" }"));
    bed.local.clear_requests();
    bed.apply().succeeded();
    assert_eq!(writes(&bed), [] as [&str; 0]);
    bed.plan().expect_empty();
    bed.remove("import.tf");
    bed.run(&["state", "rm", &BINDING.address()]).succeeded();

    // An equal object.
    bed.write("main.tf", &all(|thing| thing.changed, "  labels = { team = \"z\" }"));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    let run = bed.apply_plan().succeeded();
    for thing in SAMPLES {
        run.expect_warning(&[
            "Existing object adopted",
            &thing.place(),
            "nothing was written",
            thing.resource,
        ]);
    }
    bed.plan().expect_empty();
    for thing in SAMPLES {
        bed.run(&["state", "rm", &thing.address()]).succeeded();
    }

    // With `on_existing = "adopt"`.
    let adopt = format!("{team}\n  on_existing = \"adopt\"");
    bed.write("main.tf", &all(|thing| thing.lines, &adopt));
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("create"));
    for thing in SAMPLES {
        let title = format!("Existing {} will be overwritten", thing.kind);
        planned.expect_warning(&[&title, "labels[\"team\"] is \"z\" and the plan has \"a\""]);
    }
    bed.local.clear_requests();
    bed.apply_plan().succeeded();
    let patches: Vec<_> = writes(&bed).into_iter().filter(|write| write.starts_with("PATCH")).collect();
    assert_eq!(patches.len(), SAMPLES.len(), "{patches:?}");
    for thing in SAMPLES {
        let object = thing.object(&bed);
        assert_eq!(object["metadata"]["labels"]["team"], "a");
        assert_eq!(object["metadata"]["labels"]["foreign"], "kept");
        let Value::Object(members) = (thing.members)(false) else { panic!("members are an object") };
        assert!(members.iter().all(|(name, value)| object[name] == *value), "{object}");
    }
    // `on_existing` is only in the configuration.
    bed.write("main.tf", &all(|thing| thing.lines, team));
    bed.local.clear_requests();
    bed.apply().succeeded();
    assert_eq!(writes(&bed), [] as [&str; 0]);

    // What the provider wrote itself, and the state no longer has.
    bed.run(&["state", "rm", &BINDING.address()]).succeeded();
    bed.write("main.tf", &all(|thing| thing.changed, team));
    let parts = ["ClusterRoleBinding exists already", "This provider wrote it", "terraform state rm"];
    bed.plan().succeeded().expect_warning(&parts);
    bed.apply_plan().failed().expect_error(&parts);
}

fn a_binding_of_another_role_is_never_adopted(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    BINDING.create(&bed, false, &json!({}));
    let edit = BINDING.lines.replace("\"view\"", "\"edit\"");
    for more in ["", "  on_existing = \"adopt\""] {
        bed.write("main.tf", &BINDING.with(&edit, more));
        let message = ["exists already, with another role", "view", "edit", "roleRef", "cannot be adopted"];
        bed.plan().succeeded().expect_warning(&message);
        let error = bed.apply_plan().failed().expect_error(&message);
        assert_eq!(error.code, "cluster_role = \"edit\"");
        assert_eq!(BINDING.object(&bed)["roleRef"]["name"], "view");
    }
}

fn two_resources_for_one_object_are_an_error(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let cluster = format!("cluster_id = {CLUSTER_ID:?}");
    let twice = |thing: &kinds::Sample| {
        let one = thing.named("one", &cluster, thing.lines, "");
        let two = thing.named("two", &cluster, thing.changed, "  on_existing = \"adopt\"");
        format!("{one}{two}")
    };
    bed.write("main.tf", &SAMPLES.map(twice).concat());
    let run = bed.apply_with(&["-parallelism=1"]).failed();
    assert_eq!(run.errors().len(), SAMPLES.len(), "{run}");
    for thing in SAMPLES {
        run.expect_error(&[&format!("{} declared twice", thing.resource), &thing.place()]);
    }
}
