//! The token does not leak: it is in no output, log, state, or plan.

use local_cks::{Call, Fault, Injection};
use secrecy::ExposeSecret as _;

use crate::{
    on_both_hosts,
    support::{Bed, Host, oidc},
};

on_both_hosts!(the_token_is_in_no_output_log_state_or_plan, a_token_in_a_gateways_response_does_not_leak);

#[track_caller]
fn expect_secret_absent(bed: &Bed, outputs: &[String]) {
    bed.expect_secret_absent(bed.admin_token().expose_secret(), outputs);
}

fn the_token_is_in_no_output_log_state_or_plan(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    bed.log_everything();
    let mut outputs = Vec::new();
    for run in [
        bed.plan(),
        bed.run(&["show", "-json", "plan"]),
        bed.apply_plan(),
        bed.plan(),
        bed.run(&["show", "-json"]),
        bed.run(&["plan"]),
        bed.destroy(),
    ] {
        outputs.push(run.succeeded().to_string());
    }
    let log = bed.log();
    assert!(log.contains("@module=coreweave."), "the provider's own lines are in the log");
    assert!(log.contains("changing the cluster"), "at their level");
    expect_secret_absent(&bed, &outputs);

    let token = bed.admin_token();
    bed.local.expire_token(&token);
    outputs.push(bed.apply().failed().to_string());
    expect_secret_absent(&bed, &outputs);
}

fn a_token_in_a_gateways_response_does_not_leak(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    bed.log_everything();
    let token = bed.admin_token().expose_secret().to_owned();
    for (status, body) in [
        (400, format!("bad header: Authorization: Bearer {token}")),
        (403, format!("{{\"code\":\"permission_denied\",\"message\":\"Bearer {token} may not\"}}")),
        (418, format!("<html>{token}</html>")),
    ] {
        let echo = Fault::Status {
            status: reqwest::StatusCode::from_u16(status).expect("a status"),
            retry_after: None,
            body: Some(body),
        };
        bed.local.inject(Injection::new(echo).on(Call::UpdateCluster));
        let run = bed.apply().failed();
        expect_secret_absent(&bed, &[run.to_string()]);
    }
}
