//! The real kubectl and kubelogin, as on the machine of somebody who was given a kubeconfig.
//!
//! Its `PATH` has kubectl, kubelogin as the plugin `oidc-login`, and a browser that is none: it notes the page that it is to show,
//! and the demonstration goes there.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use local_cks::tools::Tool;
use tokio::process::{Child, Command};

use crate::{environment::Environment, failure::Failure};

/// How long a login may take.
const LIMIT: Duration = Duration::from_mins(1);

/// A home with one kubeconfig.
#[derive(Debug)]
pub(crate) struct Kubectl {
    home: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) succeeded: bool,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Kubectl {
    /// For somebody of this name, who has this kubeconfig. The secrets in it are for that person's eyes only.
    pub(crate) fn new(environment: &Environment, name: &str, kubeconfig: &str) -> Result<Self, Failure> {
        let home = environment.directory.path().join(name);
        let programs = home.join("bin");
        fs::create_dir_all(&programs).map_err(Failure::io("create", &programs))?;
        for (name, tool) in [("kubectl", Tool::Kubectl), ("kubectl-oidc_login", Tool::Kubelogin)] {
            let (link, program) = (programs.join(name), tool.path().map_err(Failure::of("finding a tool"))?);
            if !link.exists() {
                symlink(program, &link).map_err(Failure::io("create", &link))?;
            }
        }
        let browser = programs.join("xdg-open");
        let script = format!("#!/bin/sh\nprintf '%s' \"$1\" > '{}'\n", page(&home).display());
        write(&browser, &script, 0o700)?;
        write(&home.join("kubeconfig"), kubeconfig, 0o600)?;
        Ok(Self { home, environment: environment.variables.clone() })
    }

    /// Runs kubectl to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Said, Failure> {
        Self::end(self.start(arguments)?).await
    }

    /// Runs kubectl while Ada logs in at the page that opens.
    pub(crate) async fn run_with_login(
        &self,
        arguments: &[&str],
        environment: &Environment,
    ) -> Result<(Said, Vec<String>), Failure> {
        let running = self.start(arguments)?;
        let deadline = Instant::now() + LIMIT;
        let page = loop {
            match fs::read_to_string(page(&self.home)) {
                Ok(page) if !page.is_empty() => break page,
                _ if Instant::now() > deadline => {
                    return Err(Failure::new("kubelogin opened no login page within a minute"));
                }
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let visited = environment.issuer.log_in(&environment.ada, &page).await;
        let visited = visited.map_err(Failure::of("logging in at the OpenID provider"))?;
        let pages =
            visited.iter().map(|page| format!("{}{}", page.origin().ascii_serialization(), page.path()));
        Ok((Self::end(running).await?, pages.collect()))
    }

    fn start(&self, arguments: &[&str]) -> Result<Child, Failure> {
        let programs = self.home.join("bin");
        let program = programs.join("kubectl");
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .current_dir(&self.home)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PATH", programs)
            .env("HOME", &self.home)
            .env("KUBECONFIG", self.home.join("kubeconfig"))
            .env("KUBECACHEDIR", self.home.join("cache"))
            .env_remove("COREWEAVE_API_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.spawn().map_err(Failure::io("start", &program))
    }

    async fn end(running: Child) -> Result<Said, Failure> {
        let output = tokio::time::timeout(LIMIT, running.wait_with_output()).await;
        let output = output.map_err(|_| Failure::new("kubectl did not end within a minute"))?;
        let output = output.map_err(Failure::of("waiting for kubectl"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Ok(Said {
            succeeded: output.status.success(),
            output: text(&output.stdout),
            errors: text(&output.stderr),
        })
    }
}

/// Where the browser notes what it is to show.
fn page(home: &Path) -> PathBuf {
    home.join("page")
}

fn write(file: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    fs::write(file, text).map_err(Failure::io("write", file))?;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).map_err(Failure::io("write", file))
}
