//! Kubeconfigs with which a pipeline's job logs in with its own ID token: the real kubectl runs the script of the preset.

use local_cks::OpenIdProvider;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    on_terraform,
    support::{Bed, CLIENT, CLUSTER_ID, GithubJob, Host, Kubectl, Response, block_on, trust},
};

on_terraform!(
    a_job_of_github_actions_logs_in_with_kubectl_and_its_own_id_token,
    a_job_with_an_id_token_in_a_variable_logs_in_with_kubectl,
    a_preset_with_attributes_of_another_is_an_error_without_a_request,
);

/// Subject of a job's tokens.
const SUBJECT: &str = "repo:acme/infrastructure:ref:refs/heads/main";

const WHO_AM_I: [&str; 4] = ["auth", "whoami", "-o", "json"];

/// A kubeconfig with this `exec`, on a cluster that trusts the issuer.
fn kubeconfig_of(bed: &Bed, issuer: &OpenIdProvider, exec: &str) -> String {
    let kubeconfig = format!(
        "data \"cks_kubeconfig\" \"job\" {{\n  cluster_id = cks_cluster_oidc.example.id\n  exec = {exec}\n}}\n"
    );
    bed.write("main.tf", &[trust(issuer, "ci:", "sub", ""), kubeconfig].concat());
    bed.apply().succeeded();
    bed.plan().expect_empty();
    bed.attributes("cks_kubeconfig.job")["kubeconfig"].as_str().expect("a text").to_owned()
}

/// kubectl with these variables, in the network of local CKS.
fn in_job(bed: &Bed, kubeconfig: &str, variables: &[(String, String)]) -> Option<Kubectl> {
    let kubectl = Kubectl::with(kubeconfig)?.with_programs_of_presets();
    Some(kubectl.in_environment([&bed.local.environment()[..], variables].concat()))
}

fn user_name(review: &Value) -> &Value {
    &review["status"]["userInfo"]["username"]
}

fn a_job_of_github_actions_logs_in_with_kubectl_and_its_own_id_token(host: &Host) {
    let job = GithubJob::start(SUBJECT, &[]);
    let bed = Bed::with_kubernetes(host);
    let kubeconfig = kubeconfig_of(&bed, job.issuer(), "{ preset = \"github-actions\" }");
    let Some(kubectl) = in_job(&bed, &kubeconfig, &job.variables()) else { return };

    let missing = kubectl.run(&WHO_AM_I);
    assert!(missing.stderr.contains("curl is not installed"), "{missing:?}");
    let kubectl = kubectl.with_programs(&["curl"]);
    assert_eq!(user_name(&kubectl.json(&WHO_AM_I)), &json!(format!("ci:{SUBJECT}")));
    let [issued] = job.take_issued().try_into().expect("one request for one run");
    assert_eq!(issued.audience, CLIENT, "the audience is the client of the cluster");

    job.respond(Response::Forbidden);
    let refused = kubectl.run(&WHO_AM_I);
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("no ID token for the audience kubernetes: HTTP 403"), "{refused:?}");
    let verbose = kubectl.run(&[&["-v=9"], &WHO_AM_I[..]].concat());
    assert_eq!(verbose.code, Some(0), "{verbose:?}");
    let [in_verbose] = job.take_issued().try_into().expect("one request for one run");
    for output in [&refused, &verbose] {
        for secret in [GithubJob::credential(), &issued.token, &in_verbose.token] {
            assert!(!format!("{output:?}").contains(secret), "{output:?}");
        }
    }
    for secret in [&issued.token, &in_verbose.token] {
        kubectl.expect_secret_absent(secret);
    }

    let without_permission = kubectl.in_environment(bed.local.environment());
    let output = without_permission.run(&WHO_AM_I);
    assert_ne!(output.code, Some(0));
    for part in ["ACTIONS_ID_TOKEN_REQUEST_URL", "`permissions: id-token: write`"] {
        assert!(output.stderr.contains(part), "{output:?}");
    }

    // An audience that a shell would read as something else arrives as it is.
    let audience = "it's $(id) \"&x=1\"; a+b";
    let exec = format!("{{ preset = \"github-actions\", audience = {audience:?} }}");
    let kubeconfig = kubeconfig_of(&bed, job.issuer(), &exec);
    let kubectl = in_job(&bed, &kubeconfig, &job.variables()).expect("as before").with_programs(&["curl"]);
    let output = kubectl.run(&WHO_AM_I);
    assert!(output.stderr.contains("Unauthorized") || output.stderr.contains("logged in"), "{output:?}");
    assert!(job.take_issued().iter().all(|issued| issued.audience == audience));
}

fn a_job_with_an_id_token_in_a_variable_logs_in_with_kubectl(host: &Host) {
    let job = GithubJob::start(SUBJECT, &[]);
    let bed = Bed::with_kubernetes(host);
    let exec = "{ preset = \"variable\", variable = \"KUBERNETES_ID_TOKEN\" }";
    let kubeconfig = kubeconfig_of(&bed, job.issuer(), exec);
    let token = |lifetime| {
        let token = block_on(job.issuer().id_token_for(SUBJECT, CLIENT, lifetime)).expect("an ID token");
        token.expose_secret().to_owned()
    };
    let run = |value: &str| {
        let variable = ("KUBERNETES_ID_TOKEN".to_owned(), value.to_owned());
        Some(in_job(&bed, &kubeconfig, &[variable])?.run(&WHO_AM_I))
    };
    let Some(output) = run(&token(3600)) else { return };
    let review: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!(user_name(&review), &json!(format!("ci:{SUBJECT}")));
    for (value, expected) in [
        (token(-60).as_str(), "KUBERNETES_ID_TOKEN has an ID token that expired at 20"),
        ("", "KUBERNETES_ID_TOKEN is not set or empty"),
        ("CW-SECRET-hunter2", "KUBERNETES_ID_TOKEN has no ID token"),
        ("e30.\"hunter2\".c2ln", "KUBERNETES_ID_TOKEN has no ID token"),
    ] {
        let output = run(value).expect("as before");
        assert_ne!(output.code, Some(0), "{output:?}");
        assert!(output.stderr.contains(expected) && !output.stderr.contains("hunter2"), "{output:?}");
    }
}

fn a_preset_with_attributes_of_another_is_an_error_without_a_request(host: &Host) {
    let bed = Bed::new(host);
    for (arguments, expected) in [
        ("exec = {}", "exec needs a command or a preset"),
        ("exec = { command = \"login\" }", "exec.command needs api_version"),
        ("exec = { preset = \"variable\" }", "exec.preset = \"variable\" needs exec.variable"),
        ("exec = { preset = \"github\" }", "\"github-actions\", \"variable\""),
        (
            "exec = { preset = \"github-actions\" }\nendpoint = \"managed\"",
            "accepts CoreWeave API access tokens only",
        ),
    ] {
        bed.write(
            "main.tf",
            &format!("data \"cks_kubeconfig\" \"job\" {{\ncluster_id = {CLUSTER_ID:?}\n{arguments}\n}}\n"),
        );
        bed.validate().failed().expect_error(&[expected]);
    }
    assert_eq!(bed.local.requests().len(), 0);
    bed.write(
        "main.tf",
        &format!(
            "data \"cks_kubeconfig\" \"job\" {{\ncluster_id = {CLUSTER_ID:?}\nexec = {{ preset = \"github-actions\" }}\n}}\n"
        ),
    );
    bed.plan().failed().expect_error(&["No audience for ID tokens", "cks_cluster_oidc.NAME.id"]);
}
