//! Tokens with a shorter lifetime than requested, and tokens that cannot be revoked.

use std::time::Duration;

use local_cks::{Call, ClusterSpec, Fault, Injection, LocalCks};
use serde_json::json;

use super::{
    ADDRESS, applied, attribute, claims, create_account, expect_valid, secrets, token, token_requests,
    trigger,
};
use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host},
};

on_terraform!(
    a_server_that_grants_less_causes_one_warning_and_no_loop,
    an_irrevocable_token_is_a_warning_until_it_expires,
);

/// Report 11.
fn a_server_that_grants_less_causes_one_warning_and_no_loop(host: &Host) {
    let cluster = ClusterSpec::new("example").with_id(CLUSTER_ID).with_kubernetes();
    let bed = Bed::with(host, LocalCks::builder().cluster(cluster.longest_token(Duration::from_hours(1))));
    create_account(&bed);
    bed.write("main.tf", &token("duration = \"3h\"\nrotate_before = \"2h\""));
    bed.plan().succeeded();
    let applied = bed.apply_plan().succeeded();
    assert_eq!(applied.warnings().len(), 1, "{applied}");
    let warning = applied.expect_warning(&[
        "Token lifetime is shorter than duration",
        "\"3h\"",
        "granted 1h",
        "rotates it 30m before expiry",
    ]);
    assert_eq!(warning.code, "duration = \"3h\"");
    let claims = claims(&attribute(&bed, "token"));
    assert_eq!(
        claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(end, begin)| end - begin),
        Some(3600)
    );
    assert_eq!(bed.attributes(ADDRESS)["duration"], "3h", "the configured value is kept");
    for _ in 0..2 {
        bed.plan().expect_empty();
        bed.apply().succeeded();
    }
    assert_eq!(token_requests(&bed), 1);
}

fn an_irrevocable_token_is_a_warning_until_it_expires(host: &Host) {
    let bed = applied(host, &token(&format!("revocable = false\nduration = \"10m\"\n{}", trigger("1"))));
    let (first, expires_at) = (attribute(&bed, "token"), attribute(&bed, "expires_at"));
    assert_eq!(bed.attributes(ADDRESS)["secret_name"], json!(null));
    assert_eq!(secrets(&bed), [] as [serde_json::Value; 0]);
    expect_valid(&bed, &first);
    bed.plan().expect_empty();

    // The next token can be revoked, the previous one cannot.
    bed.write("main.tf", &token(&format!("on_rotation = \"revoke\"\nduration = \"10m\"\n{}", trigger("1"))));
    super::expect_rotation(&bed, bed.plan(), &["`revocable` changed", &format!("valid until {expires_at}")]);
    bed.apply_plan().succeeded().expect_warning(&["stays valid", &expires_at]);
    assert_eq!(secrets(&bed).len(), 1);

    // A lost response: the request is sent again, and the first one may have issued a token.
    bed.write("main.tf", &token("revocable = false\nduration = \"10m\""));
    let reset = Injection::new(Fault::ResetAfter).on(Call::Managed).method(reqwest::Method::POST);
    bed.local.inject(reset.path("/token"));
    let run = bed.apply().succeeded();
    run.expect_warning(&[
        "One more token of ServiceAccount default/deployer may be valid",
        "cannot be revoked",
    ]);
    let last = attribute(&bed, "token");
    assert_eq!(secrets(&bed).len(), 1, "the previous one is valid until it expires");
    let expires_at = attribute(&bed, "expires_at");
    bed.plan_with(&["-destroy"]).succeeded().expect_warning(&["stays valid", &expires_at]);
    let destroyed = bed.destroy().succeeded();
    destroyed.expect_warning(&["stays valid", &expires_at, "default/deployer"]);
    assert_eq!(secrets(&bed), [] as [serde_json::Value; 0], "revocable tokens are revoked");
    for token in [first, last] {
        expect_valid(&bed, &token);
    }
}
