//! What others change: it shows in the plan, is repaired by the apply, and is never overwritten unseen.

use serde_json::{Value, json};

use crate::support::{Bed, Host, ISSUER, base64, full_block, full_resource, minimal_block, oidc};
use crate::{on_both_hosts, on_every_host};

on_every_host!(
    every_leafs_drift_shows_and_is_repaired_by_one_narrow_write,
    a_cleared_block_is_planned_anew_and_the_cure_named
);

on_both_hosts!(
    drift_of_all_leaves_at_once_is_one_write,
    content_that_cannot_be_read_shows_as_drift,
    what_changed_between_plan_and_apply_is_not_overwritten,
    what_was_cleared_between_plan_and_apply_is_not_written,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

/// Each leaf of the block with a value that somebody else might give it, and the attribute that it is.
fn foreign_values() -> [(&'static str, Value, &'static str); 10] {
    [
        ("issuerUrl", json!("https://login.example.org"), "issuer_url"),
        ("clientId", json!("someone-else"), "client_id"),
        ("usernameClaim", json!("sub"), "username_claim"),
        ("usernamePrefix", json!(""), "username_prefix"),
        ("groupsClaim", json!("roles"), "groups_claim"),
        ("groupsPrefix", json!(""), "groups_prefix"),
        ("requiredClaim", json!("department=sales"), "required_claim"),
        ("signingAlgorithms", json!([]), "signing_algorithms"),
        ("adminGroupBinding", json!("oidc:others"), "admin_group_binding"),
        ("ca", json!(""), "ca_certificate"),
    ]
}

fn every_leafs_drift_shows_and_is_repaired_by_one_narrow_write(host: &Host) {
    let bed = Bed::new(host);
    bed.write("main.tf", &full_resource(&bed.local));
    bed.apply().succeeded();
    for (leaf, value, attribute) in foreign_values() {
        let mut changed = full_block(&bed.local);
        changed[leaf] = value;
        bed.change_behind_its_back(Some(changed));
        bed.local.clear_requests();
        let repaired = bed.apply().plans(&[&format!("update {ADDRESS}")]);
        assert_eq!(repaired.drifted(), [ADDRESS], "{leaf}");
        repaired.expect_warning(&["changed outside of this resource", attribute]);
        assert_eq!(bed.masks(), [format!("oidc.{leaf}")]);
        assert_eq!(bed.cluster().field("oidc"), full_block(&bed.local), "{leaf}");
    }
    bed.plan().expect_empty();
}

fn a_cleared_block_is_planned_anew_and_the_cure_named(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.change_behind_its_back(None);
    let planned = bed.plan().plans(&[&format!("create {ADDRESS}")]);
    planned.expect_warning(&["it is gone", "coreweave_cks_cluster", "lifecycle { ignore_changes = [oidc] }"]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn drift_of_all_leaves_at_once_is_one_write(host: &Host) {
    let bed = Bed::new(host);
    bed.write("main.tf", &full_resource(&bed.local));
    bed.apply().succeeded();
    bed.local.clear_requests();
    let mut foreign = Value::Null;
    for (leaf, value, _) in foreign_values() {
        foreign[leaf] = value;
    }
    bed.change_behind_its_back(Some(foreign));
    let planned = bed.plan().plans(&[&format!("update {ADDRESS}")]);
    for (_, _, attribute) in foreign_values() {
        planned.expect_warning(&["changed outside of this resource", attribute]);
    }
    bed.expect_only_reads();
    bed.apply_plan().succeeded();
    assert_eq!(bed.patches().len(), 1);
    assert_eq!(bed.cluster().field("oidc"), full_block(&bed.local));
    bed.plan().expect_empty();
}

fn content_that_cannot_be_read_shows_as_drift(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let foreign = json!({
        "issuerUrl": ISSUER, "clientId": "kubernetes", "ca": base64("\u{feff}no certificate"), "requiredClaim": "no pair",
    });
    bed.change_behind_its_back(Some(foreign));
    bed.plan().plans(&[&format!("update {ADDRESS}")]).expect_warning(&["ca_certificate", "required_claim"]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
}

fn what_changed_between_plan_and_apply_is_not_overwritten(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    let foreign = json!({ "issuerUrl": ISSUER, "clientId": "someone-else" });
    bed.change_behind_its_back(Some(foreign.clone()));
    let run = bed.apply_plan().failed();
    run.expect_error(&[
        "Changed by someone else since the plan",
        "nothing was written",
        "client_id was \"kubernetes\" and is \"someone-else\"",
        "Make a new plan",
    ]);
    assert_eq!(bed.patches().len(), 0);
    assert_eq!(bed.cluster().field("oidc"), foreign);
    assert_eq!(bed.attributes(ADDRESS)["username_prefix"], Value::Null, "the state is what it was");

    bed.apply().plans(&[&format!("update {ADDRESS}")]);
    bed.plan().expect_empty();
}

fn what_was_cleared_between_plan_and_apply_is_not_written(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    bed.change_behind_its_back(None);
    bed.apply_plan()
        .failed()
        .expect_error(&["Changed by someone else since the plan", "nothing was written"]);
    assert_eq!(bed.patches().len(), 0);
}
