//! When a token is rotated in place, and when the previous one expires or is revoked.

use std::time::Duration;

use local_cks::{Call, Fault, Injection};
use serde_json::json;

use super::{
    ADDRESS, SECRETS, applied, attribute, create_account, delete_account, expect_rejected, expect_rotation,
    expect_valid, secret_names, token, token_requests, trigger, unknown,
};
use crate::{
    on_terraform,
    support::{Bed, Host, wait_until},
};

on_terraform!(
    the_previous_token_is_valid_until_it_expires,
    a_rotation_revokes_the_previous_token_if_configured,
    a_token_is_rotated_once_in_its_window_and_after_expiry,
    a_plan_uses_the_time_of_the_last_refresh,
    a_revoked_token_is_rotated_exactly_once,
    a_deleted_service_account_is_required_for_the_next_token,
    settings_of_the_rotation_change_without_a_request,
    a_service_account_re_created_since_the_plan_is_an_error,
);

/// Sets the cluster's clock ahead.
fn set_clock(bed: &Bed, ahead: Duration) {
    bed.local.clear_faults();
    bed.local.inject(Injection::new(Fault::DateAhead(ahead)).on(Call::Managed).times(u32::MAX));
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

/// Reports 7 and 8: users have time to switch, and a deleted previous token is not an error.
fn the_previous_token_is_valid_until_it_expires(host: &Host) {
    let bed = applied(host, &token(&trigger("1")));
    let (id, first, first_secret) =
        (attribute(&bed, "id"), attribute(&bed, "token"), attribute(&bed, "secret_name"));
    bed.write("main.tf", &token(&trigger("2")));
    expect_rotation(&bed, bed.plan(), &["`rotation_triggers` changed", "The previous token is valid until"]);
    bed.apply_plan().succeeded();
    let second = attribute(&bed, "token");
    assert_ne!(first, second);
    assert_eq!(attribute(&bed, "id"), id);
    for token in [&first, &second] {
        expect_valid(&bed, token);
    }
    assert_eq!(secret_names(&bed).len(), 2);
    bed.plan().expect_empty();

    assert_eq!(bed.kubernetes("DELETE", &format!("{SECRETS}/{first_secret}"), None).0, 200);
    bed.plan().expect_empty();
    bed.write("main.tf", &token(&trigger("3")));
    bed.apply().succeeded();
    let third = attribute(&bed, "token");
    assert_eq!(secret_names(&bed).len(), 2);
    expect_valid(&bed, &second);

    // Once it has expired, the next apply deletes its Secret.
    set_clock(&bed, minutes(61));
    bed.write("main.tf", &token(&trigger("4")));
    bed.apply().succeeded();
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
    bed.local.clear_faults();
    bed.write("main.tf", &token(&trigger("5")));
    bed.apply().succeeded();
    assert_eq!(secret_names(&bed).len(), 2);
    let last = attribute(&bed, "token");
    bed.destroy().succeeded();
    assert_eq!(secret_names(&bed), [] as [&str; 0], "all earlier ones are revoked, found by label");
    for token in [first, second, third, last] {
        expect_rejected(&bed, &token);
    }
}

fn a_rotation_revokes_the_previous_token_if_configured(host: &Host) {
    let revoking = |more: &str| token(&format!("on_rotation = \"revoke\"\n{more}"));
    let bed = applied(host, &revoking(&trigger("1")));
    let first = attribute(&bed, "token");
    expect_valid(&bed, &first);
    bed.write("main.tf", &revoking(&trigger("2")));
    expect_rotation(&bed, bed.plan(), &["is revoked once its successor exists"]);
    bed.apply_plan().succeeded();
    assert_eq!(secret_names(&bed), [attribute(&bed, "secret_name")]);
    expect_rejected(&bed, &first);
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
}

/// Reports 1, 3 and 9: the plan rotates the token without another provider, once, and early enough for a long apply.
fn a_token_is_rotated_once_in_its_window_and_after_expiry(host: &Host) {
    let bed = applied(host, &token("duration = \"1h\"\nrotate_before = \"20m\""));
    let first = attribute(&bed, "token");
    set_clock(&bed, minutes(39));
    bed.plan().expect_empty();
    set_clock(&bed, minutes(41));
    expect_rotation(
        &bed,
        bed.plan(),
        &["it expires at", "at most 20m after the last refresh", "The previous token is valid until"],
    );
    bed.local.clear_faults();
    bed.apply_plan().succeeded();
    let second = attribute(&bed, "token");
    assert_ne!(first, second);
    expect_valid(&bed, &first);
    bed.plan().expect_empty();

    set_clock(&bed, minutes(61));
    expect_rotation(&bed, bed.plan(), &["it expired at"]);
    // The clock of this machine is not used.
    bed.local.clear_faults();
    bed.plan().expect_empty();
    assert_eq!(token_requests(&bed), 1);
}

fn a_plan_uses_the_time_of_the_last_refresh(host: &Host) {
    let bed = applied(host, &token("duration = \"1h\""));
    set_clock(&bed, minutes(50));
    bed.apply_with(&["-refresh-only"]).succeeded();
    bed.local.clear_faults();
    bed.local.clear_requests();
    bed.plan_with(&["-refresh=false"]).expect_empty();
    bed.write("main.tf", &token("duration = \"1h\"\nrotate_before = \"15m\""));
    for _ in 0..2 {
        // As of the last refresh.
        expect_rotation(&bed, bed.plan_with(&["-refresh=false"]), &["at most 15m after the last refresh"]);
    }
    assert_eq!(bed.local.requests().len(), 0);
    // The next refresh reads the cluster's clock without the offset.
    bed.plan().plans(&[&format!("update {ADDRESS}")]);
    assert_eq!(unknown(&bed), [] as [&str; 0]);
}

/// Reports 6 and 12: a token that the API server rejects is not valid in the state, and is rotated only once.
fn a_revoked_token_is_rotated_exactly_once(host: &Host) {
    let bed = applied(host, &token(""));
    let first = attribute(&bed, "token");
    let secret = attribute(&bed, "secret_name");
    assert_eq!(bed.kubernetes("DELETE", &format!("{SECRETS}/{secret}"), None).0, 200);
    expect_rejected(&bed, &first);
    expect_rotation(&bed, bed.plan(), &["rotated: its Secret", &secret, "was deleted"]);
    bed.apply_plan().succeeded();
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
    assert_eq!(token_requests(&bed), 1);

    // Another client creates a Secret of that name: the token stays revoked.
    let secret = attribute(&bed, "secret_name");
    assert_eq!(bed.kubernetes("DELETE", &format!("{SECRETS}/{secret}"), None).0, 200);
    let another = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}});
    assert_eq!(bed.kubernetes("POST", SECRETS, Some(another)).0, 201);
    expect_rotation(&bed, bed.plan(), &["rotated: its Secret", &secret, "re-created by another client"]);
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();

    // All tokens of a ServiceAccount are invalid once it is deleted, also after it is re-created.
    let before = attribute(&bed, "token");
    delete_account(&bed);
    let uid = create_account(&bed);
    expect_rotation(&bed, bed.plan(), &["rotated: ServiceAccount default/deployer was re-created"]);
    bed.apply_plan().succeeded();
    assert_eq!(attribute(&bed, "service_account_uid"), uid);
    expect_rejected(&bed, &before);
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
    assert_eq!(token_requests(&bed), 3);
}

fn a_deleted_service_account_is_required_for_the_next_token(host: &Host) {
    let bed = applied(host, &token(""));
    let first = attribute(&bed, "token");
    delete_account(&bed);
    let planned = bed.plan().plans(&[&format!("update {ADDRESS}")]);
    planned.expect_warning(&[
        "rotated: ServiceAccount default/deployer was deleted; re-create it before the apply",
    ]);
    bed.apply_plan().failed().expect_error(&["ServiceAccount not found", "cks_service_account"]);
    assert_eq!((attribute(&bed, "token"), token_requests(&bed)), (first, 0), "the state is kept");
    create_account(&bed);
    bed.apply().succeeded();
    expect_valid(&bed, &attribute(&bed, "token"));
    bed.plan().expect_empty();
    delete_account(&bed);
    bed.destroy().succeeded();
}

fn settings_of_the_rotation_change_without_a_request(host: &Host) {
    let bed = applied(host, &token("duration = \"60m\""));
    let before = bed.attributes(ADDRESS);
    for change in [
        "duration = \"60m\"\nrotate_before = \"10m\"",
        "duration = \"60m\"\nrotate_before = \"10m\"\non_rotation = \"revoke\"",
        "duration = \"60m\"\nrotate_before = \"10m\"\non_rotation = \"revoke\"\nrotation_triggers = {}",
        "duration = \"60m\"\ntimeouts {\n  create = \"5m\"\n}",
    ] {
        bed.write("main.tf", &token(change));
        bed.plan().plans(&[&format!("update {ADDRESS}")]).warnings().is_empty();
        assert_eq!(unknown(&bed), [] as [&str; 0], "{change}");
        bed.local.clear_requests();
        bed.apply_plan().succeeded();
        assert_eq!(bed.local.requests().len(), 0, "{change}");
        for kept in super::FIVE.iter().chain(&["id", "service_account_uid"]) {
            assert_eq!(bed.attributes(ADDRESS)[*kept], before[*kept], "{change}");
        }
        bed.plan().expect_empty();
    }
    // The same duration in another spelling.
    bed.write("main.tf", &token("duration = \"1h\"\ntimeouts {\n  create = \"300s\"\n}"));
    bed.plan().expect_empty();
}

/// The request contains the uid, so that no token of another ServiceAccount is issued.
fn a_service_account_re_created_since_the_plan_is_an_error(host: &Host) {
    let bed = applied(host, &token(&trigger("1")));
    bed.write("main.tf", &token(&trigger("2")));
    bed.plan().succeeded();
    delete_account(&bed);
    let uid = create_account(&bed);
    bed.apply_plan().failed().expect_error(&["ServiceAccount was re-created", &uid, "Create a new plan"]);
    assert_eq!(token_requests(&bed), 0);
    bed.apply().succeeded();
    assert_eq!(attribute(&bed, "service_account_uid"), uid);

    // A literal uid rejects any other ServiceAccount.
    bed.write("main.tf", &token(&format!("{}\nservice_account_uid = {uid:?}", trigger("2"))));
    bed.plan().expect_empty();
    delete_account(&bed);
    create_account(&bed);
    bed.apply().failed().expect_error(&["ServiceAccount was re-created", "service_account_uid"]);
    // Its owner was deleted: Kubernetes' garbage collector deletes it some time later.
    let secret = format!("{SECRETS}/{}", attribute(&bed, "secret_name"));
    wait_until("the Secret is gone with its ServiceAccount", || {
        bed.kubernetes("GET", &secret, None).0 == 404
    });
    bed.destroy().succeeded();
}
