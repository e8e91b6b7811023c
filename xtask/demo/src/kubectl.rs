//! The real kubectl and kubelogin, as on the machine of a user with a kubeconfig.
//!
//! Its `PATH` is `$LOCAL_CKS_BIN` of local-cks: kubectl, kubelogin as the plugin `oidc-login`, and a browser that logs Ada in.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use child_processes::{Printed, Processes};

use crate::{
    environment::{Environment, USER},
    failure::Failure,
};

/// Time limit of a login.
const LIMIT: Duration = Duration::from_mins(1);

/// A home directory with one kubeconfig.
#[derive(Debug)]
pub(crate) struct Kubectl {
    home: PathBuf,
    programs: PathBuf,
    environment: Vec<(String, String)>,
    processes: Arc<Processes>,
}

/// Output of a command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Kubectl {
    /// For a user of this name, with this kubeconfig. The file is readable by its owner only, since it contains secrets.
    pub(crate) fn new(environment: &Environment, name: &str, kubeconfig: &str) -> Result<Self, Failure> {
        let home = environment.directory().join(name);
        fs::create_dir_all(&home).map_err(Failure::io("create", &home))?;
        write(&home.join("kubeconfig"), kubeconfig)?;
        let local = &environment.local;
        Ok(Self {
            home,
            programs: local.variable("LOCAL_CKS_BIN")?.into(),
            environment: local.variables().to_vec(),
            processes: Arc::clone(&environment.processes),
        })
    }

    /// For a colleague who is a CKS Admin: with the kubeconfig of local CKS.
    pub(crate) fn admin(environment: &Environment, name: &str) -> Result<Self, Failure> {
        Self::new(environment, name, &environment.local.file("LOCAL_CKS_KUBECONFIG")?)
    }

    /// Runs kubectl to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<CommandOutput, Failure> {
        let failed = || Failure::of("running kubectl");
        let mut command = Command::new(self.programs.join("kubectl"));
        command
            .args(arguments)
            .current_dir(&self.home)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PATH", &self.programs)
            .env("HOME", &self.home)
            .env("KUBECONFIG", self.home.join("kubeconfig"))
            .env("KUBECACHEDIR", self.home.join("cache"))
            .env("LOCAL_CKS_USER", USER)
            .env_remove("COREWEAVE_API_TOKEN")
            .env_remove("LOCAL_CKS_VIEWER_TOKEN")
            .env_remove("LOCAL_CKS_KUBECONFIG");
        let running = self.processes.start(command).map_err(failed())?;
        let status = running.finish_async(LIMIT).await.map_err(failed())?;
        let Printed { stdout, stderr } = running.printed();
        Ok(CommandOutput {
            succeeded: status.success(),
            stdout: stdout.trim_end().to_owned(),
            stderr: stderr.trim_end().to_owned(),
        })
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(Failure::io("write", file))?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).map_err(Failure::io("write", file))
}
