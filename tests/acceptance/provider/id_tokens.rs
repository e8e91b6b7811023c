//! The run's own ID token as credentials for the unmanaged endpoint: from a variable, from a file, and of GitHub Actions. No secret is stored.

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::{
    on_terraform,
    support::{
        Bed, CLIENT, CLUSTER_ID, GithubJob, Host, Response, block_on, provider, trust, wait_until, who_am_i,
    },
};

on_terraform!(
    a_run_applies_with_its_own_id_token_that_does_not_leak,
    a_rejected_id_token_of_github_actions_is_requested_once_more,
    a_missing_id_token_is_reported_with_what_to_set,
    an_id_token_at_the_managed_endpoint_is_refused_without_a_request,
);

/// Subject of a job's tokens.
const SUBJECT: &str = "repo:acme/infrastructure:ref:refs/heads/main";

/// Name of the variable of the tests with `env`.
const VARIABLE: &str = "TFC_WORKLOAD_IDENTITY_TOKEN_CKS";

/// A cluster that trusts the job's issuer, and makes its group an administrator.
fn trusting_bed(host: &Host, job: &GithubJob) -> Bed {
    let bed = Bed::with_kubernetes(host);
    let groups =
        "groups_claim = \"groups\"\n  groups_prefix = \"ci:\"\n  admin_group_binding = \"ci:deployers\"";
    bed.write("main.tf", &trust(job.issuer(), "ci:", "sub", groups));
    bed.apply().succeeded();
    // The trust stays, and the job has a state of its own.
    bed.clear();
    wait_until("the binding of the job's group is in force", || {
        let review = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": "ci:x", "groups": ["ci:deployers"], "resourceAttributes": {"verb": "create", "resource": "namespaces"}},
        });
        let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        bed.kubernetes("POST", reviews, Some(review)).1["status"]["allowed"] == true
    });
    bed
}

fn job() -> GithubJob {
    GithubJob::start(SUBJECT, &["deployers"])
}

/// A namespace, and the caller's identity after it exists.
fn configuration(name: &str) -> String {
    format!(
        "resource \"cks_namespace\" \"example\" {{\n  cluster_id = {CLUSTER_ID:?}\n  name = {name:?}\n  deletion_protection = false\n}}\n{}",
        who_am_i("")
    )
}

fn id_token(attributes: &str) -> String {
    provider(&[&format!("endpoint = \"unmanaged\"\noidc_token = {{\n{attributes}\n}}")], "")
}

fn outside_directory() -> TempDir {
    tempfile::Builder::new().prefix("cks-elsewhere-").tempdir().expect("a temporary directory")
}

fn token(job: &GithubJob, lifetime: i64) -> String {
    let token = block_on(job.issuer().id_token_for(SUBJECT, CLIENT, lifetime)).expect("an ID token");
    token.expose_secret().to_owned()
}

fn a_run_applies_with_its_own_id_token_that_does_not_leak(host: &Host) {
    let job = job();
    let mut bed = trusting_bed(host, &job);
    let directory = outside_directory();
    let file = directory.path().join("token");
    let (in_variable, in_file) = (token(&job, 3600), token(&job, 3600));
    std::fs::write(&file, format!("{in_file}\n")).expect("the directory is ours");
    bed.set_variable(VARIABLE, Some(&in_variable));
    job.enter(&mut bed);
    bed.log_everything();
    let mut outputs = Vec::new();
    for (name, attributes) in [
        ("variable", format!("env = {VARIABLE:?}")),
        ("file", format!("file = {:?}", file.display().to_string())),
        ("github", format!("github_actions = true\naudience = {CLIENT:?}")),
    ] {
        eprintln!("{attributes}");
        bed.write("provider.tf", &id_token(&attributes));
        bed.write("main.tf", &configuration(name));
        for run in [bed.plan(), bed.apply_plan(), bed.plan(), bed.destroy()] {
            let run = run.succeeded();
            if let Some(username) = run.output("it")["username"].as_str() {
                assert_eq!(username, format!("ci:{SUBJECT}"));
            }
            outputs.push(run.to_string());
        }
    }
    let issued = job.take_issued();
    // One for each process of the provider that needed it, however many requests it sent to Kubernetes.
    assert!((4..=8).contains(&issued.len()), "{}", issued.len());
    assert!(issued.iter().all(|issued| issued.audience == CLIENT), "{issued:?}");
    let tokens = issued.iter().map(|issued| issued.token.as_str());
    let log = bed.log();
    assert!(log.contains("requested an ID token of GitHub Actions"), "the provider's own line is in the log");
    for secret in tokens.chain([in_variable.as_str(), in_file.as_str(), GithubJob::credential()]) {
        bed.expect_secret_absent(secret, &outputs);
    }
}

fn a_rejected_id_token_of_github_actions_is_requested_once_more(host: &Host) {
    let job = job();
    let mut bed = trusting_bed(host, &job);
    job.enter(&mut bed);
    bed.write("provider.tf", &id_token(&format!("github_actions = true\naudience = {CLIENT:?}")));
    bed.write("main.tf", &who_am_i(""));
    job.respond(Response::TokenForAnotherClient);
    let read = bed.plan().succeeded();
    assert_eq!(job.take_issued().len(), 2, "{read}");
    for _ in 0..2 {
        job.respond(Response::TokenForAnotherClient);
    }
    let rejected = bed.plan().failed();
    rejected.expect_error(&[
        "Credentials rejected by Kubernetes",
        "the ID token of GitHub Actions for the audience \"kubernetes\"",
    ]);
    assert_eq!(job.take_issued().len(), 2, "it is not requested a third time\n{rejected}");
}

fn a_missing_id_token_is_reported_with_what_to_set(host: &Host) {
    let job = job();
    let mut bed = trusting_bed(host, &job);
    bed.write("main.tf", &who_am_i(""));
    let missing = outside_directory().path().join("missing").display().to_string();
    let file = format!("file = {missing:?}");
    let expired = token(&job, -60);
    for (attributes, parts) in [
        (
            "env = \"TOKEN_OF_THE_RUN\"",
            vec!["TOKEN_OF_THE_RUN", "kubernetes[0].oidc_token.env", "is not set"],
        ),
        (file.as_str(), vec![missing.as_str(), "kubernetes[0].oidc_token.file", "cannot be read"]),
        (
            "github_actions = true",
            vec!["ACTIONS_ID_TOKEN_REQUEST_URL", "`permissions: id-token: write`", "is not set"],
        ),
    ] {
        bed.write("provider.tf", &id_token(attributes));
        bed.plan().failed().expect_error(&parts);
    }
    job.enter(&mut bed);
    bed.write("provider.tf", &id_token("github_actions = true\naudience = \"mine\""));
    job.respond(Response::Forbidden);
    let refused = bed.plan().failed();
    refused.expect_error(&[
        "for the audience \"mine\"",
        "HTTP 403",
        "the job of [token] may not request tokens",
    ]);
    bed.set_variable(VARIABLE, Some(&expired));
    bed.write("provider.tf", &id_token(&format!("env = {VARIABLE:?}")));
    let rejected = bed.plan().failed();
    let audience = format!("audience {CLIENT:?}");
    let issuer = format!("issuer {:?}", job.issuer().issuer_url());
    rejected.expect_error(&[
        "Credentials rejected by Kubernetes",
        VARIABLE,
        &audience,
        &issuer,
        "expired at 20",
    ]);
    for secret in [GithubJob::credential(), &expired] {
        bed.expect_secret_absent(secret, &[refused.to_string(), rejected.to_string()]);
    }
}

fn an_id_token_at_the_managed_endpoint_is_refused_without_a_request(host: &Host) {
    let bed = Bed::new(host);
    bed.write("main.tf", &who_am_i(""));
    bed.write("provider.tf", &id_token("github_actions = true").replace("unmanaged", "managed"));
    bed.validate().failed().expect_error(&[
        "kubernetes[0].oidc_token",
        "accepts CoreWeave API tokens only",
        "endpoint = \"unmanaged\"",
    ]);
    assert_eq!(bed.local.requests().len(), 0);
}
