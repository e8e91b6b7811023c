//! Waits until a change is in force: how they end, and that the state always keeps what was written.

use std::time::{Duration, Instant};

use local_cks::{Call, ChangesEnd, Fault, Injection};
use serde_json::Value;

use crate::{
    for_every_block, on_both_hosts,
    support::{AUTHN_WEBHOOK, Bed, Block, CLUSTER_ID, Host, OIDC, Run, minimal_block, oidc, wait_until},
};

for_every_block!(on_every_host: an_interrupted_create_is_kept_and_not_tainted);

for_every_block!(on_both_hosts: a_failed_create_is_kept_and_the_error_has_the_command_to_resume);

on_both_hosts!(
    a_tainted_block_is_replaced,
    a_failed_update_is_kept,
    a_time_limit_ends_the_wait_and_keeps_what_exists,
    a_time_limit_ends_the_wait_for_a_busy_cluster_before_anything_is_written,
    an_interrupt_during_the_write_loses_nothing,
    an_interrupted_update_is_kept,
    an_interrupted_destroy_keeps_the_state,
    an_apply_does_not_wait_for_a_failed_cluster,
    a_refresh_reports_once_that_the_cluster_is_not_running,
    what_is_wrong_is_corrected_in_a_state_of_error,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

fn changes_end(bed: &Bed, end: ChangesEnd) {
    bed.local.set_behaviour(|behaviour| behaviour.changes_end = end);
}

#[track_caller]
fn expect_kept(bed: &Bed, tainted: bool) {
    expect_block_kept(bed, &OIDC, tainted);
}

#[track_caller]
fn expect_block_kept(bed: &Bed, block: &Block, tainted: bool) {
    let instance = bed.instance(&block.address()).unwrap_or_else(|| panic!("{} is lost", block.address()));
    assert_eq!(instance["status"], if tainted { Value::from("tainted") } else { Value::Null });
}

fn a_failed_create_is_kept_and_the_error_has_the_command_to_resume(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    changes_end(&bed, ChangesEnd::Failed);
    let started = Instant::now();
    bed.apply().failed().expect_error(&["STATUS_FAILED", &format!("terraform untaint {}", block.resource)]);
    assert!(started.elapsed() < Duration::from_mins(1), "it ends at once: {:?}", started.elapsed());
    expect_block_kept(&bed, block, true);
    assert_eq!(bed.block(block), block.minimal_block(&bed.local));

    // The command in the message works.
    bed.cluster().set_status("STATUS_RUNNING");
    bed.run(&["untaint", &block.address()]).succeeded();
    bed.plan().expect_empty();
}

fn a_refresh_reports_once_that_the_cluster_is_not_running(host: &Host) {
    let bed = Bed::applied(host, &(oidc("") + &AUTHN_WEBHOOK.minimal("")));
    for (status, advice) in [("STATUS_ERROR", "by itself"), ("STATUS_UPDATING", "waits until")] {
        bed.cluster().set_status(status);
        let planned = bed.plan().succeeded();
        assert_eq!(planned.warnings().len(), 1, "{planned}");
        planned.expect_warning(&[&format!("Cluster is {status}"), CLUSTER_ID, advice]);
    }
    bed.cluster().set_status("STATUS_RUNNING");
    bed.plan().expect_empty();
}

fn a_tainted_block_is_replaced(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    changes_end(&bed, ChangesEnd::Failed);
    bed.apply().failed();
    changes_end(&bed, ChangesEnd::Running);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.apply().plans(&[&format!("replace {ADDRESS}")]);
    expect_kept(&bed, false);
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn a_failed_update_is_kept(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    changes_end(&bed, ChangesEnd::Failed);
    bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
    bed.apply().failed().expect_error(&["STATUS_FAILED"]);
    expect_kept(&bed, false);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.plan().expect_empty();
}

fn a_time_limit_ends_the_wait_and_keeps_what_exists(host: &Host) {
    let limited =
        |more: &str| oidc(&format!("{more}\n  timeouts {{\n    create = \"2s\"\n    update = \"2s\"\n  }}"));
    let bed = Bed::of(host, &limited(""));
    changes_end(&bed, ChangesEnd::Never);
    let started = Instant::now();
    bed.apply().failed().expect_error(&[
        "not ready in time",
        "STATUS_UPDATING",
        "`timeouts`",
        "terraform untaint",
    ]);
    assert!((2..60).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    expect_kept(&bed, true);

    bed.cluster().set_status("STATUS_RUNNING");
    bed.run(&["untaint", ADDRESS]).succeeded();
    bed.write("main.tf", &limited("username_prefix = \"oidc:\""));
    bed.apply().failed().expect_error(&["not ready in time", "`timeouts`"]);
    expect_kept(&bed, false);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.plan().expect_empty();
}

fn a_time_limit_ends_the_wait_for_a_busy_cluster_before_anything_is_written(host: &Host) {
    let bed = Bed::of(host, &oidc("timeouts {\n    create = \"1s\"\n  }"));
    bed.cluster().set_status("STATUS_UPGRADING");
    bed.apply().failed().expect_error(&["not ready in time", "STATUS_UPGRADING"]);
    bed.expect_only_reads();
    assert_eq!(bed.instance(ADDRESS), None);
}

/// Starts a change that never ends, interrupts it once it waits, and returns the host's run.
fn interrupted(bed: &Bed, arguments: &[&str]) -> Run {
    changes_end(bed, ChangesEnd::Never);
    bed.local.clear_requests();
    let running = bed.start(arguments);
    wait_until("it looks again after the write", || {
        let requests = bed.local.requests();
        let write = requests.iter().position(|request| request.call == Call::UpdateCluster);
        write.is_some_and(|write| requests.len() > write + 1)
    });
    running.interrupt();
    bed.finish(&running, arguments)
}

/// What each message about an interrupt says it was waiting for.
fn waited_for() -> String {
    format!("waiting until the change of cluster {CLUSTER_ID} is in force")
}

const APPLY: [&str; 3] = ["apply", "-json", "-auto-approve"];

fn an_interrupted_create_is_kept_and_not_tainted(host: &Host, block: &Block) {
    let bed = Bed::of(host, &block.minimal(""));
    let started = Instant::now();
    let run = interrupted(&bed, &APPLY);
    assert!(started.elapsed() < Duration::from_mins(1), "it ends soon: {:?}", started.elapsed());
    run.expect_warning(&["Interrupted while waiting", &waited_for()]);
    expect_block_kept(&bed, block, false);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.plan().expect_empty();
}

fn an_interrupt_during_the_write_loses_nothing(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    bed.local.inject(Injection::new(Fault::Delay(Duration::from_secs(3))).on(Call::UpdateCluster));
    let running = bed.start(&APPLY);
    wait_until("the write is sent", || !bed.patches().is_empty());
    running.interrupt();
    bed.finish(&running, &APPLY).expect_warning(&["Interrupted while waiting", &waited_for()]);
    expect_kept(&bed, false);
    bed.plan().expect_empty();
}

fn an_interrupted_update_is_kept(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.write("main.tf", &oidc("username_prefix = \"oidc:\""));
    interrupted(&bed, &APPLY).expect_warning(&["Interrupted while waiting", &waited_for()]);
    expect_kept(&bed, false);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.plan().expect_empty();
}

fn an_interrupted_destroy_keeps_the_state(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let run = interrupted(&bed, &["destroy", "-json", "-auto-approve"]);
    run.expect_error(&["Interrupted", &waited_for()]);
    expect_kept(&bed, false);
    // The next destroy has nothing left to write.
    changes_end(&bed, ChangesEnd::Running);
    bed.cluster().set_status("STATUS_RUNNING");
    bed.destroy().succeeded();
    assert_eq!(bed.instance(ADDRESS), None);
}

/// A setting that stops the API server leaves the cluster in a state of error, and only another write leads out of it.
fn what_is_wrong_is_corrected_in_a_state_of_error(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let mut wrong = minimal_block();
    wrong["issuerUrl"] = Value::from("https://iss%75er");
    bed.change_as_another_client(Some(wrong));
    bed.cluster().set_status("STATUS_ERROR");
    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    assert_eq!(bed.cluster().status(), "STATUS_RUNNING");
    bed.plan().expect_empty();
    bed.cluster().set_status("STATUS_ERROR");
    bed.destroy().succeeded();
    assert_eq!(bed.cluster().field("oidc"), Value::Null);
}

fn an_apply_does_not_wait_for_a_failed_cluster(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    for status in ["STATUS_FAILED", "STATUS_ERROR", "STATUS_UPGRADE_FAILED", "STATUS_DELETING"] {
        bed.cluster().set_status(status);
        bed.apply().failed().expect_error(&[status]);
        assert_eq!(bed.instance(ADDRESS), None);
    }
    bed.expect_only_reads();
}
