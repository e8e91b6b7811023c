//! A token leaks: an action revokes all of the pipeline's tokens, and the next apply rotates the one in the state.

use super::{pipeline, runs};
use crate::{environment::Environment, failure::Failure, story::Story};

/// The action for the ServiceAccount of the example's pipeline.
const ACTION: &str = r#"action "cks_revoke_service_account_tokens" "ci" {
  config {
    cluster_id      = local.cluster_id
    namespace       = cks_service_account.ci.namespace
    service_account = cks_service_account.ci.name
  }
}
"#;

pub(super) async fn is_by_action(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let terraform = &environment.terraform;
    if !terraform.has_actions_and_queries().await? {
        story.explain(&format!("Not shown: actions need Terraform 1.14, and {} has none.", terraform.name()));
        return Ok(());
    }
    let leaked = pipeline::kubectl(story, environment, "pipeline-leaked").await?;
    story.explain("The token of the pipeline has leaked. In revoke.tf:");
    story.excerpt(ACTION.lines());
    terraform.write("revoke.tf", ACTION)?;
    let invoke = "-invoke=action.cks_revoke_service_account_tokens.ci";
    story.command(&format!("{} apply -auto-approve {invoke}", terraform.name()));
    let output = terraform.run(&["apply", "-auto-approve", invoke]).await?;
    let shown: Vec<_> = output.lines().filter(|line| line.starts_with("Action ")).collect();
    story.excerpt(shown.iter().map(|line| line.chars().take(160).collect::<String>()));
    let revoked = shown.iter().filter(|line| line.contains("Revoked: Secret team-a/ci-token-")).count();
    story.check("the action names the token that it revokes", &revoked, &1)?;
    pipeline::expect_rejected(story, &leaked, "the leaked token is rejected").await?;

    let output = runs::plan(story, environment).await?;
    let warning = output.lines().skip_while(|line| !line.starts_with("The token of ServiceAccount "));
    let warning: Vec<_> = warning.take_while(|line| !line.is_empty()).collect();
    story.excerpt(warning.iter().copied());
    // Terraform breaks its lines.
    let is_its_secret = warning.join(" ").contains("will be rotated: its Secret team-a/ci-token-");
    story.check("the next plan rotates it, and says why", &is_its_secret, &true)?;
    runs::apply(story, environment, "0 added, 1 changed, 0 destroyed").await?;
    let new = pipeline::kubectl(story, environment, "pipeline-new").await?;
    let output = new.run(&["get", "configmap", "release", "--output=name"]).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines()));
    story.check("the pipeline works again", &output.stdout.as_str(), &"configmap/release")
}
