//! The data source `cks_oidc_discovery` with a real OpenID provider, and its errors without one.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener},
    time::Instant,
};

use local_cks::{API_HOST, OpenIdProvider};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::{
    on_terraform,
    support::{Bed, Host, block_on},
};

on_terraform!(
    the_values_equal_the_issuers_document_and_keys,
    an_issuer_is_read_without_a_coreweave_token_and_while_one_is_unknown,
    no_credential_is_sent_and_the_providers_settings_are_used,
    an_untrusted_certificate_is_an_error_with_the_setting_for_its_ca,
    the_providers_roots_are_trusted_in_addition_to_the_issuers,
    a_trailing_slash_is_another_issuer,
    a_server_that_is_no_issuer_is_an_error_with_its_response,
    an_unreachable_issuer_is_reported_with_the_cause,
    an_issuer_that_never_responds_is_an_error_after_the_time_limit,
    an_unknown_issuer_defers_the_read_to_the_apply,
    an_unknown_provider_value_is_named,
    an_issuer_that_kubernetes_would_reject_is_rejected_before_any_request,
);

fn issuer() -> OpenIdProvider {
    block_on(OpenIdProvider::start(Vec::new())).expect("an OpenID provider")
}

/// The data source for this issuer, and all its attributes as an output.
fn discovery(issuer_url: &str, ca_pem: Option<&str>) -> String {
    let ca = ca_pem.map(|pem| format!("\n  ca_certificate = <<-EOT\n{pem}EOT")).unwrap_or_default();
    format!(
        "data \"cks_oidc_discovery\" \"issuer\" {{\n  issuer_url = {issuer_url:?}{ca}\n}}\noutput \"it\" {{\n  value = data.cks_oidc_discovery.issuer\n}}\n"
    )
}

/// The issuer's response to a client other than the provider.
fn response(issuer: &OpenIdProvider, url: &str) -> Value {
    let root = reqwest::Certificate::from_pem(issuer.ca_pem().as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().expect("a client");
    block_on(async { client.get(url).send().await.expect("a response").json().await.expect("JSON") })
}

fn sorted(texts: &Value) -> Value {
    let texts: BTreeSet<_> = texts.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    json!(texts)
}

fn the_values_equal_the_issuers_document_and_keys(host: &Host) {
    let issuer = issuer();
    let document = response(&issuer, &format!("{}/.well-known/openid-configuration", issuer.issuer_url()));
    let keys = response(&issuer, document["jwks_uri"].as_str().expect("keys"));
    let bed = Bed::of(host, &discovery(issuer.issuer_url(), Some(issuer.ca_pem())));
    let it = bed.apply().succeeded().output("it");
    let mut compared = 0;
    for (member, shown) in it.as_object().expect("an object") {
        match (&document[member], &**member) {
            (_, "issuer_url") => assert_eq!(shown, issuer.issuer_url()),
            (_, "ca_certificate") => assert_eq!(shown, issuer.ca_pem()),
            (_, "key_ids") => assert_eq!(shown, &json!([keys["keys"][0]["kid"]])),
            (texts @ Value::Array(_), _) => {
                assert_eq!(sorted(shown), sorted(texts), "{member}");
                compared += 1;
            }
            (text, _) => {
                assert_eq!(shown, text, "{member}");
                compared += usize::from(text.is_string());
            }
        }
    }
    assert!(compared >= 12, "only {compared} members of the document were compared\n{document:#}\n{it:#}");
    assert_eq!(it["id_token_signing_alg_values_supported"], json!(["RS256"]));
    bed.plan().expect_empty();
    assert_eq!(bed.local.requests().len(), 0, "no request to CoreWeave");
}

fn an_issuer_is_read_without_a_coreweave_token_and_while_one_is_unknown(host: &Host) {
    let issuer = issuer();
    let reading = discovery(issuer.issuer_url(), Some(issuer.ca_pem()));
    let mut bed = Bed::of(host, &reading);
    bed.set_variable("COREWEAVE_API_TOKEN", None);
    bed.plan().succeeded();
    let unknown = "resource \"terraform_data\" \"token\" {\n  input = \"CW-SECRET-later\"\n}\nprovider \"cks\" {\n  token = terraform_data.token.output\n}\n";
    bed.write("provider.tf", unknown);
    bed.plan().succeeded();
    assert_eq!(bed.apply_plan().succeeded().output("it")["issuer_url"], issuer.issuer_url());
}

/// The simulated API is the issuer here, since it logs requests.
fn no_credential_is_sent_and_the_providers_settings_are_used(host: &Host) {
    let mut bed = Bed::of(host, &discovery(&format!("https://{API_HOST}"), None));
    for name in ["HTTPS_PROXY", "SSL_CERT_FILE"] {
        bed.set_variable(name, None);
    }
    let (proxy, root) = (bed.local.proxy_url(), bed.local.ca_pem().to_owned());
    bed.write(
        "provider.tf",
        &format!("provider \"cks\" {{\n  proxy_url = {proxy:?}\n  ca_certificate = <<-EOT\n{root}EOT\n}}\n"),
    );
    bed.plan().failed().expect_error(&["Not an OpenID issuer"]);
    let requests = bed.local.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let request = &requests[0];
    assert_eq!((&*request.host, &*request.path), (API_HOST, "/.well-known/openid-configuration"));
    assert_eq!(request.header("authorization"), None);
    let agent = request.header("user-agent").unwrap_or_default();
    assert!(agent.starts_with("Terraform/1.") && agent.contains("terraform-provider-cks/"), "{agent}");
}

fn an_untrusted_certificate_is_an_error_with_the_setting_for_its_ca(host: &Host) {
    let issuer = issuer();
    let bed = Bed::of(host, &discovery(issuer.issuer_url(), None));
    let error = bed.plan().failed().expect_error(&[
        "certificate is not trusted",
        "no trusted CA has signed it",
        "that CA's certificate as `ca_certificate`",
    ]);
    assert!(error.code.starts_with("issuer_url = "), "{error:?}");
    // With a configured CA the system's roots are not trusted, as in Kubernetes.
    bed.write("main.tf", &discovery(&bed.local.api_url(), Some(issuer.ca_pem())));
    let error = bed.plan().failed().expect_error(&[
        "not signed by ca_certificate",
        "only the certificates in it",
        "(expires ",
        "SHA-256 ",
    ]);
    assert!(error.code.starts_with("ca_certificate = "), "{error:?}");
    assert!(!error.detail.contains("BEGIN CERTIFICATE"), "{error:?}");
}

/// The configuration for a TLS-intercepting proxy, which signs with its own root.
fn the_providers_roots_are_trusted_in_addition_to_the_issuers(host: &Host) {
    let issuer = issuer();
    let bed = Bed::new(host);
    bed.write("main.tf", &discovery(issuer.issuer_url(), Some(bed.local.ca_pem())));
    bed.write(
        "provider.tf",
        &format!("provider \"cks\" {{\n  ca_certificate = <<-EOT\n{}EOT\n}}\n", issuer.ca_pem()),
    );
    assert_eq!(bed.apply().succeeded().output("it")["issuer_url"], issuer.issuer_url());
}

fn a_trailing_slash_is_another_issuer(host: &Host) {
    let issuer = issuer();
    let with_slash = format!("{}/", issuer.issuer_url());
    let bed = Bed::of(host, &discovery(&with_slash, Some(issuer.ca_pem())));
    let error = bed.plan().failed().expect_error(&[
        "differs from the issuer's own URL",
        &format!("{with_slash:?}"),
        &format!("{:?}", issuer.issuer_url()),
        "Only the slash at the end differs",
        "byte for byte",
    ]);
    assert_eq!(error.code, format!("issuer_url = {with_slash:?}"));
}

fn a_server_that_is_no_issuer_is_an_error_with_its_response(host: &Host) {
    let issuer = issuer();
    let elsewhere = format!("{}/tenant", issuer.issuer_url());
    let bed = Bed::of(host, &discovery(&elsewhere, Some(issuer.ca_pem())));
    let error = bed.plan().failed().expect_error(&[
        "Not an OpenID issuer",
        "HTTP 404",
        &format!("{elsewhere}/.well-known/openid-configuration"),
    ]);
    assert_eq!(error.code, format!("issuer_url = {elsewhere:?}"));
}

fn an_unreachable_issuer_is_reported_with_the_cause(host: &Host) {
    // Bound, so that no other process gets the port, but not listening.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let unreachable = format!("https://{}", socket.local_addr().expect("bound"));
    let mut bed = Bed::of(host, &discovery(&unreachable, None));
    bed.set_variable("HTTPS_PROXY", None);
    let error =
        bed.plan().failed().expect_error(&["cannot be reached", &unreachable, "refused", "`proxy_url`"]);
    assert_eq!(error.code, format!("issuer_url = {unreachable:?}"));
    // A proxy that rejects the host.
    let proxy = bed.local.proxy_url();
    bed.set_variable("HTTPS_PROXY", Some(&proxy));
    bed.write("main.tf", &discovery("https://nowhere.invalid", None));
    bed.plan().failed().expect_error(&["cannot be reached", "https://nowhere.invalid/"]);
    // No proxy of the environment is used for an address of this machine.
    bed.set_variable("HTTPS_PROXY", Some(&unreachable));
    let issuer = issuer();
    bed.write("main.tf", &discovery(issuer.issuer_url(), Some(issuer.ca_pem())));
    bed.plan().succeeded();
}

fn an_issuer_that_never_responds_is_an_error_after_the_time_limit(host: &Host) {
    // It accepts connections, and sends no response.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}", silent.local_addr().expect("bound"));
    let mut bed = Bed::of(host, &discovery(&url, None));
    bed.set_variable("HTTPS_PROXY", None);
    bed.set_variable("COREWEAVE_HTTP_TIMEOUT", Some("1s"));
    let started = Instant::now();
    bed.plan().failed().expect_error(&["cannot be reached", &url, "no response in time"]);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

fn an_unknown_issuer_defers_the_read_to_the_apply(host: &Host) {
    let issuer = issuer();
    let later =
        format!("resource \"terraform_data\" \"issuer\" {{\n  input = {:?}\n}}\n", issuer.issuer_url());
    let reading = discovery(issuer.issuer_url(), Some(issuer.ca_pem()))
        .replace(&format!("{:?}", issuer.issuer_url()), "terraform_data.issuer.output");
    let bed = Bed::of(host, &[later, reading].concat());
    bed.plan().succeeded();
    let it = bed.apply_plan().succeeded().output("it");
    assert_eq!(it["issuer_url"], issuer.issuer_url());
    bed.plan().expect_empty();
}

fn an_unknown_provider_value_is_named(host: &Host) {
    let issuer = issuer();
    let bed = Bed::of(host, &discovery(issuer.issuer_url(), Some(issuer.ca_pem())));
    bed.write(
        "provider.tf",
        "resource \"terraform_data\" \"proxy\" {\n  input = \"http://proxy.example.com:3128\"\n}\nprovider \"cks\" {\n  proxy_url = terraform_data.proxy.output\n}\n",
    );
    bed.plan().failed().expect_error(&["`proxy_url`", "known only after apply", "depends_on"]);
}

fn an_issuer_that_kubernetes_would_reject_is_rejected_before_any_request(host: &Host) {
    let bed = Bed::of(host, &discovery("http://accounts.example.com", None));
    bed.validate().failed().expect_error(&["issuer_url", "https only"]);
    bed.write("main.tf", &discovery("https://accounts.example.com", Some("no certificate\n")));
    bed.validate().failed().expect_error(&["ca_certificate", "no certificate in it"]);
}
