//! Connections to the API: the production configuration by the environment alone, and each setting of the provider block.

use local_cks::{API_HOST, Call, Fault, Injection};

use crate::{
    on_terraform,
    support::{Bed, Host, minimal_block, oidc},
};

on_terraform!(
    the_production_configuration_needs_a_proxy_and_a_root_in_the_environment_only,
    a_proxy_and_a_root_can_be_given_in_the_provider_block,
    an_endpoint_and_a_root_can_be_given_in_the_provider_block,
    the_configuration_takes_precedence_over_the_environment,
    a_request_that_hangs_times_out_and_is_repeated,
);

#[track_caller]
fn expect_applied(bed: &Bed) {
    bed.apply().succeeded();
    assert_eq!(bed.cluster().field("oidc"), minimal_block());
    bed.plan().expect_empty();
}

fn the_production_configuration_needs_a_proxy_and_a_root_in_the_environment_only(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    bed.write("provider.tf", "provider \"cks\" {}\n");
    bed.set_variable("TF_APPEND_USER_AGENT", Some("team/7"));
    expect_applied(&bed);
    for request in bed.local.requests() {
        assert_eq!(request.host, API_HOST);
        let agent = request.header("user-agent").unwrap_or_default();
        assert!(agent.starts_with("Terraform/1.") && agent.ends_with(" team/7"), "{agent}");
        assert!(agent.contains(concat!("terraform-provider-cks/", env!("CARGO_PKG_VERSION"))), "{agent}");
    }
}

/// A provider block with this root and more, and neither of them in the environment.
fn configured(host: &Host, more: impl Fn(&Bed) -> String) -> Bed {
    let mut bed = Bed::of(host, &oidc(""));
    for name in ["HTTPS_PROXY", "SSL_CERT_FILE"] {
        bed.set_variable(name, None);
    }
    let (root, more) = (bed.local.ca_pem(), more(&bed));
    bed.write(
        "provider.tf",
        &format!("provider \"cks\" {{\n  ca_certificate = <<-EOT\n{root}EOT\n  {more}\n}}\n"),
    );
    bed
}

fn a_proxy_and_a_root_can_be_given_in_the_provider_block(host: &Host) {
    let bed = configured(host, |bed| format!("proxy_url = {:?}", bed.local.proxy_url()));
    expect_applied(&bed);
    assert!(bed.local.requests().iter().all(|request| request.host == API_HOST));
}

fn an_endpoint_and_a_root_can_be_given_in_the_provider_block(host: &Host) {
    expect_applied(&configured(host, |bed| format!("endpoint = {:?}", bed.local.api_url())));
    expect_applied(&configured(host, |bed| format!("endpoint = \"{}/\"", bed.local.api_url())));
}

fn the_configuration_takes_precedence_over_the_environment(host: &Host) {
    let mut bed = configured(host, |bed| {
        format!(
            "endpoint = {:?}\n  proxy_url = {:?}\n  http_timeout = \"10s\"",
            format!("https://{API_HOST}"),
            bed.local.proxy_url()
        )
    });
    bed.set_variable("COREWEAVE_API_ENDPOINT", Some("https://nowhere.invalid"));
    bed.set_variable("COREWEAVE_HTTP_TIMEOUT", Some("1ns"));
    bed.set_variable("HTTPS_PROXY", Some("http://nowhere.invalid:3128"));
    bed.set_variable("NO_PROXY", Some(API_HOST));
    expect_applied(&bed);
}

fn a_request_that_hangs_times_out_and_is_repeated(host: &Host) {
    let mut bed = Bed::of(host, &oidc(""));
    bed.set_variable("COREWEAVE_HTTP_TIMEOUT", Some("1s"));
    bed.local.inject(Injection::new(Fault::Hang).on(Call::GetCluster));
    expect_applied(&bed);
    assert_eq!(bed.local.pending_faults(), 0);
}
