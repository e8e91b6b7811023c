//! The installed Terraform or OpenTofu, as a user runs it in the example's directory.
//!
//! It is a process group of its own, so that Ctrl-C reaches it through us only; it gets SIGINT and time to end its provider.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::failure::Failure;

/// How long a Terraform that was told to stop may take.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// How long a killed one may take to be gone: it has no say in it.
const REAPED_WITHIN: Duration = Duration::from_secs(5);

/// A Terraform or OpenTofu program with the directory and the environment it runs in.
#[derive(Debug)]
pub(crate) struct Terraform {
    program: PathBuf,
    directory: PathBuf,
    log: PathBuf,
    environment: Vec<(String, String)>,
}

impl Terraform {
    /// `directory` has the configuration; `log` is a file for the output of the command that runs.
    pub(crate) fn new(
        program: &Path,
        directory: &Path,
        log: &Path,
        environment: Vec<(String, String)>,
    ) -> Self {
        Self {
            program: program.to_owned(),
            directory: directory.to_owned(),
            log: log.to_owned(),
            environment,
        }
    }

    /// What a user types: `terraform`, `tofu`.
    pub(crate) fn name(&self) -> String {
        self.program
            .file_name()
            .map_or_else(|| "terraform".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs a command that has to succeed, and answers what it printed, warnings and all.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let shown = format!("{} {}", self.name(), arguments.join(" "));
        let log = File::create(&self.log).map_err(Failure::io("write", &self.log))?;
        let errors = log.try_clone().map_err(Failure::io("write", &self.log))?;
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            // Settings of the user's own for other configurations, and other ways to the network.
            let text = name.to_string_lossy().to_ascii_uppercase();
            if text.starts_with("TF_") || text.starts_with("COREWEAVE_") || text.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(&self.directory)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            // How it prints, and no questions: not what it does.
            .envs([
                ("TF_CLI_ARGS", "-no-color"),
                ("TF_INPUT", "0"),
                ("TF_IN_AUTOMATION", "1"),
                ("CHECKPOINT_DISABLE", "1"),
            ])
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0);
        let child = command.spawn().map_err(Failure::io("start", &self.program))?;
        let mut running = Running(child);
        let status = running.0.wait().await.map_err(Failure::io("wait for", &self.program))?;
        let output = fs::read_to_string(&self.log).map_err(Failure::io("read", &self.log))?;
        if status.success() {
            Ok(output)
        } else {
            Err(Failure::new(format!("`{shown}`: {status}\n{output}")))
        }
    }
}

impl Terraform {
    /// An output, secret or not.
    pub(crate) async fn output(&self, name: &str) -> Result<String, Failure> {
        self.run(&["output", "-raw", name]).await
    }

    /// Changes a text in a file of the configuration, where it stands once.
    pub(crate) fn edit(&self, file: &str, old: &str, new: &str) -> Result<(), Failure> {
        let file = self.directory.join(file);
        let text = fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
        if text.matches(old).count() != 1 {
            return Err(Failure::new(format!("{} does not hold {old:?} just once", file.display())));
        }
        fs::write(&file, text.replace(old, new)).map_err(Failure::io("write", &file))
    }
}

/// A Terraform that does not outlive us, interrupted or panicking.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        let id = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // Fails only when it has just ended.
            let _ = kill_process(id, Signal::INT);
        }
        let deadline = Instant::now() + ENDS_WITHIN;
        while Instant::now() < deadline {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        // The provider notices that nobody listens any more, and ends by itself.
        let _ = self.0.start_kill();
        let deadline = Instant::now() + REAPED_WITHIN;
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Lines of a plan that say what would become of attributes and resources, indentation apart.
pub(crate) fn changes(plan: &str) -> Vec<String> {
    let attribute = |line: &str| {
        let mut words = line.split_whitespace();
        let sign = words.next().is_some_and(|word| ["+", "-", "~"].contains(&word));
        sign && words.nth(1) == Some("=") && !line.contains("<<-")
    };
    // What comes before is what changed outside of Terraform, where it finds that worth telling.
    let planned = plan.split_once("will perform the following actions:").map_or("", |(_, actions)| actions);
    planned
        .lines()
        .map(str::trim)
        .filter(|line| (line.starts_with("# ") && !line.ends_with("hidden)")) || attribute(line))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The line that begins with this text; empty if there is none.
pub(crate) fn line<'a>(output: &'a str, begin: &str) -> &'a str {
    output.lines().map(str::trim).find(|line| line.starts_with(begin)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"
Note: Objects have changed outside of Terraform

  ~ resource "cks_cluster_oidc" "this" {
      ~ username_prefix = "oidc:" -> "corp:"
    }

Terraform will perform the following actions:

  # cks_cluster_oidc.this will be updated in-place
  ~ resource "cks_cluster_oidc" "this" {
        id              = "81540112"
      ~ username_prefix = "corp:" -> "oidc:"
      ~ ca_certificate  = <<-EOT
            # not a comment of the plan (1 unchanged element hidden)
        EOT
        # (9 unchanged attributes hidden)
    }

Plan: 0 to add, 1 to change, 0 to destroy.
"#;

    #[test]
    fn a_plans_excerpt_has_what_changes_and_nothing_else() {
        assert_eq!(
            changes(PLAN),
            ["# cks_cluster_oidc.this will be updated in-place", r#"~ username_prefix = "corp:" -> "oidc:""#]
        );
        assert_eq!(line(PLAN, "Plan:"), "Plan: 0 to add, 1 to change, 0 to destroy.");
        assert_eq!(line(PLAN, "Apply complete!"), "");
    }

    fn shell(directory: &Path) -> Terraform {
        Terraform::new(Path::new("/bin/sh"), directory, &directory.join("log"), Vec::new())
    }

    #[tokio::test]
    async fn a_run_that_is_given_up_leaves_no_process() {
        let directory = tempfile::tempdir().unwrap();
        let shell = shell(directory.path());
        let log = directory.path().join("log");
        let written = async {
            loop {
                let text = fs::read_to_string(&log).unwrap_or_default();
                if let Some(id) = text.strip_suffix('\n') {
                    return id.parse::<i32>().unwrap();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let id = tokio::select! {
            id = written => id,
            ended = shell.run(&["-c", "echo $$; exec sleep 60"]) => panic!("it ended: {ended:?}"),
        };
        let id = Pid::from_raw(id).unwrap();
        assert!(rustix::process::test_kill_process(id).is_err(), "{id:?} runs on");
    }

    #[tokio::test]
    async fn a_failed_command_is_shown_with_its_output() {
        let directory = tempfile::tempdir().unwrap();
        let failed = shell(directory.path()).run(&["-c", "echo no such cluster; exit 3"]).await;
        assert_eq!(
            failed.unwrap_err().to_string(),
            "`sh -c echo no such cluster; exit 3`: exit status: 3\nno such cluster\n"
        );
    }
}
