//! Environment of the demonstration: local CKS with two clusters, an OpenID provider, a TokenReview webhook, and Terraform in a copy
//! of the example.

use std::{fs, path::Path, sync::Arc};

use child_processes::Processes;
use local_cks::{Cluster, ClusterSpec, LocalCks, OpenIdProvider, User, Webhook};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{failure::Failure, requests::Requests, terraform::Terraform};

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
    pub(crate) issuer: OpenIdProvider,
    /// Ada, the user at the provider.
    pub(crate) ada: User,
    /// Webhook that accepts the robot's token.
    pub(crate) webhook: Webhook,
    pub(crate) local: LocalCks,
    /// Environment variables for a shell that uses this instead of CoreWeave.
    pub(crate) variables: Vec<(String, String)>,
    /// Terraform, kubectl, and the directory from `cargo xtask demo`.
    pub(crate) processes: Arc<Processes>,
}

impl Environment {
    /// Starts all of it; their directory has the mirror and `terraform.rc`.
    pub(crate) async fn start(processes: Arc<Processes>, terraform: &Path) -> Result<Self, Failure> {
        let user = User::new(USER).email(EMAIL).groups(&[GROUP]);
        let issuer = OpenIdProvider::start(vec![user.clone()]);
        let issuer = issuer.await.map_err(Failure::of("starting the OpenID provider"))?;
        let (main, other) = (ClusterSpec::new("demo").with_kubernetes(), ClusterSpec::new("neighbour"));
        let (main_id, other_id) = (main.id().to_owned(), other.id().to_owned());
        let local = LocalCks::builder().cluster(main).cluster(other).start();
        let local = local.await.map_err(Failure::of("starting local CKS"))?;

        let webhook = Webhook::start(review).await.map_err(Failure::of("starting the webhook"))?;
        let directory = processes.directory();
        let work = directory.join("whole-job");
        copy_example(&work, &issuer, &webhook)?;
        let mut variables = local.environment();
        let settings = directory.join("terraform.rc").display().to_string();
        variables.push(("TF_CLI_CONFIG_FILE".to_owned(), settings));
        Ok(Self {
            terraform: Terraform::new(
                terraform,
                &work,
                &directory.join("output.txt"),
                variables.clone(),
                Arc::clone(&processes),
            ),
            requests: Requests::new(&local)?,
            cluster: local.cluster(&main_id),
            neighbour: local.cluster(&other_id),
            issuer,
            ada: user,
            webhook,
            local,
            variables,
            processes,
        })
    }

    /// The temporary directory, which is removed at the end.
    pub(crate) fn directory(&self) -> &Path {
        self.processes.directory()
    }

    /// An ID token of Ada's for the cluster, valid for one hour.
    pub(crate) async fn id_token(&self) -> Result<SecretString, Failure> {
        let token = self.issuer.id_token(USER, CLIENT_ID).await;
        token.map_err(Failure::of("requesting an ID token from the OpenID provider"))
    }

    /// Ends all of it.
    pub(crate) async fn stop(self) {
        self.local.stop().await;
        self.issuer.stop().await;
    }
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
fn copy_example(work: &Path, issuer: &OpenIdProvider, webhook: &Webhook) -> Result<(), Failure> {
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
        issuer.issuer_url(),
        webhook.url(),
        issuer.ca_pem().trim_end(),
        webhook.ca_pem().trim_end()
    );
    let file = work.join("terraform.tfvars");
    fs::write(&file, values).map_err(Failure::io("write", &file))
}
