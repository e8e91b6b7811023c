//! All three blocks of one cluster in one run: one write at a time, without effect on each other.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use local_cks::WhileUpdating;
use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    on_both_hosts, on_every_host,
    support::{AUTHN_WEBHOOK, AUTHZ_WEBHOOK, Bed, Block, Host, OIDC},
};

on_every_host!(the_blocks_of_one_cluster_are_written_one_after_the_other);

on_both_hosts!(a_time_limit_counts_from_the_resources_own_turn);

const BLOCKS: [&Block; 3] = [&OIDC, &AUTHN_WEBHOOK, &AUTHZ_WEBHOOK];

/// Each of the blocks was written once, and no write was sent during the change before it, since that would have been
/// rejected.
#[track_caller]
fn expect_one_write_each(bed: &Bed) {
    let writes = bed.patches();
    let rejected: Vec<_> = writes.iter().filter(|write| write.status != Some(StatusCode::OK)).collect();
    assert!(rejected.is_empty(), "{rejected:?}");
    let member = |mask: String| mask.split('.').next().unwrap_or_default().to_owned();
    let written: BTreeSet<_> = bed.masks().into_iter().map(member).collect();
    assert_eq!(written, BLOCKS.iter().map(|block| block.member.to_owned()).collect());
    assert_eq!(writes.len(), BLOCKS.len());
}

fn the_blocks_of_one_cluster_are_written_one_after_the_other(host: &Host) {
    let bed = Bed::of(host, &BLOCKS.map(|block| block.minimal("")).concat());
    bed.local.set_behaviour(|behaviour| {
        behaviour.while_updating = WhileUpdating::FailedPrecondition;
        behaviour.updating_for = Duration::from_secs(1);
    });
    bed.apply().succeeded();
    expect_one_write_each(&bed);
    for block in BLOCKS {
        assert_eq!(bed.block(block), block.minimal_block(&bed.local));
    }
    bed.plan().expect_empty();

    bed.local.clear_requests();
    bed.write("main.tf", &BLOCKS.map(|block| block.changed("")).concat());
    bed.apply().succeeded();
    expect_one_write_each(&bed);
    for block in BLOCKS {
        assert_eq!(bed.block(block), block.changed_block(&bed.local));
    }
    bed.plan().expect_empty();

    bed.local.clear_requests();
    bed.destroy().succeeded();
    expect_one_write_each(&bed);
    for block in BLOCKS {
        assert_eq!(bed.block(block), Value::Null);
    }
}

fn a_time_limit_counts_from_the_resources_own_turn(host: &Host) {
    // Each takes ten seconds, so that the last starts after 20 and ends after 30.
    let limited = "timeouts {\n    create = \"25s\"\n  }";
    let bed = Bed::of(host, &BLOCKS.map(|block| block.minimal(limited)).concat());
    bed.local.set_behaviour(|behaviour| behaviour.updating_for = Duration::from_secs(10));
    let started = Instant::now();
    bed.apply().succeeded();
    assert!(started.elapsed() > Duration::from_secs(30), "{:?}", started.elapsed());
    expect_one_write_each(&bed);
}
