//! The real kubectl with a kubeconfig, and kubelogin as its plugin: as on the machine of a user of that file.

use std::{env, fs, os::unix::fs::symlink, path::PathBuf, process::Command};

use child_processes::{Process, Processes};
use local_cks::{OpenIdProvider, User, link_programs, page_to_visit, tools::Tool};
use serde_json::Value;
use url::Url;

use super::{
    block_on,
    process::{self, LIMIT, Output},
    share::waiting_for,
    workspace::files_in,
};

/// A home directory with a kubeconfig, and a `PATH` with kubectl, kubelogin and a shell only.
#[derive(Debug)]
pub(crate) struct Kubectl {
    /// Their directory is the home directory.
    processes: Processes,
    environment: Vec<(String, String)>,
}

impl Kubectl {
    /// With this kubeconfig; `None`, with a notice, if a program is missing and that is allowed.
    pub(crate) fn with(kubeconfig: &str) -> Option<Self> {
        let find = |tool: Tool| tool.find().unwrap_or_else(|error| panic!("{error}"));
        let (Some(kubectl), Some(kubelogin)) = (find(Tool::Kubectl), find(Tool::Kubelogin)) else {
            eprintln!("not run: this machine has no kubectl or no kubelogin, which is allowed");
            return None;
        };
        let processes = Processes::new("cks-kubectl-").expect("a temporary directory");
        let home = processes.directory();
        let programs = home.join("bin");
        // Without a browser, so that kubelogin prints the page.
        link_programs(&programs, Some(&kubectl), Some(&kubelogin), None).expect("the directory is ours");
        symlink("/bin/sh", programs.join("sh")).expect("the directory is ours");
        fs::write(home.join("kubeconfig"), kubeconfig).expect("the directory is ours");
        Some(Self { processes, environment: Vec::new() })
    }

    /// With these kubeconfigs merged into one, as users do.
    pub(crate) fn with_merged(kubeconfigs: &[String]) -> Option<Self> {
        let kubectl = Self::with("")?;
        let home = kubectl.processes.directory().to_owned();
        let paths = kubeconfigs.iter().enumerate().map(|(number, text)| {
            let path = home.join(format!("kubeconfig-{number}"));
            fs::write(&path, text).expect("the directory is ours");
            path
        });
        let paths = env::join_paths(paths).expect("paths without a separator").into_string().expect("UTF-8");
        let kubectl = kubectl.in_environment(vec![("KUBECONFIG".to_owned(), paths)]);
        let merged = kubectl.run(&["config", "view", "--flatten"]);
        assert_eq!(merged.code, Some(0), "{merged:?}");
        fs::write(home.join("kubeconfig"), merged.stdout).expect("the directory is ours");
        Some(kubectl.in_environment(Vec::new()))
    }

    /// With these variables, for a kubeconfig without proxy and CA of local CKS.
    pub(crate) fn in_environment(self, environment: Vec<(String, String)>) -> Self {
        Self { environment, ..self }
    }

    /// With these programs of this machine on `PATH` too.
    #[track_caller]
    pub(crate) fn with_programs(self, names: &[&str]) -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        for name in names {
            let found =
                env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file());
            let program = found.unwrap_or_else(|| panic!("this test needs the program {name} on PATH"));
            symlink(program, self.processes.directory().join("bin").join(name))
                .expect("the directory is ours");
        }
        self
    }

    /// With what the scripts of both presets of `exec` run, except `curl`.
    #[track_caller]
    pub(crate) fn with_programs_of_presets(self) -> Self {
        self.with_programs(&["base64", "cut", "date", "sed", "tr"])
    }

    /// All its files with their content, for tests that search them.
    pub(super) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_in(self.processes.directory())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        process::finish(&self.start(arguments))
    }

    /// Runs it, and parses its output as JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        json(&self.run(arguments))
    }

    /// Runs it while the user logs in at the page that it prints. Returns its output as JSON, and the visited pages.
    #[track_caller]
    pub(crate) fn json_with_login(
        &self,
        arguments: &[&str],
        provider: &OpenIdProvider,
        user: &User,
    ) -> (Value, Vec<Url>) {
        let running = self.start(arguments);
        waiting_for("the login page that kubelogin prints");
        let page =
            running.wait_for_output(LIMIT, |printed| page_to_visit(&printed.stderr).map(str::to_owned));
        let page = page.unwrap_or_else(|error| panic!("{error}"));
        let visited = block_on(provider.log_in(user, &page)).expect("a login");
        (json(&process::finish(&running)), visited)
    }

    fn start(&self, arguments: &[&str]) -> Process {
        let home = self.processes.directory();
        let programs = home.join("bin");
        let mut command = Command::new(programs.join("kubectl"));
        command.args(arguments).current_dir(home).env_clear().env("PATH", programs).env("HOME", home);
        command.env("KUBECONFIG", home.join("kubeconfig")).env("KUBECACHEDIR", home.join("cache"));
        command.envs(self.environment.iter().cloned());
        process::start(&self.processes, command)
    }
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert_eq!(output.code, Some(0), "{output:?}");
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}
