//! The installed Terraform or OpenTofu, as a user runs it in the example's directory.
//!
//! It receives Ctrl-C from this program only, as SIGINT, with time to end its provider.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use child_processes::{Processes, Program, remove_proxy_variables};

use crate::failure::Failure;

/// Time limit of an interrupted Terraform.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// Longer than any command takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(15);

/// A Terraform or OpenTofu program with the directory and the environment it runs in.
#[derive(Debug)]
pub(crate) struct Terraform {
    program: PathBuf,
    directory: PathBuf,
    log: PathBuf,
    environment: Vec<(String, String)>,
    processes: Arc<Processes>,
}

impl Terraform {
    /// `directory` has the configuration; `log` is a file for the output of the command that runs.
    pub(crate) fn new(
        program: &Path,
        directory: &Path,
        log: &Path,
        environment: Vec<(String, String)>,
        processes: Arc<Processes>,
    ) -> Self {
        Self {
            program: program.to_owned(),
            directory: directory.to_owned(),
            log: log.to_owned(),
            environment,
            processes,
        }
    }

    /// The same program in another directory, which is created.
    pub(crate) fn in_directory(&self, directory: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(directory).map_err(Failure::io("create", directory))?;
        Ok(Self::new(
            &self.program,
            directory,
            &self.log,
            self.environment.clone(),
            Arc::clone(&self.processes),
        ))
    }

    /// Name of its command: `terraform` or `tofu`.
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

    /// Runs a command that must succeed, and returns its output, including warnings.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let shown = format!("{} {}", self.name(), arguments.join(" "));
        let mut command = Command::new(&self.program);
        remove_proxy_variables(&mut command);
        for (name, _) in env::vars_os() {
            // The user's own settings, for other configurations.
            let text = name.to_string_lossy().to_ascii_uppercase();
            if text.starts_with("TF_") || text.starts_with("COREWEAVE_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(&self.directory)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            // Variables for its output and against prompts only.
            .envs([
                ("TF_CLI_ARGS", "-no-color"),
                ("TF_INPUT", "0"),
                ("TF_IN_AUTOMATION", "1"),
                ("CHECKPOINT_DISABLE", "1"),
            ]);
        let program = Program::from(command).logged_to(&self.log).interrupted_first(ENDS_WITHIN);
        let process = self.processes.start(program).map_err(Failure::of("running Terraform"))?;
        let status = process.finish_async(LIMIT).await.map_err(Failure::of("running Terraform"))?;
        let output = process.printed().stdout;
        if status.success() {
            Ok(output)
        } else {
            Err(Failure::new(format!("`{shown}`: {status}\n{output}")))
        }
    }
}

impl Terraform {
    /// An output, sensitive or not.
    pub(crate) async fn output(&self, name: &str) -> Result<String, Failure> {
        self.run(&["output", "-raw", name]).await
    }

    /// Whether it is a Terraform that has actions and queries: 1.14 or newer.
    pub(crate) async fn has_actions_and_queries(&self) -> Result<bool, Failure> {
        Ok(has_actions_and_queries(&self.run(&["version"]).await?))
    }

    /// Writes a file of the configuration.
    pub(crate) fn write(&self, file: &str, text: &str) -> Result<(), Failure> {
        let file = self.directory.join(file);
        fs::write(&file, text).map_err(Failure::io("write", &file))
    }

    /// Removes a file of the configuration.
    pub(crate) fn remove(&self, file: &str) -> Result<(), Failure> {
        let file = self.directory.join(file);
        fs::remove_file(&file).map_err(Failure::io("remove", &file))
    }

    /// Replaces a text that a file of the configuration contains once.
    pub(crate) fn edit(&self, file: &str, old: &str, new: &str) -> Result<(), Failure> {
        let file = self.directory.join(file);
        let text = fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
        if text.matches(old).count() != 1 {
            return Err(Failure::new(format!("{} does not hold {old:?} just once", file.display())));
        }
        fs::write(&file, text.replace(old, new)).map_err(Failure::io("write", &file))
    }
}

/// By the output of `version`.
fn has_actions_and_queries(printed: &str) -> bool {
    let version = line(printed, "Terraform v");
    let mut parts = version.trim_start_matches("Terraform v").split('.').map_while(|part| part.parse().ok());
    let version: (u32, u32) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    version >= (1, 14)
}

/// Lines of a plan with changes of attributes and resources, without indentation.
pub(crate) fn changes(plan: &str) -> Vec<String> {
    let attribute = |line: &str| {
        let mut words = line.split_whitespace();
        let sign = words.next().is_some_and(|word| ["+", "-", "~"].contains(&word));
        sign && words.nth(1) == Some("=") && !line.contains("<<-")
    };
    // Terraform may print changes outside of Terraform before this line.
    let planned = plan.split_once("will perform the following actions:").map_or("", |(_, actions)| actions);
    planned
        .lines()
        .map(str::trim)
        .filter(|line| (line.starts_with("# ") && !line.ends_with("hidden)")) || attribute(line))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The line that starts with this text; empty if there is none.
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

    #[test]
    fn actions_and_queries_need_terraform_1_14() {
        assert!(
            has_actions_and_queries("Terraform v1.16.0\non linux_amd64\n")
                && has_actions_and_queries("Terraform v1.14.0-rc1\n")
        );
        assert!(
            !has_actions_and_queries("Terraform v1.11.4\n") && !has_actions_and_queries("OpenTofu v1.16.0\n")
        );
    }

    fn shell() -> (Terraform, Arc<Processes>) {
        let processes = Arc::new(Processes::new("cks-demo-test-").unwrap());
        let directory = processes.directory();
        let log = directory.join("log");
        let shell = Terraform::new(Path::new("/bin/sh"), directory, &log, Vec::new(), Arc::clone(&processes));
        (shell, processes)
    }

    #[tokio::test]
    async fn a_run_that_is_given_up_is_interrupted() {
        let (shell, processes) = shell();
        let log = processes.directory().join("log");
        let started = async {
            while fs::read_to_string(&log).unwrap_or_default() != "started\n" {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = started => {}
            ended = shell.run(&["-c", "trap 'echo ended; exit' INT; (echo started; exec sleep 60)"]) => {
                panic!("it ended: {ended:?}");
            }
        }
        assert_eq!(fs::read_to_string(&log).unwrap(), "started\nended\n");
    }

    #[tokio::test]
    async fn a_failed_command_is_shown_with_its_output() {
        let (shell, _processes) = shell();
        let failed = shell.run(&["-c", "echo no such cluster; exit 3"]).await;
        assert_eq!(
            failed.unwrap_err().to_string(),
            "`sh -c echo no such cluster; exit 3`: exit status: 3\nno such cluster\n"
        );
    }
}
