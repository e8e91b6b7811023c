//! Drift: changes and deletions by other clients are planned, named, and repaired.

use serde_json::{Value, json};

use super::kinds::{self, BINDING, ROLE, SAMPLES, SERVICE_ACCOUNT, Sample, all, applied, each, sorted};
use crate::{
    on_terraform,
    support::{Bed, Host},
};

on_terraform!(
    drift_in_every_field_is_named_and_repaired,
    a_deleted_object_is_re_created_and_its_destroy_succeeds,
);

const METADATA: &str = "  labels = { team = \"a\" }\n  annotations = { note = \"b\" }";

/// Each field of each kind, with a change by another client.
fn changes() -> Vec<(&'static Sample, &'static str, Value)> {
    let rule = |name: &str, value: Value| {
        let mut rule = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] });
        rule[name] = value;
        json!({ "rules": [rule] })
    };
    let subjects = |change: fn(&mut Vec<Value>)| {
        let mut subjects = (BINDING.members)(false)["subjects"].as_array().cloned().unwrap_or_default();
        change(&mut subjects);
        json!({ "subjects": subjects })
    };
    vec![
        (
            &SERVICE_ACCOUNT,
            "automount_service_account_token",
            json!({ "automountServiceAccountToken": true }),
        ),
        (
            &SERVICE_ACCOUNT,
            "automount_service_account_token",
            json!({ "automountServiceAccountToken": null }),
        ),
        (&ROLE, "rules", rule("verbs", json!(["get"]))),
        (&ROLE, "rules", rule("apiGroups", json!(["", "apps"]))),
        (&ROLE, "rules", rule("resources", json!(["secrets"]))),
        (&ROLE, "rules", rule("resourceNames", json!(["web"]))),
        (&ROLE, "rules", json!({ "rules": null })),
        (&BINDING, "users", subjects(|subjects| drop(subjects.remove(0)))),
        (&BINDING, "users", json!({ "subjects": null })),
        (&BINDING, "groups", subjects(|subjects| subjects[2]["name"] = json!("thieves"))),
        (&BINDING, "service_accounts", subjects(|subjects| subjects[3]["namespace"] = json!("team"))),
    ]
}

/// Another client changes the field: the plan names the field and that client, and the apply repairs it.
#[track_caller]
fn expect_repair(bed: &Bed, thing: &Sample, field: &str, patch: &Value) {
    let before = thing.object(bed);
    thing.patch(bed, patch);
    let address = thing.address();
    let planned = bed.plan().plans(&[&format!("update {address}")]);
    assert_eq!(planned.drifted(), [address], "{patch}");
    // Kubernetes does not record who removed a field.
    let is_removal = patch.as_object().is_some_and(|members| members.values().any(Value::is_null));
    planned.expect_warning(&["Changed outside Terraform", field, if is_removal { "" } else { "somebody" }]);
    bed.apply().succeeded();
    let after = thing.object(bed);
    for member in ["rules", "subjects", "automountServiceAccountToken"] {
        assert_eq!(after[member], before[member], "{patch}");
    }
    for member in ["labels", "annotations"] {
        assert_eq!(after["metadata"][member], before["metadata"][member], "{patch}");
    }
    bed.plan().expect_empty();
}

fn drift_in_every_field_is_named_and_repaired(host: &Host) {
    let bed = applied(host, &all(|thing| thing.lines, METADATA));
    for thing in SAMPLES {
        expect_repair(
            &bed,
            thing,
            "labels[\"team\"]",
            &json!({ "metadata": { "labels": { "team": "z" }, "annotations": { "note": null } } }),
        );
    }
    for (thing, field, patch) in changes() {
        expect_repair(&bed, thing, field, &patch);
    }
}

fn a_deleted_object_is_re_created_and_its_destroy_succeeds(host: &Host) {
    let bed = applied(host, &all(|thing| thing.lines, ""));
    for thing in SAMPLES {
        thing.delete(&bed);
    }
    let planned = bed.plan().succeeded();
    assert_eq!(sorted(planned.actions()), each("create"));
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();

    // Deleted between the plan and the apply of a destroy.
    bed.plan_with(&["-destroy"]).succeeded();
    for thing in SAMPLES {
        thing.delete(&bed);
    }
    bed.apply_plan().succeeded();
    assert!(SAMPLES.iter().all(|thing| bed.instance(&thing.address()).is_none()));

    // An object with a deletion timestamp counts as deleted.
    bed.apply().succeeded();
    kinds::ROLE.patch(&bed, &json!({ "metadata": { "finalizers": ["example.com/wait"] } }));
    bed.kubernetes("DELETE", &ROLE.path(), None);
    bed.plan().plans(&[&format!("create {}", ROLE.address())]);
    ROLE.patch(&bed, &json!({ "metadata": { "finalizers": null } }));
    bed.apply().succeeded();
    bed.plan().expect_empty();
}
