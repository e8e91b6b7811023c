//! A pipeline: a ServiceAccount's token is used, rotated, and revoked.

use std::time::{Duration, Instant};

use super::runs;
use crate::{environment::Environment, failure::Failure, kubectl::Kubectl, story::Story};

/// kube-apiserver caches tokens for ten seconds, and reads deletions some time later.
const REVOKED_WITHIN: Duration = Duration::from_mins(2);

/// The pipeline deploys with its kubeconfig.
pub(super) async fn works(story: &Story, environment: &Environment) -> Result<Kubectl, Failure> {
    let kubectl = kubectl(story, environment, "pipeline").await?;
    story.command("kubectl create configmap release --from-literal=version=1");
    let output = kubectl.run(&["create", "configmap", "release", "--from-literal=version=1"]).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines()));
    story.check("it deploys in its namespace", &output.stdout.as_str(), &"configmap/release created")?;
    story.command("kubectl get configmaps --namespace=kube-system");
    let output = kubectl.run(&["get", "configmaps", "--namespace=kube-system"]).await?;
    story.excerpt(output.stderr.lines());
    let rejected = !output.succeeded && output.stderr.contains("system:serviceaccount:team-a:ci");
    story.check("and in no other: Forbidden", &rejected, &true)?;
    Ok(kubectl)
}

/// kubectl with the pipeline's current kubeconfig.
pub(super) async fn kubectl(
    story: &Story,
    environment: &Environment,
    home: &str,
) -> Result<Kubectl, Failure> {
    story.command(&format!("{} output -raw ci_kubeconfig > kubeconfig", environment.terraform.name()));
    Kubectl::new(environment, home, &environment.terraform.output("ci_kubeconfig").await?)
}

/// A person who has read the token leaves.
pub(super) async fn rotate(story: &Story, environment: &Environment, old: &Kubectl) -> Result<(), Failure> {
    story.explain("A person who has read the token leaves. In pipeline.tf:");
    let trigger = "rotate_before = \"240h\"\n\n  on_rotation       = \"revoke\"\n  rotation_triggers = { reason = \"leaked\" }";
    story.excerpt(trigger.lines().skip(2).map(|line| format!("+ {}", line.trim())));
    environment.terraform.edit("pipeline.tf", "rotate_before = \"240h\"", trigger)?;
    let output = runs::plan(story, environment).await?;
    let in_place = output.contains("cks_service_account_token.ci will be updated in-place");
    story.check("the plan rotates the token in place", &in_place, &true)?;
    runs::apply(story, environment, "0 added, 1 changed, 0 destroyed").await?;
    let new = kubectl(story, environment, "pipeline-rotated").await?;
    let output = new.run(&["get", "configmap", "release", "--output=name"]).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines()));
    story.check("the new token works", &output.stdout.as_str(), &"configmap/release")?;
    expect_rejected(story, old, "the previous token is rejected").await
}

/// The token in this kubeconfig is rejected once kube-apiserver's cache has expired.
pub(super) async fn expect_rejected(story: &Story, kubectl: &Kubectl, promise: &str) -> Result<(), Failure> {
    let begun = Instant::now();
    story.command("kubectl get configmaps");
    loop {
        let output = kubectl.run(&["get", "configmaps"]).await?;
        let rejected = !output.succeeded && output.stderr.contains("must be logged in to the server");
        if rejected || begun.elapsed() > REVOKED_WITHIN {
            story.excerpt(output.stderr.lines().take(2));
            return story.check(
                &format!("{promise} ({} s later)", begun.elapsed().as_secs()),
                &rejected,
                &true,
            );
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
