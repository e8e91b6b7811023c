//! Crashes at each point between Secret, token and state: the next apply deletes the Secrets that are left, and no others.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use local_cks::{Call, Fault, Injection};
use serde_json::{Value, json};

use super::{
    ADDRESS, SECRETS, applied, attribute, bed, expect_rejected, expect_valid, mark, secret_names, secrets,
    token, token_requests, trigger,
};
use crate::{
    on_terraform,
    support::{Bed, Host, wait_until},
};

on_terraform!(
    a_crash_before_the_token_leaves_a_secret_that_the_next_apply_deletes,
    a_crash_after_the_token_leaves_a_secret_that_the_next_apply_deletes,
    a_crash_before_the_state_leaves_a_secret_that_is_named_and_deleted_after_expiry,
    a_crash_during_a_rotation_keeps_the_token_of_the_state,
    a_crash_before_the_previous_token_is_revoked_ends_in_one_token,
    a_failed_request_leaves_no_secret,
    many_tokens_of_one_service_account_are_issued_at_once,
    an_apply_waits_for_the_pending_secret_of_another_run,
);

const APPLY: [&str; 3] = ["apply", "-json", "-auto-approve"];

/// Applies, and kills host and provider once they wait for this response and `reached` is true.
fn crash_at(bed: &Bed, method: &str, path: &str, fault: Fault, reached: impl Fn() -> bool) {
    let waits = Injection::new(fault).on(Call::Managed).method(method.parse().expect("a method")).path(path);
    bed.local.inject(waits);
    let running = bed.start(&APPLY);
    wait_until("the provider waits", || bed.local.pending_faults() == 0 && reached());
    // Kills it and its descendants with SIGKILL.
    drop(running);
    bed.local.clear_faults();
    bed.local.clear_requests();
}

fn states(bed: &Bed) -> Vec<String> {
    secrets(bed).iter().map(|secret| mark(secret, "token-state")).collect()
}

fn a_crash_before_the_token_leaves_a_secret_that_the_next_apply_deletes(host: &Host) {
    let bed = bed(host, &token(""));
    crash_at(&bed, "POST", "/token", Fault::Hang, || !secrets(&bed).is_empty());
    assert_eq!(states(&bed), ["pending"]);
    let left = secret_names(&bed);
    assert_eq!(bed.instance(ADDRESS), None);
    let run = bed.apply().succeeded();
    run.expect_warning(&["Unfinished token revoked", &left[0]]);
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
}

fn a_crash_after_the_token_leaves_a_secret_that_the_next_apply_deletes(host: &Host) {
    let bed = bed(host, &token(""));
    crash_at(&bed, "PATCH", "/secrets/", Fault::Hang, || token_requests(&bed) > 0);
    assert_eq!(states(&bed), ["pending"]);
    // An apply of any token of the ServiceAccount deletes it.
    bed.write("main.tf", &token("").replace("\"example\"", "\"another\""));
    bed.apply().succeeded().expect_warning(&["Unfinished token revoked"]);
    assert_eq!(states(&bed), ["issued"]);

    // A destroy too.
    bed.write("second.tf", &token("").replace("\"example\"", "\"second\""));
    crash_at(&bed, "PATCH", "/secrets/", Fault::Hang, || token_requests(&bed) > 0);
    assert_eq!(states(&bed).len(), 2);
    bed.remove("second.tf");
    bed.destroy().succeeded().expect_warning(&["Unfinished token revoked"]);
    assert_eq!(states(&bed), [] as [&str; 0]);
}

/// It is unknown whether Terraform saved its state, so the Secret is deleted after the token has expired.
fn a_crash_before_the_state_leaves_a_secret_that_is_named_and_deleted_after_expiry(host: &Host) {
    let bed = bed(host, &token("duration = \"10m\""));
    crash_at(&bed, "PATCH", "/secrets/", Fault::HangAfter, || states(&bed) == ["issued"]);
    assert_eq!(bed.instance(ADDRESS), None);
    let left = secret_names(&bed);
    let revoke = "kubectl delete secret NAME --namespace default";
    let names = |secret: &str| format!("default/{secret}, token-id ");
    let run = bed.apply().succeeded();
    run.expect_warning(&["has other valid tokens", &names(&left[0]), revoke]);
    assert_eq!(states(&bed).len(), 2, "its token may be in use");
    // It was said, so that a rotation does not say it again.
    bed.write("main.tf", &token(&format!("duration = \"10m\"\n{}", trigger("1"))));
    let run = bed.apply().succeeded();
    assert!(!run.warnings().iter().any(|warning| warning.contains(&["has other valid tokens"])), "{run}");

    // The same for a resource that was removed from the state.
    let current = attribute(&bed, "secret_name");
    bed.run(&["state", "rm", ADDRESS]).succeeded();
    let run = bed.apply().succeeded();
    run.expect_warning(&["has other valid tokens", &names(&left[0]), &names(&current), "state rm", revoke]);
    let later = Fault::DateAhead(Duration::from_mins(16));
    bed.local.inject(Injection::new(later).on(Call::Managed).times(u32::MAX));
    bed.apply().succeeded();
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
}

fn a_crash_during_a_rotation_keeps_the_token_of_the_state(host: &Host) {
    let bed = applied(host, &token(&trigger("0")));
    let points = [
        ("POST", "/token", Fault::Hang, "pending"),
        ("PATCH", "/secrets/", Fault::Hang, "pending"),
        ("PATCH", "/secrets/", Fault::HangAfter, "issued"),
    ];
    for (number, (method, path, fault, state)) in points.into_iter().enumerate() {
        // Kubernetes stores creations in seconds: of two tokens of one second nobody can tell which the other replaced.
        let issued: Timestamp = attribute(&bed, "issued_at").parse().expect("a time");
        wait_until("the next second", || Timestamp::now().as_second() > issued.as_second());
        let (kept, before) = (attribute(&bed, "token"), secret_names(&bed));
        let left = || secrets(&bed).into_iter().find(|secret| !before.contains(&name(secret)));
        bed.write("main.tf", &token(&trigger(&format!("{number}!"))));
        crash_at(&bed, method, path, fault, || {
            left().is_some_and(|secret| mark(&secret, "token-state") == state)
        });
        assert_eq!(attribute(&bed, "token"), kept);
        expect_valid(&bed, &kept);

        // It issues another token, and keeps the Secret of the token in the state.
        bed.apply().succeeded();
        let expected: BTreeSet<_> = before.iter().cloned().chain([attribute(&bed, "secret_name")]).collect();
        assert_eq!(BTreeSet::from_iter(secret_names(&bed)), expected);
        expect_valid(&bed, &kept);
        bed.plan().expect_empty();
    }
}

fn name(secret: &Value) -> String {
    secret["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

fn a_crash_before_the_previous_token_is_revoked_ends_in_one_token(host: &Host) {
    let revoking = |value: &str| token(&format!("on_rotation = \"revoke\"\n{}", trigger(value)));
    let bed = applied(host, &revoking("1"));
    let first = attribute(&bed, "token");
    bed.write("main.tf", &revoking("2"));
    crash_at(&bed, "DELETE", "/secrets/", Fault::Hang, || states(&bed) == ["issued", "issued"]);
    assert_eq!(attribute(&bed, "token"), first);
    expect_valid(&bed, &first);
    bed.apply().succeeded();
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
    expect_rejected(&bed, &first);

    // Killed after the previous one was revoked: the state has a revoked token, and the next plan reports that.
    bed.write("main.tf", &revoking("3"));
    let before = attribute(&bed, "secret_name");
    crash_at(&bed, "DELETE", "/secrets/", Fault::HangAfter, || !secret_names(&bed).contains(&before));
    bed.plan().plans(&[&format!("update {ADDRESS}")]).expect_warning(&["rotated: its Secret", "was deleted"]);
    bed.apply_plan().succeeded();
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
    expect_valid(&bed, &attribute(&bed, "token"));
}

fn a_failed_request_leaves_no_secret(host: &Host) {
    let bed = bed(host, &token(""));
    let forbidden = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
        "message": "serviceaccounts \"deployer\" is forbidden: User \"ada\" cannot create resource \"serviceaccounts/token\"",
    });
    let rejection = Fault::Status {
        status: reqwest::StatusCode::FORBIDDEN,
        retry_after: None,
        body: Some(forbidden.to_string()),
    };
    bed.local
        .inject(Injection::new(rejection).on(Call::Managed).method(reqwest::Method::POST).path("/token"));
    bed.apply().failed().expect_error(&["Not allowed by Kubernetes", "serviceaccounts/token", "create"]);
    assert_eq!((bed.instance(ADDRESS), secrets(&bed).len()), (None, 0));

    // An interrupted request leaves none either.
    bed.local
        .inject(Injection::new(Fault::Hang).on(Call::Managed).method(reqwest::Method::POST).path("/token"));
    let running = bed.start(&APPLY);
    wait_until("the provider waits for its token", || bed.local.pending_faults() == 0);
    assert_eq!(states(&bed), ["pending"]);
    running.interrupt();
    bed.finish(&running, &APPLY).failed();
    assert_eq!((bed.instance(ADDRESS), secrets(&bed).len()), (None, 0));
}

fn many_tokens_of_one_service_account_are_issued_at_once(host: &Host) {
    let bed = bed(host, &token("count = 12"));
    let run = bed.apply().succeeded();
    assert_eq!(run.warnings(), [], "{run}");
    assert_eq!(states(&bed), ["issued"; 12]);
    assert_eq!(token_requests(&bed), 12);
    bed.plan().expect_empty();
    bed.destroy().succeeded();
    assert_eq!(states(&bed), [] as [&str; 0]);
}

fn an_apply_waits_for_the_pending_secret_of_another_run(host: &Host) {
    let bed = bed(host, &token(""));
    let other = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": "of-another-run",
            "labels": {"cks-community.github.io/token-id": "0c7a7e0a-8a34-4a57-9d2c-f4f4b4a6b0a5"},
            "annotations": {
                "cks-community.github.io/service-account": "deployer", "cks-community.github.io/token-state": "pending",
            },
        },
    });
    assert_eq!(bed.kubernetes("POST", SECRETS, Some(other)).0, 201);
    let running = bed.start(&APPLY);
    let looked = || {
        let lists = |request: &local_cks::Request| request.path.contains("/secrets?limit");
        bed.local.requests().into_iter().filter(lists).count()
    };
    wait_until("the provider has looked twice", || looked() >= 2);
    assert_eq!(states(&bed), ["pending"]);
    let done = json!({"metadata": {"annotations": {
        "cks-community.github.io/token-state": "issued", "cks-community.github.io/token-expires-at": "2999-01-01T00:00:00Z",
    }}});
    assert_eq!(bed.kubernetes("PATCH", &format!("{SECRETS}/of-another-run"), Some(done)).0, 200);
    let run = bed.finish(&running, &APPLY).succeeded();
    assert_eq!(run.warnings().len(), 1, "{run}");
    run.expect_warning(&[
        "has other valid tokens",
        "default/of-another-run",
        "valid until 2999-01-01T00:00:00Z",
    ]);
    assert_eq!(states(&bed), ["issued", "issued"]);

    // If another run deletes a pending Secret too early, the apply creates another one.
    let slow = Injection::new(Fault::Delay(Duration::from_secs(4))).on(Call::Managed);
    bed.local.inject(slow.method(reqwest::Method::POST).path("/token"));
    bed.write("main.tf", &token(&trigger("1")));
    let running = bed.start(&APPLY);
    let pending = || secrets(&bed).into_iter().find(|secret| mark(secret, "token-state") == "pending");
    wait_until("its Secret is there", || pending().is_some());
    let taken = name(&pending().expect("it is still there"));
    assert_eq!(bed.kubernetes("DELETE", &format!("{SECRETS}/{taken}"), None).0, 200);
    bed.finish(&running, &APPLY).succeeded();
    assert_ne!(attribute(&bed, "secret_name"), taken);
    expect_valid(&bed, &attribute(&bed, "token"));
}
