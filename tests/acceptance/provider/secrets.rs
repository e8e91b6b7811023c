//! The token does not leak: it is in no output, log, state, or plan.

use local_cks::{Call, Fault, Injection};
use secrecy::ExposeSecret as _;

use crate::{
    on_both_hosts, on_terraform,
    support::{
        ADMINISTRATOR, Administrator, Bed, CLUSTER_ID, Host, oidc, provider, secret_variables, who_am_i,
    },
};

on_both_hosts!(the_token_is_in_no_output_log_state_or_plan, a_token_in_a_gateways_response_does_not_leak);

on_terraform!(a_login_in_an_address_is_in_no_output_and_no_log);

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

/// The address of a server in a kubeconfig, whether it can be used or not.
fn a_login_in_an_address_is_in_no_output_and_no_log(host: &Host) {
    const PASSWORD: &str = "hunter2-in-a-server-address";
    let mut bed = Bed::with_kubernetes(host);
    bed.log_everything();
    let entry = format!("cluster_id = {CLUSTER_ID:?}\nkubeconfig = var.kubeconfig");
    let variables = secret_variables(&["kubeconfig"]);
    bed.write("main.tf", &(variables + &who_am_i("") + &provider(&[&entry], "")));
    let administrator = Administrator::of(&bed.cluster());
    let with_scheme = |scheme: &str| {
        let address = format!("{scheme}://ada:{PASSWORD}@");
        administrator.kubeconfig.replace("https://", &address)
    };
    bed.set_variable("TF_VAR_kubeconfig", Some(&with_scheme("https")));
    let read = bed.apply().succeeded();
    assert_eq!(read.output("it")["username"], ADMINISTRATOR);
    bed.set_variable("TF_VAR_kubeconfig", Some(&with_scheme("http")));
    let refused = bed.plan().failed();
    refused.expect_error(&["no https URL", "http://127.0.0.1:"]);
    assert!(bed.log().contains(&format!("server={}", administrator.url)), "requests are in the log");
    bed.expect_configured_secret_absent(PASSWORD, &[read.to_string(), refused.to_string()]);
}
