//! Clusters that already have the block when the resource is created.

use std::time::Duration;

use serde_json::Value;

use crate::{
    for_every_block,
    support::{Bed, Block, CLUSTER_ID, Content, Host},
};

for_every_block!(on_terraform:
    the_import_block_in_the_error_is_ready_to_paste,
    an_equal_block_is_adopted_with_a_warning,
);

for_every_block!(on_terraform:
    adoption_is_planned_with_a_warning_of_what_it_overwrites,
    a_lost_create_resumes_without_a_second_write,
    two_resources_for_one_cluster_are_an_error,
    a_rename_without_a_moved_block_keeps_the_block,
);

/// Another URL, and one leaf that the configuration does not set.
fn foreign(bed: &Bed, block: &Block) -> Value {
    let mut foreign = block.changed_block(&bed.local);
    foreign[block.last().leaf] = block.last().given.stored(&bed.local);
    foreign
}

fn text(content: Content) -> &'static str {
    let Content::Text(text) = content else { panic!("{content:?} is no text") };
    text
}

fn the_import_block_in_the_error_is_ready_to_paste(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    bed.change_block(block, Some(foreign(&bed, block)));
    let url = block.url();
    let title = format!("already has {}", block.thing);
    let planned = bed.plan().succeeded();
    planned.expect_warning(&[&title, text(url.foreign), "on_existing = \"adopt\""]);
    let error = bed.apply_plan().failed().expect_error(&[
        &title,
        &format!("{} is {:?} and the plan has {:?}", url.name, text(url.foreign), text(url.given)),
        block.last().name,
        "on_existing = \"adopt\"",
    ]);
    assert_eq!(error.code, format!("cluster_id = {CLUSTER_ID:?}"));
    bed.expect_only_reads();
    assert_eq!(bed.block(block), foreign(&bed, block));

    // Copied from the message as a user would, with the name of the resource.
    let start = error.detail.find("import {").unwrap_or_else(|| panic!("no import block: {}", error.detail));
    let import = &error.detail[start..];
    let import = &import[..=import.find("\n}").expect("it ends") + 1];
    bed.write("import.tf", &import.replace("NAME", "example"));
    let last = format!("{} = {}", block.last().name, block.last().given.written(&bed.local));
    bed.write("main.tf", &block.changed(&last));
    bed.apply().succeeded();
    bed.expect_only_reads();
    assert_eq!(bed.attributes(&block.address())[url.name], text(url.foreign));
    bed.plan().expect_empty();
}

fn an_equal_block_is_adopted_with_a_warning(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.change_block(block, Some(block.full_block(&bed.local)));
    let planned = bed.plan().plans(&[&format!("create {}", block.address())]);
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded().expect_warning(&[
        "Existing configuration adopted",
        "nothing was written",
        block.resource,
    ]);
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn adoption_is_planned_with_a_warning_of_what_it_overwrites(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal("on_existing = \"adopt\""));
    bed.change_block(block, Some(foreign(&bed, block)));
    let url = block.url();
    bed.plan().plans(&[&format!("create {}", block.address())]).expect_warning(&[
        "will be overwritten",
        &format!("{} is {:?} and becomes {:?}", url.name, text(url.foreign), text(url.given)),
        &format!("{} is ", block.last().name),
        "and becomes unset",
        &format!("ignore_changes = [{}]", block.twin),
    ]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    assert_eq!(bed.masks().len(), 1);
    bed.plan().expect_empty();
    // `on_existing` is only in the configuration: its removal changes nothing in the cluster.
    bed.write("main.tf", &block.minimal(""));
    bed.apply().succeeded();
    assert_eq!(bed.masks().len(), 1);
}

fn a_lost_create_resumes_without_a_second_write(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    // The state after a run that was killed between the write and the state.
    bed.run(&["state", "rm", &block.address()]).succeeded();
    assert_eq!(bed.instance(&block.address()), None);
    bed.apply().succeeded().expect_warning(&["Existing configuration adopted"]);
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn two_resources_for_one_cluster_are_an_error(host: &Host, block: &Block) {
    let two = [block.minimal_named("one", ""), block.changed_named("two", "on_existing = \"adopt\"")];
    let bed = Bed::of(host, &two.concat());
    // One after the other, in either order.
    let run = bed.apply_with(&["-parallelism=1"]).failed();
    let error = run.errors();
    assert_eq!(error.len(), 1, "{run}");
    assert_eq!(bed.patches().len(), 1);
    let is_created = |name: &str| bed.instance(&format!("{}.{name}", block.resource)).is_some();
    let second = if is_created("one") { "two" } else { "one" };
    assert_eq!(error[0].address, format!("{}.{second}", block.resource));
}

fn a_rename_without_a_moved_block_keeps_the_block(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal_named("one", ""));
    bed.local.set_behaviour(|behaviour| behaviour.updating_for = Duration::from_secs(1));
    let renamed = |from: &str, to: &str, changed: bool| {
        let (content, more) = if changed {
            (block.changed_block(&bed.local), "on_existing = \"adopt\"")
        } else {
            (block.minimal_block(&bed.local), "")
        };
        let named = if changed { block.changed_named(to, more) } else { block.minimal_named(to, more) };
        bed.write("main.tf", &named);
        let planned = bed.plan().succeeded();
        planned.expect_warning(&["destroyed and created again", CLUSTER_ID, "moved {", block.resource]);
        let run = bed.apply_plan().succeeded();
        assert_eq!(bed.instance(&format!("{}.{from}", block.resource)), None, "{run}");
        // Terraform orders the two as it likes.
        assert_eq!(bed.block(block), content, "{run}");
        bed.plan().expect_empty();
    };
    renamed("one", "two", false);
    renamed("two", "three", true);
}
