//! The steps: explanations, commands, and checks.

mod drift;
mod estate;
mod found;
mod people;
mod pipeline;
mod revocation;
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

/// All steps up to and including `destroy`. Returns what still runs.
pub(crate) async fn run(
    story: &mut Story,
    processes: Arc<Processes>,
    terraform: &Path,
) -> Result<Environment, Failure> {
    story.step("Start local CKS");
    let environment = start(story, processes, terraform).await?;
    let clusters =
        || (snapshot::of_cluster(&environment.cluster), snapshot::of_cluster(&environment.neighbour));
    let before = (clusters(), snapshot::of_kubernetes(&environment.cluster).await?);

    story.step("An ID token is rejected: the cluster has no issuer yet");
    let id_token = environment.id_token().await?;
    story.explain("Ada logs in at the OpenID provider and gets an ID token. Its claims:");
    story.excerpt([jwt::claims(&id_token, &["iss", "aud", "email", "groups"])?]);
    story.explain("She sends it to the cluster's unmanaged endpoint, with a SelfSubjectReview:");
    login(story, &environment, &id_token, &Login::Rejected, "401 Unauthorized: her token is rejected")
        .await?;

    story.step("Copy the example, and initialise Terraform");
    runs::init(story, &environment).await?;

    story.step("Plan");
    runs::plan_create(story, &environment).await?;

    story.step("One apply configures access for people, a pipeline and robots");
    apply(story, &environment, CREATED).await?;

    story.step("Ada logs in with kubectl and kubelogin, and has the permissions of her group");
    let ada = people::log_in(story, &environment).await?;
    people::expect_forbidden_requests(story, &ada).await?;

    story.step("The pipeline uses its token");
    let pipeline = pipeline::works(story, &environment).await?;

    story.step("A robot sends its token, and the webhook decides");
    robots::have_the_identity_of_the_webhook(story, &environment).await?;

    story.step("A second plan is empty");
    runs::plan_nothing(story, &environment).await?;

    story.step("The pipeline's token is rotated, and the previous one revoked");
    pipeline::rotate(story, &environment, &pipeline).await?;

    story.step("Its token leaks: an action revokes it, and the next apply rotates it");
    revocation::is_by_action(story, &environment).await?;

    story.step("Another provider works with a token for one run");
    let estate = estate::is_made(story, &environment).await?;

    story.step("What the other provider made moves here, without a write");
    estate::moves(story, &environment, &estate).await?;

    story.step("A query finds what people made by hand, and imports it without a change");
    found::is_imported(story, &environment).await?;

    story.step("Colleagues change the cluster without Terraform");
    drift::happens(story, &environment, &id_token).await?;

    story.step("The plan shows it");
    drift::is_shown(story, &environment).await?;

    story.step("The apply repairs it");
    drift::is_repaired(story, &environment, &id_token).await?;

    story.step("Destroy");
    destroy(story, &environment, &id_token).await?;
    let after = (clusters(), snapshot::of_kubernetes(&environment.cluster).await?);
    story.check("cluster demo is as before", &after.0.0, &before.0.0)?;
    story.check("cluster neighbour did not change", &after.0.1, &before.0.1)?;
    let promise =
        format!("its Kubernetes is as it was found: {} objects compared one by one", before.1.len());
    story.check(&promise, &snapshot::differences(&before.1, &after.1), &Vec::new())?;
    Ok(environment)
}

/// Ends everything, and checks that.
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
    story.check("no listener is left", &leftovers.listeners(), &Vec::new())?;
    story.check("the temporary files are removed", &leftovers.files(), &Vec::new())
}

async fn start(story: &Story, processes: Arc<Processes>, terraform: &Path) -> Result<Environment, Failure> {
    story.explain(
        "On loopback ports of this machine: CoreWeave's API with the clusters demo and neighbour, a real etcd, \
         kube-apiserver and kube-controller-manager of demo, an OpenID provider with the user Ada, and a webhook that \
         accepts the token of a robot.",
    );
    let environment = Environment::start(processes, terraform).await?;
    for cluster in [&environment.cluster, &environment.neighbour] {
        let promise = format!("cluster {} is running", cluster.field("name").as_str().unwrap_or_default());
        story.check(&promise, &cluster.status().as_str(), &"STATUS_RUNNING")?;
    }
    story.explain("An unchanged production configuration uses local CKS with these variables only:");
    let variables = &environment.variables;
    story.excerpt(variables.iter().map(|(name, value)| match name.as_str() {
        "COREWEAVE_API_TOKEN" => format!("export {name}=CW-SECRET-…"),
        _ => format!("export {name}={value}"),
    }));
    Ok(environment)
}

/// Disables the protection of the namespace, destroys, and sends every credential once more.
async fn destroy(story: &Story, environment: &Environment, id_token: &SecretString) -> Result<(), Failure> {
    let name = environment.terraform.name();
    story
        .explain("The namespace is protected from a destroy: disable that first, in pipeline.tf, and apply.");
    environment.terraform.edit("pipeline.tf", "deletion_protection = true", "deletion_protection = false")?;
    apply(story, environment, "0 added, 1 changed, 0 destroyed").await?;
    let pipeline = environment.terraform.output("ci_kubeconfig").await?;
    story.command(&format!("{name} destroy -auto-approve"));
    let output = environment.terraform.run(&["destroy", "-auto-approve"]).await?;
    let summary = line(&output, "Destroy complete!");
    story.excerpt([summary]);
    let expected = format!("Destroy complete! Resources: {} destroyed.", runs::RESOURCES);
    story.check("everything is destroyed", &summary, &expected.as_str())?;
    let promise = "401 Unauthorized: Ada's ID token is rejected again";
    login(story, environment, id_token, &Login::Rejected, promise).await?;
    let kubectl = Kubectl::new(environment, "pipeline-after", &pipeline)?;
    pipeline::expect_rejected(story, &kubectl, "the pipeline's token is rejected").await?;
    robots::are_unknown(story, environment).await
}
