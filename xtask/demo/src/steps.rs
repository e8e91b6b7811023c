//! The story: what happens, which command does it, and what has to come of it.

use std::{path::Path, time::Duration};

use local_cks::Cluster;
use secrecy::SecretString;
use serde_json::Value;

use crate::{
    environment::{Directory, EMAIL, Environment, GROUP},
    failure::Failure,
    jwt,
    leftovers::Leftovers,
    requests::{Login, Requests},
    story::Story,
    terraform::{changes, line},
};

/// What Terraform says after the first apply.
pub(crate) const CREATED: &str = "2 added, 0 changed, 0 destroyed";

/// Everything up to and including `destroy`. Answers what runs still.
pub(crate) async fn tell(
    story: &mut Story,
    directory: Directory,
    terraform: &Path,
) -> Result<Environment, Failure> {
    story.step("Start a CoreWeave of our own");
    let environment = start(story, directory, terraform).await?;
    let before = (state(&environment.cluster), state(&environment.neighbour));

    story.step("An ID token is refused: the cluster trusts nobody yet");
    let id_token = environment.id_token().await?;
    story.say("Ada logs in at the OpenID provider and gets an ID token. It says:");
    story.excerpt([jwt::claims(&id_token, &["iss", "aud", "email", "groups"])?]);
    story.say("She shows it to the cluster's unmanaged endpoint and asks who she is:");
    login(story, &environment, &id_token, &Login::Refused, "401 Unauthorized: nobody knows her").await?;

    story.step("Take the example, and initialise Terraform");
    init(story, &environment).await?;

    story.step("See what Terraform would do");
    plan_create(story, &environment).await?;

    story.step("Do it: the cluster trusts the OpenID provider");
    apply(story, &environment, CREATED).await?;
    story.say("Terraform waits until that is in force. The same ID token, the same question:");
    let ada = as_user("oidc:");
    let promise = format!("she is oidc:{EMAIL} in the group oidc:{GROUP}");
    login(story, &environment, &id_token, &ada, &promise).await?;

    story.step("A second plan has nothing to do");
    plan_nothing(story, &environment).await?;

    story.step("A colleague changes the cluster behind Terraform's back");
    let body = environment.requests.patch_oidc(&environment.cluster, "usernamePrefix", "corp:");
    let body = body.await?;
    story.request(&format!("PATCH {}", Requests::cluster_url(&environment.cluster)), &short(&body));
    settle(&environment).await?;
    story.say("Ada's ID token is what it was, but now it makes her somebody else, without her roles:");
    let promise = format!("she is corp:{EMAIL}");
    login(story, &environment, &id_token, &as_user("corp:"), &promise).await?;

    story.step("Terraform shows it");
    plan_drift(story, &environment).await?;

    story.step("Terraform repairs it");
    apply(story, &environment, "0 added, 1 changed, 0 destroyed").await?;
    story.say("It waits until that is in force, so at once:");
    let promise = format!("she is oidc:{EMAIL} again");
    login(story, &environment, &id_token, &ada, &promise).await?;

    story.step("Take the trust away again");
    story.command(&format!("{} destroy -auto-approve", environment.terraform.name()));
    let output = environment.terraform.run(&["destroy", "-auto-approve"]).await?;
    let summary = line(&output, "Destroy complete!");
    story.excerpt([summary]);
    story.check("trust and binding are destroyed", &summary, &"Destroy complete! Resources: 2 destroyed.")?;
    login(story, &environment, &id_token, &Login::Refused, "401 Unauthorized: the token is refused again")
        .await?;
    let after = (state(&environment.cluster), state(&environment.neighbour));
    story.check("cluster demo is as it was found", &after.0, &before.0)?;
    story.check("cluster neighbour was never touched", &after.1, &before.1)?;
    Ok(environment)
}

/// Ends everything, and makes sure of it.
pub(crate) async fn stop(story: &mut Story, environment: Environment) -> Result<(), Failure> {
    story.step("Stop everything");
    let urls = [
        environment.local.api_url(),
        environment.local.proxy_url(),
        environment.issuer.issuer_url().to_owned(),
    ];
    let urls = urls.into_iter().chain(environment.cluster.kubernetes_url()).collect();
    let files = vec![environment.directory.path().to_owned(), environment.local.ca_file().to_owned()];
    let leftovers = Leftovers::note(urls, files);
    environment.stop().await;
    let programs = leftovers.programs();
    if !programs.is_empty() {
        let promise = format!("no process is left ({} ran)", programs.join(", "));
        story.check(&promise, &leftovers.processes(), &Vec::new())?;
    }
    story.check("nothing listens any more", &leftovers.listeners(), &Vec::new())?;
    story.check("the temporary files are gone", &leftovers.files(), &Vec::new())
}

async fn start(story: &Story, directory: Directory, terraform: &Path) -> Result<Environment, Failure> {
    story.say(
        "On loopback ports of this machine: CoreWeave's API with the clusters demo and neighbour, a real etcd,\n\
         kube-apiserver and kube-controller-manager behind demo, and an OpenID provider that knows Ada.",
    );
    let environment = Environment::start(directory, terraform).await?;
    for cluster in [&environment.cluster, &environment.neighbour] {
        let promise = format!("cluster {} is running", cluster.field("name").as_str().unwrap_or_default());
        story.check(&promise, &cluster.status().as_str(), &"STATUS_RUNNING")?;
    }
    story.say("An unchanged production configuration finds its way here by these, and nothing else:");
    let variables = &environment.variables;
    story.excerpt(variables.iter().map(|(name, value)| format!("export {name}={value}")));
    Ok(environment)
}

async fn init(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let terraform = &environment.terraform;
    story.say(&format!(
        "The configuration is examples/people-by-oidc as it is, copied to {}\n\
         with a terraform.tfvars that names the cluster and the issuer.",
        terraform.directory().display()
    ));
    let output = terraform.run(&["version"]).await?;
    let version = ["Terraform v", "OpenTofu v"].map(|name| line(&output, name)).concat();
    story.say(&format!("{} is {}: {version}.", terraform.name(), terraform.program().display()));
    story.check("it says its version", &version.is_empty(), &false)?;
    story.command(&format!("{} init", terraform.name()));
    let output = terraform.run(&["init"]).await?;
    let installed = line(&output, "- Installed cks-community/cks");
    story.excerpt([installed]);
    story.check("the provider is found without a registry", &installed.is_empty(), &false)
}

async fn plan_create(story: &Story, environment: &Environment) -> Result<(), Failure> {
    environment.local.clear_requests();
    let output = plan(story, environment).await?;
    let summary = line(&output, "Plan:");
    let promise = "the trust and a binding would be created";
    story.check(promise, &summary, &"Plan: 2 to add, 0 to change, 0 to destroy.")?;
    let requests = environment.local.requests();
    let changes =
        requests.iter().any(|request| request.method != "GET" && !request.path.contains("dryRun=All"));
    story.check(
        "the plan changed nothing: only reads and dry runs",
        &(!requests.is_empty() && !changes),
        &true,
    )
}

async fn plan_nothing(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let output = plan(story, environment).await?;
    let summary = line(&output, "No changes.");
    story.excerpt([summary]);
    story.check("what is configured is what there is", &summary.is_empty(), &false)
}

async fn plan_drift(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let output = plan(story, environment).await?;
    let change = r#"~ username_prefix = "corp:" -> "oidc:""#;
    let shown = changes(&output).iter().any(|line| line == change);
    story.check("the plan shows the colleague's change, and the way back", &shown, &true)?;
    let summary = line(&output, "Plan:");
    story.check(
        "in place: nobody's cluster is replaced",
        &summary,
        &"Plan: 0 to add, 1 to change, 0 to destroy.",
    )
}

/// Runs a plan, and tells what would change.
async fn plan(story: &Story, environment: &Environment) -> Result<String, Failure> {
    story.command(&format!("{} plan", environment.terraform.name()));
    let output = environment.terraform.run(&["plan"]).await?;
    story.excerpt(changes(&output));
    let summary = line(&output, "Plan:");
    if !summary.is_empty() {
        story.excerpt([summary]);
    }
    Ok(output)
}

/// Applies, and makes sure of what Terraform says it did and of the endpoint that it answers.
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

/// Asks the unmanaged endpoint who the token's owner is.
pub(crate) async fn login(
    story: &Story,
    environment: &Environment,
    id_token: &SecretString,
    expected: &Login,
    promise: &str,
) -> Result<(), Failure> {
    let url = Requests::login_url(&environment.cluster);
    story.request(&format!("POST {url}"), "Authorization: Bearer (Ada's ID token)");
    let found = environment.requests.log_in(&environment.cluster, id_token).await?;
    if let Login::Accepted { user, groups } = &found {
        story.excerpt([format!("user {user}, groups {}", groups.join(", "))]);
    }
    story.check(promise, &found, expected)
}

/// Ada as Kubernetes knows her when this is put before all names of the issuer's; groups keep theirs.
pub(crate) fn as_user(prefix: &str) -> Login {
    Login::Accepted {
        user: format!("{prefix}{EMAIL}"),
        groups: vec![format!("oidc:{GROUP}"), "system:authenticated".to_owned()],
    }
}

async fn settle(environment: &Environment) -> Result<(), Failure> {
    let within = Duration::from_mins(2);
    if environment.cluster.settled(within).await {
        Ok(())
    } else {
        Err(Failure::new("the cluster did not come back within two minutes of the colleague's change"))
    }
}

/// The cluster as the API has it, but for the time of the last change.
fn state(cluster: &Cluster) -> Value {
    let mut state = cluster.json().unwrap_or_default();
    if let Some(fields) = state.as_object_mut() {
        fields.remove("updatedAt");
    }
    state
}

/// A body with its certificate shortened.
fn short(body: &Value) -> String {
    let mut body = body.clone();
    body["oidc"]["ca"] = "…".into();
    body.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_told_without_its_long_certificate() {
        let body = serde_json::json!({"id": "1", "oidc": {"ca": "LS0tLS1…", "clientId": "kubernetes"}});
        assert_eq!(short(&body), r#"{"id":"1","oidc":{"ca":"…","clientId":"kubernetes"}}"#);
    }
}
