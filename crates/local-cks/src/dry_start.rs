//! Whether a kube-apiserver can read its settings, without an etcd: it reads those of authentication and authorization before its audit
//! policy, which is missing here. Whoever complains about that has read them, and ends within a second or two.

use std::{io, path::PathBuf, process::Command, time::Duration};

use child_processes::Processes;
use rcgen::KeyPair;
use serde_json::Value;

use crate::{
    kubernetes::{KubernetesError, ports::free_port, settings::webhook_kubeconfig},
    tools::Tool,
};

/// Starts of the real kube-apiserver that end before it needs anything else.
#[derive(Debug)]
pub struct DryStart {
    program: PathBuf,
    processes: Processes,
}

/// How a start ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it read all its settings.
    pub reads: bool,
    /// What it said.
    pub said: String,
}

/// A webhook of kube-apiserver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// It authenticates.
    Authentication,
    /// It authorizes.
    Authorization,
}

impl DryStart {
    /// `None` if the tools are not built.
    ///
    /// # Errors
    /// If the tools cannot be found or there is no directory for files.
    pub fn new() -> Result<Option<Self>, KubernetesError> {
        let Some(program) = Tool::KubeApiserver.find()? else { return Ok(None) };
        Ok(Some(Self { program, processes: Processes::new("cks-dry-start-")? }))
    }

    /// With this issuer, and these certificates to trust for it.
    ///
    /// # Errors
    /// If a file cannot be written, or it does not end.
    pub fn with_issuer(&self, issuer: &str, ca: Option<&str>) -> Result<Ended, KubernetesError> {
        let mut flags = vec!["--oidc-client-id=kubernetes".to_owned(), format!("--oidc-issuer-url={issuer}")];
        if let Some(ca) = ca {
            flags.push(format!("--oidc-ca-file={}", self.file("ca.pem", ca)?));
        }
        self.start(&flags)
    }

    /// With this webhook, as the API has it: `server`, and `ca` in base64.
    ///
    /// # Errors
    /// If a file cannot be written, or it does not end.
    pub fn with_webhook(&self, kind: WebhookKind, webhook: &Value) -> Result<Ended, KubernetesError> {
        let webhook = webhook.as_object().cloned().unwrap_or_default();
        let file = self.file("webhook.json", &webhook_kubeconfig(&webhook).to_string())?;
        self.start(&match kind {
            WebhookKind::Authentication => vec![
                format!("--authentication-token-webhook-config-file={file}"),
                "--authentication-token-webhook-version=v1".to_owned(),
            ],
            WebhookKind::Authorization => vec![
                "--authorization-mode=Node,RBAC,Webhook".to_owned(),
                format!("--authorization-webhook-config-file={file}"),
                "--authorization-webhook-version=v1".to_owned(),
            ],
        })
    }

    fn start(&self, flags: &[String]) -> Result<Ended, KubernetesError> {
        let key = KeyPair::generate().map_err(io::Error::other).map_err(|source| self.unwritten(source))?;
        let private = self.file("sa.key", &key.serialize_pem())?;
        let public = self.file("sa.pub", &key.public_key_pem())?;
        let mut command = Command::new(&self.program);
        command.env_clear().args([
            "--etcd-servers=http://127.0.0.1:9",
            "--audit-policy-file=/nowhere",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://accounts.example.com",
        ]);
        command.arg(format!("--secure-port={}", free_port()));
        command.arg(format!("--cert-dir={}", self.processes.directory().display()));
        command.arg(format!("--service-account-key-file={public}"));
        command.arg(format!("--service-account-signing-key-file={private}"));
        command.args(flags);
        let process = self.processes.start(command)?;
        process.finish(Duration::from_mins(1))?;
        let said = process.printed().stderr;
        Ok(Ended { reads: said.contains("loading audit policy file"), said })
    }

    fn file(&self, name: &str, content: &str) -> Result<String, KubernetesError> {
        let path = self.processes.directory().join(name);
        std::fs::write(&path, content).map_err(|source| self.unwritten(source))?;
        Ok(path.display().to_string())
    }

    fn unwritten(&self, source: io::Error) -> KubernetesError {
        KubernetesError::Write { path: self.processes.directory().display().to_string(), source }
    }
}
