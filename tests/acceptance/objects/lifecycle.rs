//! Objects are created, updated in place, and destroyed.

use serde_json::{Value, json};

use super::kinds::{self, BINDING, SAMPLES, all, each, sorted, writes};
use crate::{
    on_both_hosts,
    support::{Bed, Host},
};

on_both_hosts!(
    objects_are_created_updated_and_destroyed_and_foreign_labels_are_kept,
    null_and_empty_mean_the_same_and_keep_their_spelling,
);

const LABELS: &str =
    "  labels = { team = \"a\", gone = \"x\" }\n  annotations = { \"example.com/note\" = \"Some text.\" }";
const OTHER_LABELS: &str =
    "  labels = { team = \"b\" }\n  annotations = { \"example.com/note\" = \"Other text.\" }";

/// The object has the fields of the configuration.
#[track_caller]
fn expect_object(bed: &Bed, thing: &kinds::Sample, changed: bool) {
    let object = thing.object(bed);
    let Value::Object(members) = (thing.members)(changed) else { panic!("members are an object") };
    for (name, expected) in members {
        assert_eq!(object[&name], expected, "{name} of {object}");
    }
}

fn objects_are_created_updated_and_destroyed_and_foreign_labels_are_kept(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &all(|thing| thing.lines, LABELS));
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("create"));
    assert_eq!(planned.warnings(), [], "{planned}");
    assert_eq!(writes(&bed), [] as [&str; 0], "a plan writes nothing");
    bed.apply_plan().succeeded();
    for thing in SAMPLES {
        let (state, object) = (bed.attributes(&thing.address()), thing.object(&bed));
        assert_eq!(state["id"], thing.id());
        assert_eq!(state["uid"], object["metadata"]["uid"]);
        assert_eq!(object["metadata"]["labels"]["team"], "a");
        assert_eq!(object["metadata"]["annotations"]["example.com/note"], "Some text.");
        assert_eq!(object["metadata"]["managedFields"][0]["manager"], "terraform-provider-cks");
        expect_object(&bed, thing, false);
    }
    assert_eq!(bed.attributes(&BINDING.address())["kind"], "ClusterRoleBinding");
    assert_eq!(bed.attributes(&kinds::ROLE.address())["kind"], "Role");

    // The plan sends each read once, and no writes.
    bed.local.clear_requests();
    bed.plan().expect_empty();
    bed.expect_only_reads();
    let reads = bed.local.requests_of(local_cks::Call::Managed).len();
    assert_eq!(reads, SAMPLES.len(), "one read of each");

    for thing in SAMPLES {
        thing.patch(&bed, &json!({ "metadata": { "labels": { "foreign": "kept" } } }));
    }
    bed.plan().expect_empty();
    bed.write("main.tf", &all(|thing| thing.changed, OTHER_LABELS));
    bed.local.clear_requests();
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("update"));
    assert_eq!(writes(&bed), [] as [&str; 0], "a plan writes nothing");
    bed.apply_plan().succeeded();
    assert_eq!(writes(&bed).len(), SAMPLES.len(), "one write of each: {:?}", writes(&bed));
    assert!(writes(&bed).iter().all(|write| write.starts_with("PATCH ")), "{:?}", writes(&bed));
    for thing in SAMPLES {
        let labels = thing.object(&bed)["metadata"]["labels"].clone();
        assert_eq!((&labels["team"], &labels["foreign"]), (&json!("b"), &json!("kept")), "{labels}");
        assert_eq!(labels["gone"], Value::Null, "a label that is no longer declared is removed");
        expect_object(&bed, thing, true);
    }
    bed.plan().expect_empty();

    // Fields that are not declared are ignored.
    bed.write("main.tf", &all(|thing| thing.changed, ""));
    bed.apply().succeeded();
    assert_eq!(BINDING.object(&bed)["metadata"]["labels"], json!({ "foreign": "kept" }));
    bed.plan().expect_empty();

    bed.destroy().succeeded();
    assert!(SAMPLES.iter().all(|thing| !thing.exists(&bed)));
    assert!(SAMPLES.iter().all(|thing| bed.instance(&thing.address()).is_none()));
}

fn null_and_empty_mean_the_same_and_keep_their_spelling(host: &Host) {
    let binding = |more: &str| BINDING.with("  cluster_role = \"view\"\n  users = [\"ada\"]", more);
    let role = |more: &str| {
        let rule = format!("api_groups = [\"\"], resources = [\"pods\"], verbs = [\"get\"]{more}");
        kinds::ROLE.with(&format!("  rules = [{{ {rule} }}]"), "")
    };
    let both = [
        (binding("  groups = []\n  service_accounts = []"), role(", resource_names = []")),
        (binding(""), role("")),
        (binding("  groups = null"), role(", resource_names = null, non_resource_urls = []")),
    ];
    let bed = Bed::with_kubernetes(host);
    for (number, (binding, role)) in both.into_iter().enumerate() {
        bed.write("main.tf", &format!("{binding}{role}"));
        bed.local.clear_requests();
        bed.apply().succeeded();
        assert_eq!(writes(&bed).len(), if number == 0 { 2 } else { 0 }, "{:?}", writes(&bed));
        bed.plan().expect_empty();
    }
}
