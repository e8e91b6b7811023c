//! Tokens that live shorter than asked for, and tokens that nothing ends.

use std::time::Duration;

use local_cks::{ClusterSpec, LocalCks};
use serde_json::json;

use super::{
    ADDRESS, applied, attribute, claims, expect_alive, make_account, secrets, token, token_requests, trigger,
};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    a_server_that_grants_less_makes_one_warning_and_never_a_loop,
    a_token_that_is_bound_to_nothing_is_told_to_live_on,
);

/// Complaint 11.
fn a_server_that_grants_less_makes_one_warning_and_never_a_loop(host: &Host) {
    let cluster = ClusterSpec::new("example").with_id(CLUSTER_ID).with_kubernetes();
    let bed = Bed::with(host, LocalCks::builder().cluster(cluster.longest_token(Duration::from_hours(1))));
    make_account(&bed);
    bed.write("main.tf", &token("duration = \"3h\"\nrotate_before = \"2h\""));
    bed.plan().succeeded();
    let applied = bed.apply_plan().succeeded();
    assert_eq!(applied.warnings().len(), 1, "{applied}");
    let warning = applied.expect_warning(&[
        "shorter than asked for",
        "\"3h\"",
        "1h at most",
        "rotated from 30m before",
    ]);
    assert_eq!(warning.code, "duration = \"3h\"");
    let lives = claims(&attribute(&bed, "token"));
    assert_eq!(lives["exp"].as_i64().zip(lives["iat"].as_i64()).map(|(end, begin)| end - begin), Some(3600));
    assert_eq!(bed.attributes(ADDRESS)["duration"], "3h", "what is asked for stays");
    for _ in 0..2 {
        bed.plan().expect_empty();
        bed.apply().succeeded();
    }
    assert_eq!(token_requests(&bed), 1);
}

fn a_token_that_is_bound_to_nothing_is_told_to_live_on(host: &Host) {
    let bed = applied(host, &token(&format!("revocable = false\nduration = \"10m\"\n{}", trigger("1"))));
    let (first, expires_at) = (attribute(&bed, "token"), attribute(&bed, "expires_at"));
    assert_eq!(bed.attributes(ADDRESS)["secret_name"], json!(null));
    assert_eq!(secrets(&bed), [] as [serde_json::Value; 0]);
    expect_alive(&bed, &first);
    bed.plan().expect_empty();

    // From now on it can be revoked; what was made before cannot.
    bed.write("main.tf", &token(&format!("on_rotation = \"revoke\"\nduration = \"10m\"\n{}", trigger("1"))));
    super::expect_rotation(&bed, bed.plan(), &["`revocable` changed", &format!("lives until {expires_at}")]);
    bed.apply_plan().succeeded().expect_warning(&["Token lives on", &expires_at]);
    assert_eq!(secrets(&bed).len(), 1);

    bed.write("main.tf", &token("revocable = false\nduration = \"10m\""));
    bed.apply().succeeded();
    let last = attribute(&bed, "token");
    assert_eq!(secrets(&bed).len(), 1, "the previous one lives until it expires");
    let expires_at = attribute(&bed, "expires_at");
    bed.plan_with(&["-destroy"]).succeeded().expect_warning(&["Token lives on", &expires_at]);
    let destroyed = bed.destroy().succeeded();
    destroyed.expect_warning(&["Token lives on", &expires_at, "default/deployer"]);
    assert_eq!(secrets(&bed), [] as [serde_json::Value; 0], "what can be revoked is");
    for token in [first, last] {
        expect_alive(&bed, &token);
    }
}
