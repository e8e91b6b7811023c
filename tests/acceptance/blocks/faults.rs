//! Faults of networks and gateways: they cost time, but change no result and repeat no effect.

use std::time::{Duration, Instant};

use local_cks::{Call, Fault, Injection, RetryAfter, WhileUpdating};
use serde_json::json;

use crate::{
    on_terraform,
    support::{Bed, Host, minimal_block, oidc},
};

on_terraform!(
    transient_faults_of_reads_are_not_reported,
    transient_faults_of_the_write_are_not_reported,
    a_lost_response_to_the_write_is_followed_by_a_read_and_no_second_write,
    retry_after_of_the_api_is_honoured,
    a_write_waits_for_another_change_to_end,
    a_write_that_is_rejected_during_another_change_is_repeated,
    a_running_status_from_before_the_change_does_not_end_the_wait,
    a_response_that_is_not_the_apis_is_reported_and_keeps_the_state,
);

const ADDRESS: &str = "cks_cluster_oidc.example";

fn transient_faults_of_reads_are_not_reported(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    for fault in [
        Fault::retry_after(429, RetryAfter::Seconds(1)),
        Fault::status(500),
        Fault::status(502),
        Fault::status(503),
        Fault::ResetBefore,
        Fault::TruncatedBody,
    ] {
        bed.local.inject(Injection::new(fault).on(Call::GetCluster));
    }
    bed.plan().expect_empty();
    assert_eq!(bed.local.pending_faults(), 0, "every fault has happened");
}

/// Changes the issuer while the write has these faults. Returns how often the write was sent.
fn writes_despite(bed: &Bed, number: usize, injections: Vec<Injection>) -> usize {
    bed.local.clear_requests();
    for injection in injections {
        bed.local.inject(injection);
    }
    bed.write("main.tf", &oidc(&format!("username_prefix = \"p{number}:\"")));
    let run = bed.apply().succeeded();
    assert_eq!(bed.local.pending_faults(), 0, "every fault has happened\n{run}");
    assert_eq!(bed.cluster().field("oidc")["usernamePrefix"], format!("p{number}:"));
    bed.plan().expect_empty();
    bed.patches().len()
}

fn on_write(fault: Fault) -> Injection {
    Injection::new(fault).on(Call::UpdateCluster)
}

fn transient_faults_of_the_write_are_not_reported(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let faults = [Fault::retry_after(429, RetryAfter::Seconds(1)), Fault::status(503), Fault::ResetBefore];
    for (number, fault) in faults.into_iter().enumerate() {
        assert_eq!(writes_despite(&bed, number, vec![on_write(fault.clone())]), 2, "{fault:?}");
    }
}

fn a_lost_response_to_the_write_is_followed_by_a_read_and_no_second_write(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    for (number, fault) in [Fault::ResetAfter, Fault::TruncatedBody].into_iter().enumerate() {
        assert_eq!(writes_despite(&bed, number, vec![on_write(fault.clone())]), 1, "{fault:?}");
    }
}

fn retry_after_of_the_api_is_honoured(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    for retry_after in [RetryAfter::Seconds(2), RetryAfter::DateIn(Duration::from_secs(3))] {
        bed.local.inject(Injection::new(Fault::retry_after(503, retry_after)).on(Call::GetCluster));
        let started = Instant::now();
        bed.plan().expect_empty();
        // A date has whole seconds, so that up to one second of the three is lost.
        assert!(started.elapsed() >= Duration::from_secs(2), "{retry_after:?}: {:?}", started.elapsed());
    }
}

fn a_write_waits_for_another_change_to_end(host: &Host) {
    for (number, mode) in [WhileUpdating::FailedPrecondition, WhileUpdating::Aborted, WhileUpdating::Queued]
        .into_iter()
        .enumerate()
    {
        let bed = Bed::applied(host, &oidc(""));
        bed.local.set_behaviour(|behaviour| {
            behaviour.while_updating = mode;
            behaviour.updating_for = Duration::from_secs(2);
        });
        bed.cluster().set_field("auditPolicy", json!("eA=="));
        assert_eq!(writes_despite(&bed, number, vec![]), 1, "{mode:?}");
    }
}

fn a_write_that_is_rejected_during_another_change_is_repeated(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let rejections = [(400, "failed_precondition"), (409, "aborted")];
    for (number, (status, code)) in rejections.into_iter().enumerate() {
        let rejection = Fault::Status {
            status: reqwest::StatusCode::from_u16(status).expect("a status"),
            retry_after: None,
            body: Some(json!({ "code": code, "message": "the cluster is being updated" }).to_string()),
        };
        assert_eq!(writes_despite(&bed, number, vec![on_write(rejection).times(2)]), 3, "{code}");
    }
}

fn a_running_status_from_before_the_change_does_not_end_the_wait(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    bed.local.set_behaviour(|behaviour| behaviour.stale_reads_after_patch = 3);
    assert_eq!(writes_despite(&bed, 0, vec![]), 1);
    assert_eq!(bed.cluster().status(), "STATUS_RUNNING");
}

fn a_response_that_is_not_the_apis_is_reported_and_keeps_the_state(host: &Host) {
    let bed = Bed::applied(host, &oidc(""));
    let page = Fault::Status {
        status: reqwest::StatusCode::OK,
        retry_after: None,
        body: Some("<html><title>Please log in to the network</title></html>".to_owned()),
    };
    bed.local.inject(Injection::new(page).on(Call::GetCluster).times(u32::MAX));
    bed.write("provider.tf", "provider \"cks\" {\n  http_timeout = \"2s\"\n}\n");
    let run = bed.plan().failed();
    assert_eq!(run.errors().len(), 1, "{run}");
    bed.local.clear_faults();
    assert!(bed.instance(ADDRESS).is_some());
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}
