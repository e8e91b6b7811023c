//! Imports of an existing block, by the command and by an `import` block.

use serde_json::Value;

use crate::{
    for_every_block,
    support::{Bed, Block, CLUSTER_ID, Host},
};

for_every_block!(on_every_host:
    the_import_command_leaves_an_empty_plan,
    an_import_block_leaves_an_empty_plan,
);

for_every_block!(on_both_hosts:
    what_is_imported_equals_what_was_created,
    an_import_that_differs_shows_the_difference,
    an_import_of_an_absent_block_is_an_error,
    an_import_by_an_invalid_id_names_the_format,
);

fn with_full_block(host: &Host, block: &Block) -> Bed {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.change_block(block, Some(block.full_block(&bed.local)));
    bed
}

fn import_block(block: &Block) -> String {
    format!("import {{\n  to = {}\n  id = {CLUSTER_ID:?}\n}}\n", block.address())
}

fn the_import_command_leaves_an_empty_plan(host: &Host, block: &Block) {
    let bed = with_full_block(host, block);
    bed.import(&block.address(), CLUSTER_ID).succeeded();
    bed.expect_only_reads();
    let state = bed.attributes(&block.address());
    assert_eq!((&state["on_existing"], &state["timeouts"]), (&Value::Null, &Value::Null));
    bed.plan().expect_empty();
}

fn an_import_block_leaves_an_empty_plan(host: &Host, block: &Block) {
    let bed = with_full_block(host, block);
    bed.write("import.tf", &import_block(block));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
    bed.apply_plan().succeeded();
    bed.expect_only_reads();
    bed.plan().expect_empty();
}

fn what_is_imported_equals_what_was_created(host: &Host, block: &Block) {
    let created = Bed::new(host);
    created.write("main.tf", &block.full(&created.local));
    created.apply().succeeded();
    let created_state = created.attributes(&block.address());
    created.run(&["state", "rm", &block.address()]).succeeded();
    created.import(&block.address(), CLUSTER_ID).succeeded();
    assert_eq!(created.attributes(&block.address()), created_state);
}

fn an_import_that_differs_shows_the_difference(host: &Host, block: &Block) {
    let bed = Bed::of(host, &import_block(block));
    let last = format!("{} = {}", block.last().name, block.last().given.written(&bed.local));
    bed.write("resource.tf", &block.minimal(&last));
    bed.change_block(block, Some(block.minimal_block(&bed.local)));
    bed.plan().plans(&[&format!("update {}", block.address())]);
    let planned = bed.planned();
    assert_eq!(planned["resource_changes"][0]["change"]["before"][block.last().name], Value::Null);
    bed.apply_plan().succeeded();
    assert_eq!(bed.masks(), [format!("{}.{}", block.member, block.last().leaf)]);
    bed.plan().expect_empty();
}

fn an_import_of_an_absent_block_is_an_error(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    let text = bed.import(&block.address(), CLUSTER_ID).failed().text();
    assert!(text.contains("Nothing to import"), "{text}");
    assert!(text.contains(&format!("does not have {}", block.thing)), "{text}");
}

fn an_import_by_an_invalid_id_names_the_format(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    let run = bed.import(&block.address(), "example/oidc").failed();
    assert!(run.text().contains("Invalid import id") && run.text().contains("CLUSTER_ID"), "{run}");
    let run = bed.import(&block.address(), "00000000-0000-4000-8000-000000000000").failed();
    assert!(run.text().contains("Cluster not found") && run.text().contains("not the name"), "{run}");
}
