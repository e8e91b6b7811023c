//! Another provider, hashicorp/kubernetes, with a token for one run; and the move of what it made.

use std::{
    fs,
    time::{Duration, Instant},
};

use secrecy::SecretString;

use super::runs::{only_sends_reviews, run};
use crate::{
    environment::Environment,
    failure::Failure,
    local::Request,
    requests::Login,
    story::Story,
    terraform::{Terraform, changes, line},
};

/// The configuration, without the objects that move.
const MAIN: &str = include_str!("../../estate/main.tf");

/// The objects as resources of hashicorp/kubernetes.
const FORMER: &str = include_str!("../../estate/former.tf");

/// The same objects as resources of this provider.
const MOVED: &str = include_str!("../../estate/moved.tf");

/// kube-apiserver caches tokens for ten seconds.
const REVOKED_WITHIN: Duration = Duration::from_mins(1);

/// Applies as hashicorp/kubernetes. Returns the Terraform in the directory.
pub(super) async fn is_made(story: &Story, environment: &Environment) -> Result<Terraform, Failure> {
    let terraform = environment.terraform.in_directory(&environment.directory().join("estate"))?;
    story.explain(
        "hashicorp/kubernetes gets host and token of a ServiceAccount from an ephemeral resource, which is in no plan and no state:",
    );
    let excerpt = MAIN.lines().skip_while(|line| !line.starts_with("provider \"kubernetes\""));
    story.excerpt(excerpt.take(3));
    terraform.write("main.tf", MAIN)?;
    terraform.write("former.tf", FORMER)?;
    let output = run(story, &terraform, &["init"]).await?;
    let installed = line(&output, "- Installed hashicorp/kubernetes");
    story.excerpt([installed]);
    story.check("the other provider is installed", &installed.is_empty(), &false)?;
    let output = run(story, &terraform, &["apply", "-auto-approve"]).await?;
    expect_applied(story, &output, "6 added, 0 changed, 0 destroyed")?;
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/reader";
    let binding = environment.requests.kubernetes(&environment.cluster, path).await?;
    let promise = "hashicorp/kubernetes made namespace, role and binding";
    story.check(promise, &binding["metadata"]["name"], &"reader".into())?;

    let copy = terraform.directory().join("copy-of-token");
    let token = fs::read_to_string(&copy).map_err(Failure::io("read", &copy))?;
    let state = terraform.directory().join("terraform.tfstate");
    let text = fs::read_to_string(&state).map_err(Failure::io("read", &state))?;
    story.check("the state does not have the token", &text.contains(&token), &false)?;
    story.explain("The run is over. Its token is sent once more:");
    expect_rejected(story, environment, &token.into()).await?;
    Ok(terraform)
}

async fn expect_rejected(
    story: &Story,
    environment: &Environment,
    token: &SecretString,
) -> Result<(), Failure> {
    let url = environment.cluster.login_url();
    story.request(&format!("POST {url}"), "Authorization: Bearer (the token of the run)");
    let begun = Instant::now();
    loop {
        let found = environment.requests.log_in(&environment.cluster, token).await?;
        if found == Login::Rejected || begun.elapsed() > REVOKED_WITHIN {
            let promise = format!("401 Unauthorized: it is revoked ({} s later)", begun.elapsed().as_secs());
            return story.check(&promise, &found, &Login::Rejected);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Moves the objects, and destroys them.
pub(super) async fn moves(
    story: &Story,
    environment: &Environment,
    terraform: &Terraform,
) -> Result<(), Failure> {
    story.explain(
        "Resources of this provider take the place of those of hashicorp/kubernetes, with `moved` blocks:",
    );
    story.excerpt(MOVED.lines().skip_while(|line| !line.starts_with("moved")).take(4));
    terraform.remove("former.tf")?;
    terraform.write("moved.tf", MOVED)?;
    environment.local.clear_requests().await?;
    let output = run(story, terraform, &["plan", "-out=moves"]).await?;
    story.excerpt(changes(&output).into_iter().filter(|line| line.starts_with("# ")));
    let summary = line(&output, "Plan:");
    story.excerpt([summary]);
    let expected = "Plan: 0 to add, 3 to change, 0 to destroy.";
    story.check("one update in place for each", &summary, &expected)?;
    let output = run(story, terraform, &["apply", "moves"]).await?;
    expect_applied(story, &output, "0 added, 3 changed, 0 destroyed")?;
    let requests = environment.local.requests().await?;
    let writes = requests.iter().filter(|request| is_write(request));
    let writes: Vec<_> = writes.map(|request| format!("{} {}", request.method, request.path)).collect();
    story.check("no write was sent to the objects", &writes, &Vec::new())?;
    let output = run(story, terraform, &["destroy", "-auto-approve"]).await?;
    let summary = line(&output, "Destroy complete!");
    story.excerpt([summary]);
    story.check(
        "they are managed here, and destroyed",
        &summary,
        &"Destroy complete! Resources: 6 destroyed.",
    )
}

/// Not for the token of the run.
fn is_write(request: &Request) -> bool {
    let is_of_token = ["/secrets", "/token?"].iter().any(|part| request.path.contains(part));
    !only_sends_reviews(request) && !is_of_token
}

fn expect_applied(story: &Story, output: &str, expected: &str) -> Result<(), Failure> {
    let summary = line(output, "Apply complete!");
    story.excerpt([summary]);
    let promise = format!("resources: {expected}");
    story.check(&promise, &summary, &format!("Apply complete! Resources: {expected}.").as_str())
}
