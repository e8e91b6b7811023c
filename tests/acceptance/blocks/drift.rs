//! Drift: the plan reports it, the apply repairs it, and a change since the plan is never overwritten.

use serde_json::{Value, json};

use crate::{
    for_every_block, on_terraform,
    support::{Bed, Block, Host, base64, minimal_block, oidc},
};

for_every_block!(on_terraform:
    drift_of_each_leaf_is_planned_and_repaired_by_one_narrow_write,
    a_cleared_block_is_planned_as_a_create_with_a_warning,
);

for_every_block!(on_terraform:
    drift_of_all_leaves_at_once_is_one_write,
    an_unreadable_certificate_is_planned_as_drift,
    what_changed_between_plan_and_apply_is_not_overwritten,
    what_was_cleared_between_plan_and_apply_is_not_written,
);

on_terraform!(an_invalid_required_claim_is_planned_as_drift);

fn drift_of_each_leaf_is_planned_and_repaired_by_one_narrow_write(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.apply().succeeded();
    for attribute in block.attributes {
        let mut changed = block.full_block(&bed.local);
        changed[attribute.leaf] = attribute.foreign.stored(&bed.local);
        bed.change_block(block, Some(changed));
        bed.local.clear_requests();
        let repaired = bed.apply().plans(&[&format!("update {}", block.address())]);
        assert_eq!(repaired.drifted(), [block.address()], "{}", attribute.leaf);
        repaired.expect_warning(&["changed outside of this resource", attribute.name]);
        assert_eq!(bed.masks(), [format!("{}.{}", block.member, attribute.leaf)]);
        assert_eq!(bed.block(block), block.full_block(&bed.local), "{}", attribute.leaf);
    }
    bed.plan().expect_empty();
}

fn a_cleared_block_is_planned_as_a_create_with_a_warning(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    bed.change_block(block, None);
    let planned = bed.plan().plans(&[&format!("create {}", block.address())]);
    let cure = format!("lifecycle {{ ignore_changes = [{}] }}", block.twin);
    planned.expect_warning(&["it is gone", "coreweave_cks_cluster", &cure]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    bed.plan().expect_empty();
}

fn drift_of_all_leaves_at_once_is_one_write(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.apply().succeeded();
    bed.local.clear_requests();
    let leaves = block.attributes.iter();
    let foreign: Value =
        leaves.map(|attribute| (attribute.leaf.to_owned(), attribute.foreign.stored(&bed.local))).collect();
    bed.change_block(block, Some(foreign));
    let planned = bed.plan().plans(&[&format!("update {}", block.address())]);
    for attribute in block.attributes {
        planned.expect_warning(&["changed outside of this resource", attribute.name]);
    }
    bed.expect_only_reads();
    bed.apply_plan().succeeded();
    assert_eq!(bed.patches().len(), 1);
    assert_eq!(bed.block(block), block.full_block(&bed.local));
    bed.plan().expect_empty();
}

fn an_unreadable_certificate_is_planned_as_drift(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    let mut foreign = block.minimal_block(&bed.local);
    foreign["ca"] = json!(base64("\u{feff}no certificate"));
    bed.change_block(block, Some(foreign));
    bed.plan().plans(&[&format!("update {}", block.address())]).expect_warning(&["ca_certificate"]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
}

fn an_invalid_required_claim_is_planned_as_drift(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let mut foreign = minimal_block();
    foreign["requiredClaim"] = json!("no pair");
    bed.change_as_another_client(Some(foreign));
    bed.plan().plans(&["update cks_cluster_oidc.example"]).expect_warning(&["required_claim"]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
}

/// An applied resource, and a plan that adds the last attribute to it.
fn with_planned_update(host: &Host, block: &Block) -> Bed {
    let bed = Bed::applied(host, &block.minimal(""));
    let last = format!("{} = {}", block.last().name, block.last().given.written(&bed.local));
    bed.write("main.tf", &block.minimal(&last));
    bed.plan().plans(&[&format!("update {}", block.address())]);
    bed
}

fn what_changed_between_plan_and_apply_is_not_overwritten(host: &Host, block: &Block) {
    let bed = with_planned_update(host, block);
    let foreign = block.changed_block(&bed.local);
    bed.change_block(block, Some(foreign.clone()));
    bed.apply_plan().failed().expect_error(&[
        "Changed by another client since the plan",
        &format!("`{}`", block.twin),
        "nothing was written",
        block.url().name,
        "Create a new plan",
    ]);
    assert_eq!(bed.patches().len(), 0);
    assert_eq!(bed.block(block), foreign);
    let state = bed.attributes(&block.address());
    assert_eq!(state[block.last().name], Value::Null, "the state is unchanged");

    bed.apply().plans(&[&format!("update {}", block.address())]);
    bed.plan().expect_empty();
}

fn what_was_cleared_between_plan_and_apply_is_not_written(host: &Host, block: &Block) {
    let bed = with_planned_update(host, block);
    bed.change_block(block, None);
    bed.apply_plan()
        .failed()
        .expect_error(&["Changed by another client since the plan", "nothing was written"]);
    assert_eq!(bed.patches().len(), 0);
}
