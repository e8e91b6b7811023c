//! The real kubectl with a kubeconfig, and kubelogin as its plugin: as on the machine of somebody who got that file.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use local_cks::{OpenIdProvider, User, page_to_visit, tools::Tool};
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use super::{
    block_on,
    process::{Output, Running, wait_until},
};

/// A home with a kubeconfig in it, and a `PATH` with kubectl, kubelogin and a shell only.
#[derive(Debug)]
pub(crate) struct Kubectl {
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Kubectl {
    /// With this file; `None`, with a line that says so, where a program is missing and may be.
    pub(crate) fn with(kubeconfig: &str) -> Option<Self> {
        let find = |tool: Tool| tool.find().unwrap_or_else(|error| panic!("{error}"));
        let (Some(kubectl), Some(kubelogin)) = (find(Tool::Kubectl), find(Tool::Kubelogin)) else {
            eprintln!(
                "not run: this machine has no kubectl or no kubelogin, and whoever runs the tests allowed that"
            );
            return None;
        };
        let home = tempfile::Builder::new().prefix("cks-kubectl-").tempdir().expect("a temporary directory");
        let programs = home.path().join("bin");
        fs::create_dir(&programs).expect("the directory is ours");
        // As Krew installs the plugin `oidc-login`.
        for (name, program) in [
            ("kubectl", kubectl.as_path()),
            ("kubectl-oidc_login", &kubelogin),
            ("kubelogin", &kubelogin),
            ("sh", Path::new("/bin/sh")),
        ] {
            symlink(program, programs.join(name)).expect("the directory is ours");
        }
        fs::write(home.path().join("kubeconfig"), kubeconfig).expect("the directory is ours");
        Some(Self { home, environment: Vec::new() })
    }

    /// With these variables, for a kubeconfig that does not say how to reach local CKS.
    pub(crate) fn in_environment(self, environment: Vec<(String, String)>) -> Self {
        Self { environment, ..self }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.start(arguments).finish()
    }

    /// Runs it, and what it answers as JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        json(&self.run(arguments))
    }

    /// Runs it while the user logs in at the page that it asks to visit. Gives its answer, and the pages on the way.
    #[track_caller]
    pub(crate) fn json_with_login(
        &self,
        arguments: &[&str],
        provider: &OpenIdProvider,
        user: &User,
    ) -> (Value, Vec<Url>) {
        let running = self.start(arguments);
        let page = || page_to_visit(&running.complaints()).map(str::to_owned);
        wait_until("kubelogin asks to log in", || page().is_some());
        let visited = block_on(provider.log_in(user, &page().unwrap_or_default())).expect("a login");
        (json(&running.finish()), visited)
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let home = self.home.path();
        let programs = home.join("bin");
        let mut command = Command::new(programs.join("kubectl"));
        command.args(arguments).current_dir(home).env_clear().env("PATH", programs).env("HOME", home);
        command.envs(self.environment.iter().cloned());
        command.env("KUBECONFIG", home.join("kubeconfig")).env("KUBECACHEDIR", home.join("cache"));
        Running::start(&mut command)
    }
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert_eq!(output.code, Some(0), "{output:?}");
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}
