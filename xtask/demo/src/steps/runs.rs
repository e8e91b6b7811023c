//! Runs of Terraform, and checks of their output.

use crate::{
    environment::Environment,
    failure::Failure,
    local::Request,
    story::Story,
    terraform::{Terraform, changes, line},
};

/// Resources of the example.
pub(crate) const RESOURCES: u32 = 10;

/// Summary of the first apply.
pub(crate) const CREATED: &str = "10 added, 0 changed, 0 destroyed";

pub(super) async fn init(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let terraform = &environment.terraform;
    story.explain(&format!(
        "The configuration is examples/whole-job as it is, copied to {}, \
         with a terraform.tfvars that names the cluster, the issuer and the webhook.",
        terraform.directory().display()
    ));
    let output = terraform.run(&["version"]).await?;
    let version = ["Terraform v", "OpenTofu v"].map(|name| line(&output, name)).concat();
    story.explain(&format!("{} is {}: {version}.", terraform.name(), terraform.program().display()));
    story.check("it prints its version", &version.is_empty(), &false)?;
    story.command(&format!("{} init", terraform.name()));
    let output = terraform.run(&["init"]).await?;
    let installed = line(&output, "- Installed cks-community/cks");
    story.excerpt([installed]);
    story.check("the provider is found without a registry", &installed.is_empty(), &false)
}

pub(super) async fn plan_create(story: &Story, environment: &Environment) -> Result<(), Failure> {
    environment.local.clear_requests().await?;
    let output = plan(story, environment).await?;
    let summary = line(&output, "Plan:");
    let expected = format!("Plan: {RESOURCES} to add, 0 to change, 0 to destroy.");
    story.check("everything would be created", &summary, &expected.as_str())?;
    story.command("local-cks requests --json");
    let requests = environment.local.requests().await?;
    let writes: Vec<_> = requests.iter().filter(|request| !only_sends_reviews(request)).collect();
    let writes: Vec<_> =
        writes.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    story.check(
        &format!("the plan wrote nothing: {} requests, all of them reads or dry runs", requests.len()),
        &writes,
        &Vec::new(),
    )
}

/// Whether it writes nothing: a read, a dry run, or a review.
pub(super) fn only_sends_reviews(request: &Request) -> bool {
    request.method == "GET" || request.path.contains("dryRun=All") || request.path.ends_with("reviews")
}

pub(super) async fn plan_nothing(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let output = plan(story, environment).await?;
    let summary = line(&output, "No changes.");
    story.excerpt([summary]);
    story.check("configuration and cluster are equal", &summary.is_empty(), &false)
}

/// Runs a command that must succeed, and prints it. Returns its output.
pub(super) async fn run(story: &Story, terraform: &Terraform, arguments: &[&str]) -> Result<String, Failure> {
    story.command(&format!("{} {}", terraform.name(), arguments.join(" ")));
    terraform.run(arguments).await
}

/// Runs a plan, and prints the changes.
pub(super) async fn plan(story: &Story, environment: &Environment) -> Result<String, Failure> {
    story.command(&format!("{} plan", environment.terraform.name()));
    let output = environment.terraform.run(&["plan"]).await?;
    story
        .excerpt(changes(&output).into_iter().filter(|line| line.starts_with("# ") || line.starts_with('~')));
    let summary = line(&output, "Plan:");
    if !summary.is_empty() {
        story.excerpt([summary]);
    }
    Ok(output)
}

/// Applies, and checks the summary and the output with the endpoint.
pub(crate) async fn apply(story: &Story, environment: &Environment, expected: &str) -> Result<(), Failure> {
    story.command(&format!("{} apply -auto-approve", environment.terraform.name()));
    let output = environment.terraform.run(&["apply", "-auto-approve"]).await?;
    let summary = line(&output, "Apply complete!");
    let endpoint = line(&output, "unmanaged_endpoint =");
    story.excerpt([summary, endpoint]);
    let promise = format!("resources: {expected}");
    story.check(&promise, &summary, &format!("Apply complete! Resources: {expected}.").as_str())?;
    let host = environment.cluster.unmanaged_host();
    let promise = "its output is the cluster's unmanaged endpoint";
    story.check(promise, &endpoint, &format!("unmanaged_endpoint = \"https://{host}\"").as_str())
}
