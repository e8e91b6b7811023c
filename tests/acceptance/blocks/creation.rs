//! Creation of a block: the request to the API, and an empty second plan.

use local_cks::{
    Behaviour, Builder, Call, ClearedBlock, ClusterSpec, EndpointForm, Enums, LocalCks, PatchAnswer,
    ZeroValues,
};
use serde_json::json;

use crate::{
    for_every_block, on_both_hosts,
    support::{Bed, Block, CLUSTER_ID, Host, full_resource, oidc, wait_until},
};

for_every_block!(on_every_host:
    an_apply_creates_the_block_and_a_second_plan_is_empty,
    a_second_plan_is_empty_for_every_encoding_of_the_api,
    empty_values_keep_their_spelling,
    a_plan_sends_only_reads,
);

on_both_hosts!(
    the_state_has_the_endpoint_and_the_effective_prefixes,
    an_apply_waits_while_the_cluster_is_created,
);

fn an_apply_creates_the_block_and_a_second_plan_is_empty(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    bed.write("main.tf", &block.full(&bed.local));
    bed.plan().plans(&[&format!("create {}", block.address())]);
    bed.apply_plan().succeeded();

    assert_eq!(bed.block(block), block.full_block(&bed.local));
    assert_eq!(bed.patches().len(), 1);
    let state = bed.attributes(&block.address());
    assert_eq!(state["id"], CLUSTER_ID);
    for attribute in block.attributes {
        assert_eq!(state[attribute.name], attribute.given.written(&bed.local), "{}", attribute.name);
    }
    bed.plan().expect_empty();
    bed.plan_with(&["-refresh=false"]).expect_empty();
}

fn local_cks(behaviour: Behaviour) -> Builder {
    LocalCks::builder().cluster(ClusterSpec::new("example").with_id(CLUSTER_ID)).behaviour(behaviour)
}

fn a_second_plan_is_empty_for_every_encoding_of_the_api(host: &Host, block: &Block) {
    let plain = Behaviour::default();
    let encodings = [
        Behaviour { zero_values: ZeroValues::Emitted, ..plain.clone() },
        Behaviour { enums: Enums::Numbers, ..plain.clone() },
        Behaviour { patch_answer: PatchAnswer::Running, stale_reads_after_patch: 2, ..plain.clone() },
        Behaviour {
            zero_values: ZeroValues::Emitted,
            enums: Enums::Numbers,
            endpoint_form: EndpointForm::WithScheme,
            cleared_block: ClearedBlock::Empty,
            ..plain
        },
    ];
    for encoding in encodings {
        let bed = Bed::with(host, local_cks(encoding));
        for configuration in [block.full(&bed.local), block.minimal("")] {
            bed.write("main.tf", &configuration);
            bed.apply().succeeded();
            bed.plan().expect_empty();
        }
        assert_eq!(bed.block(block), block.minimal_block(&bed.local));
        // A cleared block counts as absent in every encoding.
        bed.destroy().succeeded();
        let planned = bed.plan().plans(&[&format!("create {}", block.address())]);
        assert_eq!(planned.warnings(), [], "{planned}");
    }
}

fn the_state_has_the_endpoint_and_the_effective_prefixes(host: &Host) {
    for endpoint_form in [EndpointForm::Bare, EndpointForm::WithScheme] {
        let bed = Bed::with(host, local_cks(Behaviour { endpoint_form, ..Behaviour::default() }));
        bed.write("main.tf", &full_resource(&bed.local));
        bed.apply().succeeded();
        let state = bed.attributes("cks_cluster_oidc.example");
        assert_eq!(state["unmanaged_endpoint"], format!("https://{}", bed.cluster().unmanaged_host()));
        assert_eq!(state["effective_username_prefix"], "oidc:");
        assert_eq!(state["effective_groups_prefix"], "oidc:");
        bed.plan().expect_empty();
    }
}

fn an_apply_waits_while_the_cluster_is_created(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    bed.cluster().set_status("STATUS_CREATING");
    let arguments = ["apply", "-json", "-auto-approve"];
    let running = bed.start(&arguments);
    // One read by the plan, one before the write, and one by the wait.
    wait_until("it waits", || bed.local.requests_of(Call::GetCluster).len() > 2);
    bed.expect_only_reads();
    bed.cluster().set_status("STATUS_RUNNING");
    bed.finish(&running, &arguments).succeeded();
    // Until then the API returned no endpoint.
    let endpoint = format!("https://{}", bed.cluster().unmanaged_host());
    assert_eq!(bed.attributes("cks_cluster_oidc.example")["unmanaged_endpoint"], endpoint);
    bed.plan().expect_empty();
}

fn empty_values_keep_their_spelling(host: &Host, block: &Block) {
    let bed = Bed::new(host);
    let empty = block.with(&bed.local, |attribute| {
        Some(if attribute.required { attribute.given } else { attribute.given.empty() })
    });
    bed.write("main.tf", &empty);
    bed.apply().succeeded();
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    let state = bed.attributes(&block.address());
    for attribute in block.attributes.iter().filter(|attribute| !attribute.required) {
        let written = attribute.given.empty().written(&bed.local);
        assert_eq!(state[attribute.name], written, "{}", attribute.name);
    }
    bed.plan().expect_empty();

    // Another spelling of the same value changes the state without a write to the API.
    bed.local.clear_requests();
    bed.write("main.tf", &block.minimal(&format!("{} = null", block.last().name)));
    bed.apply().succeeded();
    bed.expect_only_reads();
    assert_eq!(bed.attributes(&block.address())[block.last().name], json!(null));
    bed.plan().expect_empty();
}

fn a_plan_sends_only_reads(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    bed.plan().plans(&[&format!("create {}", block.address())]);
    bed.expect_only_reads();
    bed.apply_plan().succeeded();
    bed.local.clear_requests();
    bed.write("main.tf", &block.changed(""));
    bed.plan().plans(&[&format!("update {}", block.address())]);
    bed.run(&["plan", "-json", "-destroy"]).plans(&[&format!("delete {}", block.address())]);
    bed.expect_only_reads();
}
