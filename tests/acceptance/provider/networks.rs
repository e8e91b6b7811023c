//! Networks: proxies, certificates and names, faults of endpoints, and clusters that cannot be reached.

use std::time::{Duration, Instant};

use local_cks::{Call, ClusterSpec, Fault, Injection, RetryAfter};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    on_terraform,
    support::{
        ADMINISTRATOR, Administrator, Bed, CLUSTER_ID, Host, block_on, provider, secret_variables,
        wait_until, who_am_i, who_am_i_in,
    },
};

on_terraform!(
    each_setting_of_proxies_certificates_and_names_is_used,
    transient_faults_of_a_clusters_endpoint_are_not_reported,
    a_coreweave_token_that_expires_during_a_run_is_not_reported_as_missing_permissions,
    an_unreachable_cluster_keeps_its_state_and_is_reported_with_the_cause,
);

/// A proxy without a listener.
const UNREACHABLE_PROXY: &str = "http://127.0.0.1:9";

/// In HCL, over several lines.
fn heredoc(attribute: &str, text: &str) -> String {
    format!("{attribute} = <<-EOT\n{text}EOT")
}

fn each_setting_of_proxies_certificates_and_names_is_used(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let administrator = Administrator::of(&bed.cluster());
    let (proxy, api) = (bed.local.proxy_url(), bed.local.api_url());
    let root = heredoc("ca_certificate", bed.local.ca_pem());
    let cluster = format!("cluster_id = {CLUSTER_ID:?}");
    // Its certificate is for other names: see `tls_server_name`.
    let address = administrator.url.trim_start_matches("https://").parse().expect("an address");
    bed.local.add_host("kube.example.com", address);
    bed.set_variable("TF_VAR_certificate", Some(&administrator.certificate));
    bed.set_variable("TF_VAR_key", Some(&administrator.key));
    let own_ca = heredoc("ca_certificate", &administrator.ca);
    let identity = "client_certificate = var.certificate\nclient_key = var.key";
    let direct = format!("{cluster}\nhost = {:?}\n{own_ca}\n{identity}", administrator.url);

    let managed = |more: &str| format!("endpoint = \"managed\"\n{more}");
    for (what, environment, block, who) in [
        (
            "an entry's proxy, and the provider's root in addition to the system's for both APIs",
            vec![],
            provider(&[&managed(&format!("proxy_url = {proxy:?}"))], &format!("endpoint = {api:?}\n{root}")),
            "cks:admin",
        ),
        (
            "an entry's own root",
            vec![("COREWEAVE_API_ENDPOINT", api.as_str()), ("SSL_CERT_FILE", "")],
            provider(
                &[&managed(&format!("proxy_url = {proxy:?}\n{root}"))],
                // The API is on loopback with the same root.
                &root,
            ),
            "cks:admin",
        ),
        (
            "the provider's proxy, which takes precedence over the environment",
            vec![("HTTPS_PROXY", UNREACHABLE_PROXY), ("NO_PROXY", "*")],
            provider(&[&managed("")], &format!("proxy_url = {proxy:?}\n{root}")),
            "cks:admin",
        ),
        (
            "an entry's proxy, which takes precedence over the provider's",
            vec![],
            provider(
                &[&direct.clone(), &format!("{}\nproxy_url = {proxy:?}", managed(""))],
                &format!("proxy_url = {proxy:?}\n{root}"),
            ),
            ADMINISTRATOR,
        ),
        (
            "none at all for CoreWeave's API on this machine",
            vec![("HTTPS_PROXY", UNREACHABLE_PROXY)],
            provider(&[&managed(&format!("proxy_url = {proxy:?}"))], &format!("endpoint = {api:?}\n{root}")),
            "cks:admin",
        ),
        (
            "none at all for an address of this machine",
            vec![("HTTPS_PROXY", UNREACHABLE_PROXY)],
            provider(&[&direct], ""),
            ADMINISTRATOR,
        ),
        (
            "HTTPS_PROXY, with another name than the certificate's",
            vec![("HTTPS_PROXY", proxy.as_str())],
            provider(
                &[&format!(
                    "{cluster}\nhost = \"https://kube.example.com\"\ntls_server_name = \"kubernetes.default.svc\"\n{own_ca}\n{identity}"
                )],
                "",
            ),
            ADMINISTRATOR,
        ),
        (
            "a kubeconfig's own proxy and name, despite the environment",
            vec![("HTTPS_PROXY", UNREACHABLE_PROXY), ("NO_PROXY", "localhost,,")],
            provider(
                &[&format!(
                    "{cluster}\nkubeconfig = {:?}",
                    with_cluster(
                        &administrator,
                        &json!({
                            "server": "https://kube.example.com", "tls-server-name": "kubernetes", "proxy-url": proxy,
                        })
                    )
                )],
                "",
            ),
            ADMINISTRATOR,
        ),
    ] {
        eprintln!("{what}");
        for name in ["HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "COREWEAVE_API_ENDPOINT"] {
            bed.set_variable(name, None);
        }
        for (name, value) in environment {
            bed.set_variable(name, Some(value));
        }
        bed.write("main.tf", &(secret_variables(&["certificate", "key"]) + &block + &who_am_i("")));
        let it = bed.apply().succeeded().output("it");
        assert!(it["username"] == who || it["groups"][0] == who, "{what}: {it}");
    }
}

/// The administrator's kubeconfig with more about its cluster.
fn with_cluster(administrator: &Administrator, more: &Value) -> String {
    let mut kubeconfig: Value = serde_json::from_str(&administrator.kubeconfig).expect("JSON");
    for (name, value) in more.as_object().expect("an object") {
        kubeconfig["clusters"][0]["cluster"][name] = value.clone();
    }
    kubeconfig.to_string()
}

/// Users of other providers report: `Retry-After` is ignored, and transient faults fail the run.
fn transient_faults_of_a_clusters_endpoint_are_not_reported(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &who_am_i(""));
    let faults = [
        Fault::retry_after(429, RetryAfter::Seconds(2)),
        Fault::status(500),
        Fault::status(503),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody,
    ];
    let expected = faults.len() + 1;
    for fault in faults {
        bed.local.inject(Injection::new(fault).on(Call::Managed));
    }
    let started = Instant::now();
    bed.plan().succeeded();
    assert!(started.elapsed() >= Duration::from_secs(2), "Retry-After is honoured");
    assert_eq!(bed.local.pending_faults(), 0, "every fault has happened");
    assert_eq!(bed.local.requests_of(Call::Managed).len(), expected);

    bed.set_variable("COREWEAVE_HTTP_TIMEOUT", Some("2s"));
    bed.local.inject(Injection::new(Fault::Hang).on(Call::Managed));
    bed.plan().succeeded();
    assert_eq!(bed.local.pending_faults(), 0);

    // A permanent fault is reported at once, after one request.
    for (status, body, message) in [
        (StatusCode::UNAUTHORIZED, "Unauthorized", "Credentials rejected by Kubernetes"),
        (StatusCode::NOT_FOUND, "default backend - 404", "Unexpected response from Kubernetes"),
        (StatusCode::OK, "<html>Please log in</html>", "Unexpected response from Kubernetes"),
    ] {
        let fault = Fault::Status { status, retry_after: None, body: Some(body.to_owned()) };
        bed.local.clear_requests();
        bed.local.inject(Injection::new(fault).on(Call::Managed));
        bed.plan().failed().expect_error(&[message]);
        assert_eq!(bed.local.requests_of(Call::Managed).len(), 1);
    }
}

fn a_coreweave_token_that_expires_during_a_run_is_not_reported_as_missing_permissions(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", &who_am_i(""));
    // It expires between the request to CoreWeave's API, which accepts it, and the endpoint's, which rejects it.
    bed.local.inject(Injection::new(Fault::Delay(Duration::from_secs(3))).on(Call::Managed));
    let arguments = ["plan", "-json"];
    let running = bed.start(&arguments);
    wait_until("the endpoint receives a request", || !bed.local.requests_of(Call::Managed).is_empty());
    bed.local.expire_token(&bed.admin_token());
    let run = bed.finish(&running, &arguments).failed();
    run.expect_error(&[
        "Rejected by the cluster's endpoint",
        "access token expired",
        "not from RBAC",
        "Create a new token",
        "lacks a CKS role",
    ]);
}

fn namespace(cluster_id: &str) -> String {
    format!(
        "resource \"cks_namespace\" \"kept\" {{\n  cluster_id = {cluster_id:?}\n  name = \"kept\"\n  deletion_protection = false\n}}\n"
    )
}

/// Users of other providers report: an unreachable cluster loses its state, or blocks every plan without a cause.
fn an_unreachable_cluster_keeps_its_state_and_is_reported_with_the_cause(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let administrator = Administrator::of(&bed.cluster());
    let private = ClusterSpec::new("private").field("public", json!(false));
    let private = block_on(bed.local.add_cluster(private)).expect("a cluster");
    bed.set_variable("TF_VAR_certificate", Some(&administrator.certificate));
    bed.set_variable("TF_VAR_key", Some(&administrator.key));
    bed.write("variables.tf", &secret_variables(&["certificate", "key"]));
    let identity = "client_certificate = var.certificate\nclient_key = var.key";
    let entry =
        |url: &str, more: &str| format!("cluster_id = {CLUSTER_ID:?}\nhost = {url:?}\n{identity}\n{more}");
    let own_ca = heredoc("ca_certificate", &administrator.ca);
    bed.write("main.tf", &namespace(CLUSTER_ID));
    bed.write("provider.tf", &provider(&[&entry(&administrator.url, &own_ca)], ""));
    bed.apply().succeeded();

    // One run for all three, which take half a minute together: an unreachable host, a cluster without endpoint, and one with another CA.
    let other =
        block_on(bed.local.add_cluster(ClusterSpec::new("other").with_kubernetes())).expect("a cluster");
    let untrusted = Administrator::of(&other);
    let untrusted =
        format!("cluster_id = {:?}\nhost = {:?}\n{own_ca}\n{identity}", other.id(), untrusted.url);
    bed.write("provider.tf", &provider(&[&entry("https://127.0.0.1:9", &own_ca), &untrusted], ""));
    let reviews = who_am_i_in(private.id(), "private", "") + &who_am_i_in(other.id(), "other", "");
    bed.write("reviews.tf", &reviews);
    let started = Instant::now();
    let run = bed.plan().failed();
    assert!(started.elapsed() < Duration::from_secs(50), "the plan must not hang: {:?}", started.elapsed());
    let error = run.expect_error(&[
        "Kubernetes cannot be reached",
        "https://127.0.0.1:9",
        "Connection refused",
        "The state is kept",
    ]);
    assert_eq!(error.address, "cks_namespace.kept");
    run.expect_error(&[
        "Kubernetes cannot be reached",
        "the managed endpoint",
        "by the proxy http://127.0.0.1:",
        "private (`public = false`)",
        "`proxy_url`",
    ]);
    run.expect_error(&[
        "TLS connection to Kubernetes failed",
        "no trusted CA has signed it",
        "`ca_certificate`",
    ]);

    bed.remove("reviews.tf");
    assert!(bed.instance("cks_namespace.kept").is_some(), "the state is kept");
    bed.write("provider.tf", &provider(&[&entry(&administrator.url, &own_ca)], ""));
    bed.plan().expect_empty();
}
