//! Environment of the demonstration: local CKS with two clusters and an OpenID provider, a TokenReview webhook, and Terraform in a copy
//! of the example.

use std::{fs, path::Path, sync::Arc};

use child_processes::Processes;
use local_cks::Webhook;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    local::LocalCks,
    requests::{Cluster, Requests},
    terraform::Terraform,
};

/// The example whose copy Terraform runs in, unchanged.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/whole-job");

/// The example's default for `client_id`.
const CLIENT_ID: &str = "kubernetes";

/// The user at the OpenID provider.
pub(crate) const USER: &str = "ada";
pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const GROUP: &str = "platform";

/// The robot's user name, and its token.
pub(crate) const ROBOT: &str = "robot:inventory";
pub(crate) const ROBOT_TOKEN: &str = "badge-of-the-inventory-robot";

/// All programs and servers. Dropping it ends them, and removes the directory.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) terraform: Terraform,
    pub(crate) requests: Requests,
    /// The cluster with a real control plane.
    pub(crate) cluster: Cluster,
    /// Another cluster of the same organisation, which must not change.
    pub(crate) neighbour: Cluster,
    /// Webhook that accepts the robot's token.
    pub(crate) webhook: Webhook,
    pub(crate) local: LocalCks,
    /// Terraform, kubectl, and the directory from `cargo xtask demo`.
    pub(crate) processes: Arc<Processes>,
}

impl Environment {
    /// Starts all of it; their directory has the mirror and `terraform.rc`.
    pub(crate) async fn start(
        processes: Arc<Processes>,
        terraform: &Path,
        local_cks: &Path,
    ) -> Result<Self, Failure> {
        let local = LocalCks::start(&processes, local_cks, &configuration()).await?;
        let requests = Requests::new(&local)?;
        let webhook = Webhook::start(review).await.map_err(Failure::of("starting the webhook"))?;
        let directory = processes.directory();
        let work = directory.join("whole-job");
        copy_example(&work, &local, &webhook)?;
        let mut variables = local.variables().to_vec();
        let settings = directory.join("terraform.rc").display().to_string();
        variables.push(("TF_CLI_CONFIG_FILE".to_owned(), settings));
        let log = directory.join("output.txt");
        Ok(Self {
            terraform: Terraform::new(terraform, &work, &log, variables, Arc::clone(&processes)),
            cluster: requests.find("demo").await?,
            neighbour: requests.find("neighbour").await?,
            requests,
            webhook,
            local,
            processes,
        })
    }

    /// The temporary directory, which is removed at the end.
    pub(crate) fn directory(&self) -> &Path {
        self.processes.directory()
    }

    /// An ID token of Ada's for the cluster, valid for one hour.
    pub(crate) async fn id_token(&self) -> Result<SecretString, Failure> {
        self.local.id_token(USER, CLIENT_ID).await
    }

    /// Ends all of it. Returns the names of temporary files that local CKS left.
    pub(crate) async fn stop(self) -> Result<Vec<String>, Failure> {
        let left = self.local.stop().await;
        self.processes.end();
        left
    }
}

/// The configuration of local CKS.
pub(crate) fn configuration() -> String {
    format!(
        "clusters:\n  - name: demo\n  - name: neighbour\n    kubernetes: false\nusers:\n  - name: {USER}\n    email: {EMAIL}\n    \
         groups: [{GROUP}]\nisolated: true\n"
    )
}

/// Decision of the webhook, which accepts one token.
fn review(spec: &Value) -> Value {
    if spec["token"] == ROBOT_TOKEN {
        json!({"authenticated": true, "user": {"username": ROBOT, "groups": ["robots"]}})
    } else {
        json!({"authenticated": false})
    }
}

/// Copies the example, and writes the values of its variables.
fn copy_example(work: &Path, local: &LocalCks, webhook: &Webhook) -> Result<(), Failure> {
    fs::create_dir_all(work).map_err(Failure::io("create", work))?;
    for entry in fs::read_dir(EXAMPLE).map_err(Failure::io("read", Path::new(EXAMPLE)))? {
        let file = entry.map_err(Failure::io("read", Path::new(EXAMPLE)))?.path();
        if let Some(name) = file.file_name().filter(|_| file.extension().is_some_and(|kind| kind == "tf")) {
            let copy = work.join(name);
            fs::copy(&file, &copy).map_err(Failure::io("write", &copy))?;
        }
    }
    let values = format!(
        "cluster_name = \"demo\"\nissuer_url   = \"{}\"\nextra_scopes = [\"email\", \"groups\"]\nwebhook_url  = \"{}\"\n\n\
         issuer_ca_certificate = <<EOT\n{}\nEOT\n\nwebhook_ca_certificate = <<EOT\n{}\nEOT\n",
        local.variable("LOCAL_CKS_ISSUER_URL")?,
        webhook.url(),
        local.file("LOCAL_CKS_ISSUER_CA_FILE")?.trim_end(),
        webhook.ca_pem().trim_end()
    );
    let file = work.join("terraform.tfvars");
    fs::write(&file, values).map_err(Failure::io("write", &file))
}
