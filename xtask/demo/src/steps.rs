//! The story: what happens, which command does it, and what has to come of it.

mod drift;
mod people;
mod pipeline;
mod robots;
mod runs;

use std::{path::Path, sync::Arc};

use child_processes::Processes;
use secrecy::SecretString;

pub(crate) use self::{
    people::{as_user, login},
    runs::{CREATED, apply},
};
use crate::{
    environment::Environment, failure::Failure, jwt, kubectl::Kubectl, leftovers::Leftovers, requests::Login,
    snapshot, story::Story, terraform::line,
};

/// Everything up to and including `destroy`. Answers what runs still.
pub(crate) async fn tell(
    story: &mut Story,
    processes: Arc<Processes>,
    terraform: &Path,
) -> Result<Environment, Failure> {
    story.step("Start a CoreWeave of our own");
    let environment = start(story, processes, terraform).await?;
    let clusters =
        || (snapshot::of_cluster(&environment.cluster), snapshot::of_cluster(&environment.neighbour));
    let before = (clusters(), snapshot::of_kubernetes(&environment.cluster).await?);

    story.step("An ID token is refused: the cluster trusts nobody yet");
    let id_token = environment.id_token().await?;
    story.say("Ada logs in at the OpenID provider and gets an ID token. It says:");
    story.excerpt([jwt::claims(&id_token, &["iss", "aud", "email", "groups"])?]);
    story.say("She shows it to the cluster's unmanaged endpoint and asks who she is:");
    login(story, &environment, &id_token, &Login::Refused, "401 Unauthorized: nobody knows her").await?;

    story.step("Take the example, and initialise Terraform");
    runs::init(story, &environment).await?;

    story.step("See what Terraform would do");
    runs::plan_create(story, &environment).await?;

    story.step("Do it: one apply opens the cluster to people, a pipeline and robots");
    apply(story, &environment, CREATED).await?;

    story.step("Ada logs in with kubectl and kubelogin, and may do what her group may");
    let ada = people::log_in(story, &environment).await?;
    people::is_refused_what_the_role_does_not_give(story, &ada).await?;

    story.step("The pipeline works with its token");
    let pipeline = pipeline::works(story, &environment).await?;

    story.step("A robot shows its badge, and the webhook decides");
    robots::are_who_the_webhook_says(story, &environment).await?;

    story.step("A second plan has nothing to do");
    runs::plan_nothing(story, &environment).await?;

    story.step("The pipeline's token is rotated, and the old one revoked");
    pipeline::rotate(story, &environment, &pipeline).await?;

    story.step("Colleagues change things behind Terraform's back");
    drift::happens(story, &environment, &id_token).await?;

    story.step("Terraform shows it");
    drift::is_shown(story, &environment).await?;

    story.step("Terraform repairs it");
    drift::is_repaired(story, &environment, &id_token).await?;

    story.step("Take everything away again");
    destroy(story, &environment, &id_token).await?;
    let after = (clusters(), snapshot::of_kubernetes(&environment.cluster).await?);
    story.check("cluster demo is as it was found", &after.0.0, &before.0.0)?;
    story.check("cluster neighbour was never touched", &after.0.1, &before.0.1)?;
    let promise =
        format!("its Kubernetes is as it was found: {} objects compared one by one", before.1.len());
    story.check(&promise, &snapshot::differences(&before.1, &after.1), &Vec::new())?;
    Ok(environment)
}

/// Ends everything, and makes sure of it.
pub(crate) async fn stop(story: &mut Story, environment: Environment) -> Result<(), Failure> {
    story.step("Stop everything");
    let urls = [
        environment.local.api_url(),
        environment.local.proxy_url(),
        environment.issuer.issuer_url().to_owned(),
        environment.webhook.url(),
    ];
    let urls = urls.into_iter().chain(environment.cluster.kubernetes_url()).collect();
    let files = vec![environment.directory().to_owned(), environment.local.ca_file().to_owned()];
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

async fn start(story: &Story, processes: Arc<Processes>, terraform: &Path) -> Result<Environment, Failure> {
    story.say(
        "On loopback ports of this machine: CoreWeave's API with the clusters demo and neighbour, a real etcd,\n\
         kube-apiserver and kube-controller-manager behind demo, an OpenID provider that knows Ada, and a webhook that\n\
         knows the badge of a robot.",
    );
    let environment = Environment::start(processes, terraform).await?;
    for cluster in [&environment.cluster, &environment.neighbour] {
        let promise = format!("cluster {} is running", cluster.field("name").as_str().unwrap_or_default());
        story.check(&promise, &cluster.status().as_str(), &"STATUS_RUNNING")?;
    }
    story.say("An unchanged production configuration finds its way here by these, and nothing else:");
    let variables = &environment.variables;
    story.excerpt(variables.iter().map(|(name, value)| format!("export {name}={value}")));
    Ok(environment)
}

/// Gives up the protection of the namespace, destroys, and tries every credential once more.
async fn destroy(story: &Story, environment: &Environment, id_token: &SecretString) -> Result<(), Failure> {
    let name = environment.terraform.name();
    story.say(
        "The namespace is protected from a destroy: that is given up first, in pipeline.tf and by an apply.",
    );
    environment.terraform.edit("pipeline.tf", "deletion_protection = true", "deletion_protection = false")?;
    apply(story, environment, "0 added, 1 changed, 0 destroyed").await?;
    let pipeline = environment.terraform.output("ci_kubeconfig").await?;
    story.command(&format!("{name} destroy -auto-approve"));
    let output = environment.terraform.run(&["destroy", "-auto-approve"]).await?;
    let summary = line(&output, "Destroy complete!");
    story.excerpt([summary]);
    let expected = format!("Destroy complete! Resources: {} destroyed.", runs::RESOURCES);
    story.check("everything is destroyed", &summary, &expected.as_str())?;
    let promise = "401 Unauthorized: Ada's ID token is refused again";
    login(story, environment, id_token, &Login::Refused, promise).await?;
    let kubectl = Kubectl::new(environment, "pipeline-after", &pipeline)?;
    pipeline::is_refused(story, &kubectl, "the pipeline's token is refused").await?;
    robots::are_unknown(story, environment).await
}
