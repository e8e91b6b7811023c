//! Pipelines without a stored secret, end to end: an administrator applies the example, and then each job applies its own configuration and
//! runs kubectl with nothing but its ID token. The job's environment is that of the pipeline, and local CKS' own issuer takes the place of the
//! pipeline's.

use local_cks::{Call, OpenIdProvider, User};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    on_terraform,
    scenarios::examples::{bed, example, put},
    support::{Bed, GithubJob, Host, Kubectl, Run, block_on},
};

on_terraform!(
    a_workflow_of_github_actions_needs_no_stored_secret,
    a_workflow_whose_subject_has_ids_is_bound_by_its_prefix,
    a_pipeline_of_gitlab_needs_no_stored_secret,
    a_workspace_of_hcp_terraform_needs_no_stored_secret_and_its_plans_only_read,
);

/// Applies the example as an administrator, and enters the directory of the job without any CoreWeave token.
fn set_up(bed: &mut Bed, name: &str) -> Run {
    put(bed, &example(name));
    let set_up = bed.apply().succeeded();
    assert_eq!(set_up.warnings(), [], "an example should need no warning\n{set_up}");
    for name in ["cluster_id", "host"] {
        bed.set_variable(&format!("TF_VAR_{name}"), set_up.output(name).as_str());
    }
    bed.set_variable("COREWEAVE_API_TOKEN", None);
    put(bed, &example(&format!("{name}/job")));
    bed.log_everything();
    bed.local.clear_requests();
    set_up
}

/// Plans and applies the job, then runs kubectl with the kubeconfig, if there is one. Returns all output.
fn run_job(bed: &Bed, kubeconfig: Option<&Value>, variables: &[(String, String)]) -> Vec<String> {
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "an example should need no warning\n{planned}");
    let applied = bed.apply_plan().succeeded();
    bed.plan().expect_empty();
    let mut outputs = vec![planned.to_string(), applied.to_string()];
    let kubeconfig = kubeconfig.map(|text| text.as_str().expect("a text"));
    if let Some(kubectl) = kubeconfig.and_then(Kubectl::with) {
        // Only the network is that of local CKS.
        let network = bed.local.environment().into_iter().filter(|(name, _)| name != "COREWEAVE_API_TOKEN");
        let kubectl = kubectl.with_programs_of_presets().with_programs(&["curl"]);
        let kubectl = kubectl.in_environment(network.chain(variables.to_vec()).collect());
        let account = kubectl.json(&["get", "serviceaccount", "robot", "-o", "json"]);
        assert_eq!(account["metadata"]["namespace"], "team-a", "the namespace of the context");
        let elsewhere = kubectl.run(&["get", "serviceaccounts", "--namespace=kube-system"]);
        assert!(elsewhere.stderr.contains("Forbidden"), "{elsewhere:?}");
        outputs.extend([account.to_string(), format!("{elsewhere:?}")]);
    }
    outputs
}

/// Nothing but the unmanaged endpoint was called.
#[track_caller]
fn expect_no_call_of_coreweave(bed: &Bed) {
    let calls: Vec<_> = bed.local.requests().iter().map(|request| request.call).collect();
    assert!(!calls.is_empty() && calls.iter().all(|call| *call == Call::Unmanaged), "{calls:?}");
}

fn a_workflow_of_github_actions_needs_no_stored_secret(host: &Host) {
    let job = GithubJob::start("repo:example/infrastructure:ref:refs/heads/main", &[]);
    let mut bed = bed(host, job.issuer());
    let kubeconfig = set_up(&mut bed, "github-actions").output("kubeconfig").clone();
    job.enter(&mut bed);
    let mut outputs = run_job(&bed, Some(&kubeconfig), &job.variables());
    outputs.push(bed.destroy().succeeded().to_string());
    expect_no_call_of_coreweave(&bed);
    let issued = job.take_issued();
    assert!(issued.len() >= 5, "each process requests its own: {}", issued.len());
    assert!(issued.iter().all(|issued| issued.audience == "terraform"), "{issued:?}");
    outputs.push(kubeconfig.to_string());
    for secret in issued.iter().map(|issued| issued.token.as_str()).chain([GithubJob::credential()]) {
        bed.expect_secret_absent(secret, &outputs);
    }
}

fn a_workflow_whose_subject_has_ids_is_bound_by_its_prefix(host: &Host) {
    let prefix = "repo:example@1001/infrastructure@2002";
    let job = GithubJob::start(&format!("{prefix}:ref:refs/heads/main"), &[]);
    let mut bed = bed(host, job.issuer());
    bed.set_variable("TF_VAR_subject_prefix", Some(prefix));
    set_up(&mut bed, "github-actions");
    job.enter(&mut bed);
    run_job(&bed, None, &[]);
    expect_no_call_of_coreweave(&bed);
}

/// An issuer whose tokens have this subject and this claim, and a token of it.
fn issuer(subject: &str, claim: (&str, &str)) -> OpenIdProvider {
    let user = User::new(subject).claim(claim.0, json!(claim.1));
    block_on(OpenIdProvider::start(vec![user])).expect("an OpenID provider")
}

fn token(issuer: &OpenIdProvider, subject: &str, audience: &str) -> String {
    let token = block_on(issuer.id_token_for(subject, audience, 3600)).expect("an ID token");
    token.expose_secret().to_owned()
}

fn a_pipeline_of_gitlab_needs_no_stored_secret(host: &Host) {
    let subject = "project_path:example/infrastructure:ref_type:branch:ref:main";
    let issuer = issuer(subject, ("project_path", "example/infrastructure"));
    let mut bed = bed(host, &issuer);
    let kubeconfig = set_up(&mut bed, "gitlab-ci").output("kubeconfig").clone();
    let token = token(&issuer, subject, "terraform");
    bed.set_variable("CKS_ID_TOKEN", Some(&token));
    let mut outputs = run_job(&bed, Some(&kubeconfig), &[("CKS_ID_TOKEN".to_owned(), token.clone())]);
    outputs.extend([kubeconfig.to_string(), bed.destroy().succeeded().to_string()]);
    expect_no_call_of_coreweave(&bed);
    bed.expect_secret_absent(&token, &outputs);
}

fn a_workspace_of_hcp_terraform_needs_no_stored_secret_and_its_plans_only_read(host: &Host) {
    const VARIABLE: &str = "TFC_WORKLOAD_IDENTITY_TOKEN_CKS";
    let workspace = "organization:example:project:Default Project:workspace:infrastructure:run_phase";
    let subjects = ["plan", "apply"].map(|phase| format!("{workspace}:{phase}"));
    let users = subjects
        .iter()
        .map(|subject| User::new(subject).claim("terraform_organization_name", json!("example")));
    let issuer = block_on(OpenIdProvider::start(users.collect())).expect("an OpenID provider");
    let mut bed = bed(host, &issuer);
    set_up(&mut bed, "hcp-terraform");
    let [of_plan, of_apply] = subjects.each_ref().map(|subject| token(&issuer, subject, "cks"));

    // HCP Terraform issues a token to each phase.
    bed.set_variable(VARIABLE, Some(&of_plan));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "an example should need no warning\n{planned}");
    let refused = bed.apply_plan().failed();
    refused.expect_error(&["Not allowed by Kubernetes", "create"]);
    let planned = bed.plan().succeeded();
    bed.set_variable(VARIABLE, Some(&of_apply));
    let applied = bed.apply_plan().succeeded();
    bed.set_variable(VARIABLE, Some(&of_plan));
    bed.plan().expect_empty();
    expect_no_call_of_coreweave(&bed);
    let outputs = [planned, refused, applied].map(|run| run.to_string());
    for secret in [&of_plan, &of_apply] {
        bed.expect_secret_absent(secret, &outputs);
    }
}
