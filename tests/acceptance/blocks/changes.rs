//! Updates and deletion of a block: one write with only the changed leaves, and no write without a change.

use local_cks::{Call, ClearedBlock, ClusterSpec, Fault, Injection, ZeroValues};
use serde_json::{Value, json};

use crate::{
    for_every_block, on_terraform,
    support::{Bed, Block, CLUSTER_ID, Content, Host, OIDC, block_on, minimal_block, oidc},
};

for_every_block!(on_terraform:
    one_changed_attribute_is_one_write_of_just_that_leaf,
    a_removed_attribute_is_cleared,
    destroy_clears_the_whole_block,
);

for_every_block!(on_terraform:
    on_existing_and_timeouts_change_without_a_request,
    destroy_succeeds_when_the_block_is_already_cleared,
    an_empty_block_in_a_response_counts_as_absent,
    destroy_succeeds_when_the_cluster_is_deleted,
    destroy_succeeds_while_the_cluster_is_deleted,
    create_before_destroy_keeps_the_new_block,
    another_cluster_id_creates_a_new_block_and_clears_the_old_one,
    a_field_that_the_api_rejects_is_reported_at_its_attribute,
);

on_terraform!(an_upgrade_between_plan_and_apply_is_not_undone, many_clusters_are_changed_in_parallel);

/// Plans and applies a changed configuration, which must send one write with this leaf only.
#[track_caller]
fn expect_one_narrow_write(bed: &Bed, block: &Block, changed: &str, leaf: &str) {
    bed.local.clear_requests();
    bed.write("main.tf", changed);
    bed.plan().plans(&[&format!("update {}", block.address())]);
    bed.expect_only_reads();
    bed.apply_plan().succeeded();
    assert_eq!(bed.masks(), [format!("{}.{leaf}", block.member)]);
    let mut body = bed.patches()[0].body.clone();
    // A cleared leaf is in the body as an empty value.
    body[block.member].as_object_mut().expect("a block").retain(|_, value| value != "");
    let members: Vec<_> = body.as_object().into_iter().flat_map(|body| body.keys()).collect();
    let mut expected = [block.member, "id", "updateMask", "version"];
    expected.sort_unstable();
    assert_eq!(members, expected, "changed fields only");
    assert_eq!(body[block.member], bed.block(block), "the whole block, or the API would reject it");
    assert_eq!(body["version"], bed.cluster().field("version"), "another version would be an upgrade");
}

fn one_changed_attribute_is_one_write_of_just_that_leaf(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.apply().succeeded();
    let foreign = |names: &[&str]| {
        block.with(&bed.local, |attribute| {
            Some(if names.contains(&attribute.name) { attribute.foreign } else { attribute.given })
        })
    };
    let (url, last) = (block.url(), block.last());
    expect_one_narrow_write(&bed, block, &foreign(&[url.name]), url.leaf);
    expect_one_narrow_write(&bed, block, &foreign(&[url.name, last.name]), last.leaf);
    let state = bed.attributes(&block.address());
    assert_eq!(state[url.name], url.foreign.written(&bed.local));
    bed.plan().expect_empty();
}

fn a_removed_attribute_is_cleared(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.apply().succeeded();
    let last = block.last();
    let with = |content: Option<Content>| {
        block.with(
            &bed.local,
            |attribute| {
                if attribute.name == last.name { content } else { Some(attribute.given) }
            },
        )
    };
    for removed in [None, Some(last.given.empty())] {
        expect_one_narrow_write(&bed, block, &with(removed), last.leaf);
        bed.plan().expect_empty();
        expect_one_narrow_write(&bed, block, &with(Some(last.given)), last.leaf);
    }
}

fn destroy_clears_the_whole_block(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.apply().succeeded();
    bed.local.clear_requests();
    bed.destroy().succeeded();
    assert_eq!(bed.block(block), Value::Null);
    assert_eq!(bed.cluster().status(), "STATUS_RUNNING", "destroy waits until it is in force");
    assert_eq!(bed.patches().len(), 1);
    let body = &bed.patches()[0].body;
    let mut mask: Vec<_> = body["updateMask"].as_str().unwrap_or_default().split(',').collect();
    mask.sort_unstable();
    assert_eq!(mask, block.mask());
    assert_eq!(body.get(block.member), None, "a block in the body would be validated");
    assert_eq!(bed.instance(&block.address()), None);
}

fn on_existing_and_timeouts_change_without_a_request(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    let chosen = "on_existing = \"adopt\"\n  timeouts {\n    create = \"60m\"\n    update = \"1h\"\n  }";
    for lines in [chosen, &chosen.replace("\"60m\"", "\"1h\""), ""] {
        bed.write("main.tf", &block.minimal(lines));
        bed.apply().succeeded();
        bed.plan().expect_empty();
    }
    bed.expect_only_reads();
}

fn destroy_succeeds_when_the_block_is_already_cleared(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    bed.change_block(block, None);
    bed.destroy().succeeded();
    assert_eq!(bed.instance(&block.address()), None);
    bed.expect_only_reads();
}

fn an_empty_block_in_a_response_counts_as_absent(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    for zero_values in [ZeroValues::Omitted, ZeroValues::Emitted] {
        bed.local.set_behaviour(|behaviour| {
            behaviour.cleared_block = ClearedBlock::Empty;
            behaviour.zero_values = zero_values;
        });
        bed.destroy().succeeded();
        assert_eq!(bed.block(block), json!({}));
        bed.local.clear_requests();
        assert_eq!(bed.apply().succeeded().other_warnings(), [], "there was no block to adopt");
        assert_eq!(bed.patches().len(), 1);
        bed.plan().expect_empty();
    }
}

fn destroy_succeeds_when_the_cluster_is_deleted(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    // Deleted between plan and apply, so that the destroy, not the refresh, receives the 404.
    let planned = bed.run(&["plan", "-json", "-destroy", "-out=plan"]);
    planned.plans(&[&format!("delete {}", block.address())]);
    bed.cluster().delete();
    bed.apply_plan().succeeded();
    assert_eq!(bed.instance(&block.address()), None);
}

fn destroy_succeeds_while_the_cluster_is_deleted(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal(""));
    bed.cluster().set_status("STATUS_DELETING");
    bed.destroy().succeeded().expect_warning(&["was left to the end of its cluster", "STATUS_DELETING"]);
    assert_eq!(bed.instance(&block.address()), None);
}

fn another_cluster_id_creates_a_new_block_and_clears_the_old_one(host: &Host, block: &Block) {
    const OTHER_ID: &str = "1063bce6-6e5b-4b0a-b73a-7e6106b2a77c";
    let bed = Bed::applied(host, &block.minimal(""));
    let other = ClusterSpec::new("other").with_id(OTHER_ID);
    let other = block_on(bed.local.add_cluster(other)).expect("a second cluster");
    bed.write("main.tf", &block.minimal("").replace(CLUSTER_ID, OTHER_ID));
    bed.plan().plans(&[&format!("replace {}", block.address())]);
    bed.apply_plan().succeeded();
    assert_eq!(bed.block(block), Value::Null);
    assert_eq!(other.field(block.member), block.minimal_block(&bed.local));
    bed.plan().expect_empty();
}

fn an_upgrade_between_plan_and_apply_is_not_undone(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    bed.plan().plans(&[&format!("create {}", OIDC.address())]);
    bed.cluster().set_field("version", json!("v1.37"));
    bed.apply_plan().succeeded();
    assert_eq!(bed.patches()[0].body["version"], "v1.37");
    assert_eq!(bed.cluster().field("version"), "v1.37");
}

fn many_clusters_are_changed_in_parallel(host: &Host) {
    let bed = Bed::new(host);
    let created = (0..8).map(|number| {
        let spec = ClusterSpec::new(&format!("c{number}"));
        block_on(bed.local.add_cluster(spec)).expect("one more cluster")
    });
    let clusters: Vec<_> = created.collect();
    let ids: Vec<_> = clusters.iter().map(local_cks::Cluster::id).collect();
    let each = oidc("").replace(&format!("{CLUSTER_ID:?}"), "each.value");
    bed.write("main.tf", &each.replacen('\n', &format!("\n  for_each = toset({ids:?})\n"), 1));
    bed.apply().succeeded();
    assert_eq!(bed.patches().len(), clusters.len());
    assert!(clusters.iter().all(|cluster| cluster.field("oidc") == minimal_block()));
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert!(clusters.iter().all(|cluster| cluster.field("oidc") == Value::Null));
}

fn create_before_destroy_keeps_the_new_block(host: &Host, block: &Block) {
    let bed = Bed::applied(host, &block.minimal("lifecycle {\n    create_before_destroy = true\n  }"));
    let run = bed.apply_with(&[&format!("-replace={}", block.address())]).succeeded();
    run.expect_warning(&["was kept", block.resource]);
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    bed.plan().expect_empty();
}

fn a_field_that_the_api_rejects_is_reported_at_its_attribute(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    let url = block.url();
    let body = json!({
        "code": "invalid_argument",
        "message": "validation error",
        "details": [{ "type": "google.rpc.BadRequest", "debug": { "fieldViolations": [
            { "field": format!("{}.{}", block.twin, url.name), "description": "no such host" },
        ] } }],
    });
    let rejection = Fault::Status {
        status: reqwest::StatusCode::BAD_REQUEST,
        retry_after: None,
        body: Some(body.to_string()),
    };
    bed.local.inject(Injection::new(rejection).on(Call::UpdateCluster));
    let run = bed.apply().failed();
    let error = run.expect_error(&[url.name, "no such host"]);
    assert_eq!(error.address, block.address());
    assert_eq!(error.code, format!("{} = {}", url.name, url.given.written(&bed.local)));
    assert_eq!(bed.instance(&block.address()), None);
}
