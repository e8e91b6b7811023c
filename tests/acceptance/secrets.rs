//! The token is nowhere: in no output, no log, no state, no plan.

use base64::Engine as _;
use local_cks::{Call, Fault, Injection};
use secrecy::ExposeSecret as _;

use crate::on_both_hosts;
use crate::support::{Bed, Host, oidc};

on_both_hosts!(
    the_token_is_in_no_output_log_state_or_plan,
    a_gateway_that_repeats_the_token_does_not_leak_it
);

/// Looks for the token in all that was written, also in base64 at each of its three alignments.
#[track_caller]
fn expect_nowhere(bed: &Bed, outputs: &[String]) {
    let token = bed.admin_token().expose_secret().to_owned();
    let mut forms = vec![token.clone()];
    for padding in ["", "x", "xx"] {
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("{padding}{token}"));
        // The ends depend on what stands beside the token.
        forms.push(encoded[4..encoded.len() - 4].to_owned());
    }
    let files = bed.files().into_iter().map(|(path, content)| (path.display().to_string(), content));
    let outputs = outputs
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("output {number}"), text.clone().into_bytes()));
    for (place, content) in files.chain(outputs) {
        let content = String::from_utf8_lossy(&content);
        for form in &forms {
            assert!(!content.contains(form), "{place} holds the token");
        }
    }
}

fn logged(bed: &mut Bed) {
    let log = bed.path("trace.log").display().to_string();
    bed.set_variable("TF_LOG", Some("TRACE"));
    bed.set_variable("TF_LOG_PATH", Some(&log));
}

fn the_token_is_in_no_output_log_state_or_plan(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    logged(&mut bed);
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
    let log = std::fs::read_to_string(bed.path("trace.log")).expect("a log");
    assert!(log.contains("@module=cks."), "the provider's own lines are in the log");
    assert!(log.contains("changing the cluster"), "at their level");
    expect_nowhere(&bed, &outputs);

    let token = bed.admin_token();
    bed.local.expire_token(&token);
    outputs.push(bed.apply().failed().to_string());
    expect_nowhere(&bed, &outputs);
}

fn a_gateway_that_repeats_the_token_does_not_leak_it(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    logged(&mut bed);
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
        expect_nowhere(&bed, &[run.to_string()]);
    }
}
