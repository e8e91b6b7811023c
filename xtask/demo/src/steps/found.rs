//! What people made with kubectl is found by a query, and imported without a change.

use std::fs;

use super::runs::{only_sends_reviews, run};
use crate::{
    environment::Environment,
    failure::Failure,
    kubectl::Kubectl,
    story::Story,
    terraform::{Terraform, line},
};

/// The objects, as kubectl creates them.
const OBJECTS: &str = include_str!("../../estate/hand-made.yaml");

/// The configuration, without any object.
const MAIN: &str = include_str!("../../estate/hand-made.tf");

/// The lists.
const LISTS: &str = include_str!("../../estate/hand-made.tfquery.hcl");

pub(super) async fn is_imported(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let name = environment.terraform.name();
    if !environment.terraform.has_actions_and_queries().await? {
        story.explain(&format!("Not shown: queries need Terraform 1.14, and {name} has none."));
        return Ok(());
    }
    let terraform = environment.terraform.in_directory(&environment.directory().join("hand-made"))?;
    are_made(story, environment, &terraform).await?;
    story.explain(
        "Three lists look for their label in all clusters of the organisation. In hand-made.tfquery.hcl:",
    );
    story.excerpt(LISTS.lines().take_while(|line| !line.is_empty()));
    terraform.write("main.tf", MAIN)?;
    terraform.write("terraform.tfvars", &format!("cluster_id = {:?}\n", environment.cluster.id))?;
    terraform.write("hand-made.tfquery.hcl", LISTS)?;
    terraform.run(&["init"]).await?;
    environment.local.clear_requests().await?;
    let output = run(story, &terraform, &["query", "-generate-config-out=generated.tf"]).await?;
    let found: Vec<_> = output.lines().filter(|line| line.starts_with("list.cks_")).collect();
    story.excerpt(found.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")));
    story.check("the query finds the four objects", &found.len(), &4)?;
    story.explain("With -generate-config-out it has written their configuration, with import blocks:");
    let output = run(story, &terraform, &["apply", "-auto-approve"]).await?;
    let summary = line(&output, "Apply complete!");
    story.excerpt([summary]);
    let expected = "Apply complete! Resources: 4 imported, 0 added, 0 changed, 0 destroyed.";
    story.check("they are imported, and the plan changes none of them", &summary, &expected)?;
    let requests = environment.local.requests().await?;
    let writes = requests.iter().filter(|request| !only_sends_reviews(request));
    let writes: Vec<_> = writes.map(|request| format!("{} {}", request.method, request.path)).collect();
    story.check("no write was sent", &writes, &Vec::new())?;
    let output = run(story, &terraform, &["destroy", "-auto-approve"]).await?;
    let summary = line(&output, "Destroy complete!");
    story.excerpt([summary]);
    story.check("now they are Terraform's", &summary, &"Destroy complete! Resources: 4 destroyed.")
}

async fn are_made(story: &Story, environment: &Environment, terraform: &Terraform) -> Result<(), Failure> {
    let kubectl = Kubectl::admin(environment, "by-hand")?;
    let file = terraform.directory().join("hand-made.yaml");
    fs::write(&file, OBJECTS).map_err(Failure::io("write", &file))?;
    story.command("kubectl create -f hand-made.yaml");
    let output = kubectl.run(&["create", "-f", &file.display().to_string()]).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines()));
    story.check("people have made objects without Terraform", &output.stdout.lines().count(), &4)
}
