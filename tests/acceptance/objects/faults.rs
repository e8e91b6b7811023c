//! Faults of networks: they cost time, but change no result and create no second object.

use local_cks::{Call, Fault, Injection, RetryAfter};

use super::kinds::{SAMPLES, all, writes};
use crate::{
    on_terraform,
    support::{Bed, Host},
};

on_terraform!(faults_of_the_network_are_not_reported_and_no_write_is_lost_or_repeated);

fn faults_of_the_network_are_not_reported_and_no_write_is_lost_or_repeated(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let expect_happened = || assert_eq!(bed.local.pending_faults(), 0, "every fault has happened");
    let inject = |fault: Fault, method: &str, path: &str| {
        let method = method.parse().expect("a method");
        bed.local.inject(Injection::new(fault).on(Call::Managed).method(method).path(path));
    };

    // Creates whose responses are lost: the object exists, and is recognised as created by this run.
    bed.write("main.tf", &all(|thing| thing.lines, ""));
    bed.plan().succeeded();
    for (thing, fault) in SAMPLES.iter().zip([Fault::ResetAfter, Fault::TruncatedBody].iter().cycle()) {
        inject(fault.clone(), "POST", &format!("{}?fieldManager", thing.collection));
    }
    let run = bed.apply_plan().succeeded();
    expect_happened();
    assert_eq!(run.warnings(), [], "it is not reported as another client's\n{run}");
    bed.plan().expect_empty();

    // Reads.
    for fault in [Fault::retry_after(429, RetryAfter::Seconds(1)), Fault::status(503), Fault::ResetBefore] {
        inject(fault, "GET", "/");
    }
    bed.plan().expect_empty();
    expect_happened();

    // A 404 that is not from Kubernetes removes nothing from the state.
    let page = Fault::Status {
        status: reqwest::StatusCode::NOT_FOUND,
        retry_after: None,
        body: Some("default backend - 404".to_owned()),
    };
    bed.local.inject(Injection::new(page).on(Call::Managed).times(u32::MAX));
    bed.plan().failed().expect_error(&["404", "default backend"]);
    bed.local.clear_faults();
    assert!(SAMPLES.iter().all(|thing| bed.instance(&thing.address()).is_some()));

    // Updates and deletes whose responses are lost.
    bed.write("main.tf", &all(|thing| thing.changed, "  labels = { team = \"a\" }"));
    bed.plan().succeeded();
    bed.local.clear_requests();
    for thing in SAMPLES {
        inject(Fault::ResetAfter, "PATCH", &format!("{}?fieldManager", thing.path()));
    }
    bed.apply_plan().succeeded();
    expect_happened();
    bed.plan().expect_empty();
    assert!(writes(&bed).len() >= SAMPLES.len());
    for thing in SAMPLES {
        inject(Fault::ResetAfter, "DELETE", &thing.path());
    }
    bed.destroy().succeeded();
    expect_happened();
    assert!(SAMPLES.iter().all(|thing| !thing.exists(&bed)));
}
