//! The steps: explanations, commands, and checks.

mod drift;
mod estate;
mod found;
mod people;
mod pipeline;
mod revocation;
mod robots;
mod runs;

use std::{collections::BTreeMap, sync::Arc};

use child_processes::Processes;
use secrecy::SecretString;
use serde_json::Value;

pub(crate) use self::{
    people::{as_user, login},
    runs::{CREATED, apply},
};
use crate::{
    Options,
    environment::{Environment, USER, configuration},
    failure::Failure,
    jwt,
    kubectl::Kubectl,
    leftovers::Leftovers,
    local::CONFIGURATION,
    other_provider::OtherProvider,
    requests::Login,
    snapshot,
    story::Story,
    terraform::line,
};

/// All steps up to and including `destroy`. Returns what still runs.
pub(crate) async fn run(
    story: &mut Story,
    processes: Arc<Processes>,
    options: &Options,
) -> Result<Environment, Failure> {
    story.step("Start local CKS");
    let other_provider = OtherProvider::build(&processes, &options.xtask)?;
    let environment = start(story, processes, options).await?;
    let before = Snapshot::take(&environment).await?;

    story.step("An ID token is rejected: the cluster has no issuer yet");
    let id_token = environment.id_token().await?;
    story.command(&format!("local-cks id-token {USER} --file id-token"));
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

    story.step("A query finds what people made by hand, and imports it without a change");
    found::is_imported(story, &environment).await?;

    story.step("Colleagues change the cluster without Terraform");
    drift::happens(story, &environment, &id_token).await?;

    story.step("The plan shows it");
    drift::is_shown(story, &environment).await?;

    story.step("The apply repairs it");
    drift::is_repaired(story, &environment, &id_token).await?;

    story.step("Another provider works with a token for one run");
    other_provider.built(story).await?;
    let estate = estate::is_made(story, &environment).await?;

    story.step("What the other provider made moves here, without a write");
    estate::moves(story, &environment, &estate).await?;

    story.step("Destroy");
    destroy(story, &environment, &id_token).await?;
    let after = Snapshot::take(&environment).await?;
    story.check("cluster demo is as before", &after.cluster, &before.cluster)?;
    story.check("cluster neighbour did not change", &after.neighbour, &before.neighbour)?;
    let promise =
        format!("its Kubernetes is as it was found: {} objects compared one by one", before.objects.len());
    story.check(&promise, &snapshot::differences(&before.objects, &after.objects), &Vec::new())?;
    Ok(environment)
}

/// What a destroy leaves as it was.
struct Snapshot {
    cluster: Value,
    neighbour: Value,
    objects: BTreeMap<String, Value>,
}

impl Snapshot {
    async fn take(Environment { requests, cluster, neighbour, .. }: &Environment) -> Result<Self, Failure> {
        Ok(Self {
            cluster: snapshot::of_cluster(requests, cluster).await?,
            neighbour: snapshot::of_cluster(requests, neighbour).await?,
            objects: snapshot::of_kubernetes(requests, cluster).await?,
        })
    }
}

/// Ends everything, and checks that.
pub(crate) async fn stop(story: &mut Story, environment: Environment) -> Result<(), Failure> {
    story.step("Stop everything");
    let mut urls = vec![environment.webhook.url()];
    for variable in ["LOCAL_CKS_API_URL", "HTTPS_PROXY", "LOCAL_CKS_ISSUER_URL"] {
        urls.push(environment.local.variable(variable)?.to_owned());
    }
    let leftovers = Leftovers::note(urls, vec![environment.directory().to_owned()]);
    if environment.local.runs() {
        story.command("local-cks down");
    }
    let files = environment.stop().await?;
    story.check("local-cks has removed its temporary files", &files, &Vec::new())?;
    let programs = leftovers.programs();
    if !programs.is_empty() {
        let promise = format!("no process is left ({} ran)", programs.join(", "));
        story.check(&promise, &leftovers.processes(), &Vec::new())?;
    }
    story.check("no listener is left", &leftovers.listeners(), &Vec::new())?;
    story.check("the temporary files are removed", &leftovers.files(), &Vec::new())
}

async fn start(story: &Story, processes: Arc<Processes>, options: &Options) -> Result<Environment, Failure> {
    story.explain(
        "On loopback ports of this machine: CoreWeave's API with the clusters demo and neighbour, a real etcd, \
         kube-apiserver and its controllers of demo, and an OpenID provider with the user Ada. All of this is the \
         program local-cks, with this configuration. A webhook accepts the token of a robot.",
    );
    story.excerpt(configuration().lines());
    story.command(&format!("local-cks up --config {CONFIGURATION}"));
    let environment = Environment::start(processes, &options.terraform, &options.local_cks).await?;
    for cluster in [&environment.cluster, &environment.neighbour] {
        let found = environment.requests.cluster(cluster).await?;
        let promise = format!("cluster {} is running", cluster.name);
        story.check(&promise, &found["status"], &Value::from("STATUS_RUNNING"))?;
    }
    story.explain(
        "An unchanged production configuration uses local CKS with the variables of local-cks.env, such as:",
    );
    for name in ["HTTPS_PROXY", "SSL_CERT_FILE", "COREWEAVE_API_TOKEN"] {
        let value = environment.local.variable(name)?;
        let is_secret = name == "COREWEAVE_API_TOKEN";
        story.excerpt([format!("{name}={}", if is_secret { "CW-SECRET-…" } else { value })]);
    }
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
