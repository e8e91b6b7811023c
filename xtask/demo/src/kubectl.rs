//! The real kubectl and kubelogin, as on the machine of a user with a kubeconfig.
//!
//! Its `PATH` has kubectl, kubelogin as the plugin `oidc-login`, and a script as browser: it writes the page that it should open to
//! standard error, which kubelogin and kubectl pass on, and the demonstration logs in there.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use child_processes::{Printed, Process, Processes};
use local_cks::tools::Tool;

use crate::{environment::Environment, failure::Failure};

/// Time limit of a login.
const LIMIT: Duration = Duration::from_mins(1);

/// Prefix of the browser's line with the page.
const PAGE: &str = "the browser shows ";

/// A home directory with one kubeconfig.
#[derive(Debug)]
pub(crate) struct Kubectl {
    home: PathBuf,
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
        link_programs(&home.join("bin"), &format!("printf '{PAGE}%s\\n' \"$1\" >&2"))?;
        write(&home.join("kubeconfig"), kubeconfig, 0o600)?;
        let (processes, environment) = (Arc::clone(&environment.processes), environment.variables.clone());
        Ok(Self { home, environment, processes })
    }

    /// Runs kubectl to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<CommandOutput, Failure> {
        Self::end(&self.start(arguments)?).await
    }

    /// Runs kubectl while Ada logs in at the page that opens.
    pub(crate) async fn run_with_login(
        &self,
        arguments: &[&str],
        environment: &Environment,
    ) -> Result<(CommandOutput, Vec<String>), Failure> {
        let running = self.start(arguments)?;
        let page = running.wait_for_output_async(LIMIT, |printed| page(&printed.stderr)).await;
        let page = page.map_err(Failure::of("waiting for the login page that kubelogin opens"))?;
        let visited = environment.issuer.log_in(&environment.ada, &page).await;
        let visited = visited.map_err(Failure::of("logging in at the OpenID provider"))?;
        let pages =
            visited.iter().map(|page| format!("{}{}", page.origin().ascii_serialization(), page.path()));
        Ok((Self::end(&running).await?, pages.collect()))
    }

    fn start(&self, arguments: &[&str]) -> Result<Process, Failure> {
        let programs = self.home.join("bin");
        let program = programs.join("kubectl");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.home)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PATH", programs)
            .env("HOME", &self.home)
            .env("KUBECONFIG", self.home.join("kubeconfig"))
            .env("KUBECACHEDIR", self.home.join("cache"))
            .env_remove("COREWEAVE_API_TOKEN");
        self.processes.start(command).map_err(Failure::of("running kubectl"))
    }

    async fn end(running: &Process) -> Result<CommandOutput, Failure> {
        let status = running.finish_async(LIMIT).await.map_err(Failure::of("running kubectl"))?;
        let Printed { stdout, stderr } = running.printed();
        let errors: Vec<_> = stderr.lines().filter(|line| !line.starts_with(PAGE)).collect();
        Ok(CommandOutput {
            succeeded: status.success(),
            stdout: stdout.trim_end().to_owned(),
            stderr: errors.join("\n").trim_end().to_owned(),
        })
    }
}

/// The page that the browser should open, once its whole line is written.
fn page(errors: &str) -> Option<String> {
    let (page, _) = errors.split_once(PAGE)?.1.split_once('\n')?;
    Some(page.to_owned())
}

/// Fills a directory for `PATH`: kubectl, kubelogin, and this script as the browser, whose first argument is the page.
pub(crate) fn link_programs(directory: &Path, browser: &str) -> Result<(), Failure> {
    let find = |tool: Tool| tool.path().map_err(Failure::of("finding a tool"));
    let (kubectl, kubelogin) = (find(Tool::Kubectl)?, find(Tool::Kubelogin)?);
    let linked = local_cks::link_programs(directory, Some(&kubectl), Some(&kubelogin), Some(browser));
    linked.map_err(Failure::io("fill the directory", directory))
}

/// Writes a file with these permissions.
pub(crate) fn write(file: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    fs::write(file, text).map_err(Failure::io("write", file))?;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).map_err(Failure::io("write", file))
}
