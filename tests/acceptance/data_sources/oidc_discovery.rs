//! The data source `cks_oidc_discovery` at a real OpenID provider, and what it says when there is none.

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
    an_issuer_shows_what_its_document_and_keys_say,
    an_issuer_is_asked_without_a_coreweave_token_and_while_one_is_unknown,
    no_credential_is_sent_and_the_providers_settings_are_used,
    a_certificate_that_is_not_trusted_is_told_by_who_should_have_signed_it,
    the_providers_own_roots_count_beside_those_of_the_issuer,
    a_slash_at_the_end_is_another_issuer,
    what_is_no_issuer_is_said_with_what_it_answers,
    an_issuer_out_of_reach_is_named_with_the_cause,
    an_issuer_that_never_answers_is_given_up,
    an_unknown_issuer_waits_for_the_apply,
    a_provider_value_that_is_unknown_is_named,
    an_issuer_that_kubernetes_would_not_take_is_refused_before_it_is_asked,
);

fn issuer() -> OpenIdProvider {
    block_on(OpenIdProvider::start(Vec::new())).expect("an OpenID provider")
}

/// The data source for this issuer, and all of it as an output.
fn discovery(issuer_url: &str, ca_pem: Option<&str>) -> String {
    let ca = ca_pem.map(|pem| format!("\n  ca_certificate = <<-EOT\n{pem}EOT")).unwrap_or_default();
    format!(
        "data \"cks_oidc_discovery\" \"issuer\" {{\n  issuer_url = {issuer_url:?}{ca}\n}}\noutput \"it\" {{\n  value = data.cks_oidc_discovery.issuer\n}}\n"
    )
}

/// What the issuer answers to a client that knows nothing of Terraform.
fn answer(issuer: &OpenIdProvider, url: &str) -> Value {
    let root = reqwest::Certificate::from_pem(issuer.ca_pem().as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().expect("a client");
    block_on(async { client.get(url).send().await.expect("an answer").json().await.expect("JSON") })
}

fn sorted(texts: &Value) -> Value {
    let texts: BTreeSet<_> = texts.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    json!(texts)
}

fn an_issuer_shows_what_its_document_and_keys_say(host: &Host) {
    let issuer = issuer();
    let document = answer(&issuer, &format!("{}/.well-known/openid-configuration", issuer.issuer_url()));
    let keys = answer(&issuer, document["jwks_uri"].as_str().expect("keys"));
    let bed = Bed::of(host, &discovery(issuer.issuer_url(), Some(issuer.ca_pem())));
    let it = bed.apply().succeeded().output("it");
    let mut said = 0;
    for (member, shown) in it.as_object().expect("an object") {
        match (&document[member], &**member) {
            (_, "issuer_url") => assert_eq!(shown, issuer.issuer_url()),
            (_, "ca_certificate") => assert_eq!(shown, issuer.ca_pem()),
            (_, "key_ids") => assert_eq!(shown, &json!([keys["keys"][0]["kid"]])),
            (texts @ Value::Array(_), _) => {
                assert_eq!(sorted(shown), sorted(texts), "{member}");
                said += 1;
            }
            (text, _) => {
                assert_eq!(shown, text, "{member}");
                said += usize::from(text.is_string());
            }
        }
    }
    assert!(said >= 12, "only {said} members of the document were compared\n{document:#}\n{it:#}");
    assert_eq!(it["id_token_signing_alg_values_supported"], json!(["RS256"]));
    bed.plan().expect_empty();
    assert_eq!(bed.local.requests().len(), 0, "CoreWeave is not asked");
}

fn an_issuer_is_asked_without_a_coreweave_token_and_while_one_is_unknown(host: &Host) {
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

/// The simulated API stands for an issuer here, since it keeps what it is asked.
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

fn a_certificate_that_is_not_trusted_is_told_by_who_should_have_signed_it(host: &Host) {
    let issuer = issuer();
    let bed = Bed::of(host, &discovery(issuer.issuer_url(), None));
    let error = bed.plan().failed().expect_error(&[
        "certificate is not trusted",
        "no trusted CA has signed it",
        "that CA's certificate as `ca_certificate`",
    ]);
    assert!(error.code.starts_with("issuer_url = "), "{error:?}");
    // What the system trusts does not count beside a CA that is given, just as in Kubernetes.
    bed.write("main.tf", &discovery(&bed.local.api_url(), Some(issuer.ca_pem())));
    let error = bed
        .plan()
        .failed()
        .expect_error(&["certificate is not signed by ca_certificate", "only the certificates in it"]);
    assert!(error.code.starts_with("ca_certificate = "), "{error:?}");
}

/// As behind a TLS-intercepting proxy that signs with a root of its own.
fn the_providers_own_roots_count_beside_those_of_the_issuer(host: &Host) {
    let issuer = issuer();
    let bed = Bed::new(host);
    bed.write("main.tf", &discovery(issuer.issuer_url(), Some(bed.local.ca_pem())));
    bed.write(
        "provider.tf",
        &format!("provider \"cks\" {{\n  ca_certificate = <<-EOT\n{}EOT\n}}\n", issuer.ca_pem()),
    );
    assert_eq!(bed.apply().succeeded().output("it")["issuer_url"], issuer.issuer_url());
}

fn a_slash_at_the_end_is_another_issuer(host: &Host) {
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

fn what_is_no_issuer_is_said_with_what_it_answers(host: &Host) {
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

fn an_issuer_out_of_reach_is_named_with_the_cause(host: &Host) {
    // Bound, so that nobody else gets the port, but not listening.
    let refusing = TcpSocket::new_v4().expect("a socket");
    refusing.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let nobody = format!("https://{}", refusing.local_addr().expect("bound"));
    let mut bed = Bed::of(host, &discovery(&nobody, None));
    bed.set_variable("HTTPS_PROXY", None);
    let error = bed.plan().failed().expect_error(&["cannot be reached", &nobody, "refused", "`proxy_url`"]);
    assert_eq!(error.code, format!("issuer_url = {nobody:?}"));
    // A proxy that does not let it through.
    let proxy = bed.local.proxy_url();
    bed.set_variable("HTTPS_PROXY", Some(&proxy));
    bed.write("main.tf", &discovery("https://nowhere.invalid", None));
    bed.plan().failed().expect_error(&["cannot be reached", "https://nowhere.invalid/"]);
    // No proxy of the environment is used for an address of this machine.
    bed.set_variable("HTTPS_PROXY", Some(&nobody));
    let issuer = issuer();
    bed.write("main.tf", &discovery(issuer.issuer_url(), Some(issuer.ca_pem())));
    bed.plan().succeeded();
}

fn an_issuer_that_never_answers_is_given_up(host: &Host) {
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}", silent.local_addr().expect("bound"));
    let mut bed = Bed::of(host, &discovery(&url, None));
    bed.set_variable("HTTPS_PROXY", None);
    bed.set_variable("COREWEAVE_HTTP_TIMEOUT", Some("1s"));
    let started = Instant::now();
    bed.plan().failed().expect_error(&["cannot be reached", &url, "no response in time"]);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

fn an_unknown_issuer_waits_for_the_apply(host: &Host) {
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

fn a_provider_value_that_is_unknown_is_named(host: &Host) {
    let issuer = issuer();
    let bed = Bed::of(host, &discovery(issuer.issuer_url(), Some(issuer.ca_pem())));
    bed.write(
        "provider.tf",
        "resource \"terraform_data\" \"proxy\" {\n  input = \"http://proxy.example.com:3128\"\n}\nprovider \"cks\" {\n  proxy_url = terraform_data.proxy.output\n}\n",
    );
    bed.plan().failed().expect_error(&["`proxy_url`", "known only after apply", "depends_on"]);
}

fn an_issuer_that_kubernetes_would_not_take_is_refused_before_it_is_asked(host: &Host) {
    let bed = Bed::of(host, &discovery("http://accounts.example.com", None));
    bed.validate().failed().expect_error(&["issuer_url", "https only"]);
    bed.write("main.tf", &discovery("https://accounts.example.com", Some("no certificate\n")));
    bed.validate().failed().expect_error(&["ca_certificate", "no certificate in it"]);
}
