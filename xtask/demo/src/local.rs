//! The program `local-cks`, as its users run it: `up` with a configuration, its environment file, and its other commands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use child_processes::{Printed, Process, Processes, Program};
use secrecy::SecretString;
use serde_json::Value;

use crate::failure::Failure;

/// Names of the files in the directory of the demonstration: the configuration, and the environment file, where no other is set.
pub(crate) const CONFIGURATION: &str = "local-cks.yaml";
pub(crate) const ENVIRONMENT: &str = "local-cks.env";

/// Directory for the temporary files of `local-cks up`.
const FILES: &str = "run";

/// More than any command takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(2);

/// Time limit of `local-cks up` at its end. A process of it that is killed ends its own ones all the same.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// A running `local-cks up`.
#[derive(Debug)]
pub(crate) struct LocalCks {
    program: PathBuf,
    up: Process,
    variables: Vec<(String, String)>,
    processes: Arc<Processes>,
}

/// A request of its log.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
}

impl LocalCks {
    /// Starts it with this configuration, and waits until it is ready.
    pub(crate) async fn start(
        processes: &Arc<Processes>,
        program: &Path,
        configuration: &str,
    ) -> Result<Self, Failure> {
        let directory = processes.directory();
        let file = directory.join(CONFIGURATION);
        fs::write(&file, configuration).map_err(Failure::io("write", &file))?;
        let files = directory.join(FILES);
        fs::create_dir(&files).map_err(Failure::io("create", &files))?;
        let mut command = command(program, directory, &["up", "--config", CONFIGURATION]);
        command.env("TMPDIR", &files).env_remove("XDG_RUNTIME_DIR");
        let up = processes.start(Program::from(command).interrupted_first(ENDS_WITHIN));
        let up = up.map_err(Failure::of("running local-cks"))?;
        let file = directory.join(ENVIRONMENT);
        let text = up.wait_until_ready(LIMIT, || std::future::ready(fs::read_to_string(&file).ok())).await;
        let text = text.map_err(Failure::of("starting local CKS"))?;
        let variables = text.lines().filter_map(|line| line.split_once('='));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { program: program.to_owned(), up, variables, processes: Arc::clone(processes) })
    }

    /// The variables of its environment file.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    pub(crate) fn variable(&self, name: &str) -> Result<&str, Failure> {
        let found = self.variables.iter().find(|(found, _)| found == name);
        found
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| Failure::new(format!("{ENVIRONMENT} has no {name}")))
    }

    /// The content of a file that a variable names.
    pub(crate) fn file(&self, variable: &str) -> Result<String, Failure> {
        let file = Path::new(self.variable(variable)?);
        fs::read_to_string(file).map_err(Failure::io("read", file))
    }

    /// An ID token of this user, valid for one hour.
    pub(crate) async fn id_token(&self, user: &str, client_id: &str) -> Result<SecretString, Failure> {
        self.run(&["id-token", user, "--client-id", client_id, "--file", "id-token"]).await?;
        let file = self.processes.directory().join("id-token");
        Ok(fs::read_to_string(&file).map_err(Failure::io("read", &file))?.into())
    }

    /// The requests since the log was last cleared.
    pub(crate) async fn requests(&self) -> Result<Vec<Request>, Failure> {
        let lines = self.run(&["requests", "--json"]).await?;
        let request = |line| {
            let request: Value = serde_json::from_str(line).map_err(Failure::of("reading the requests"))?;
            let text = |member: &str| request[member].as_str().unwrap_or_default().to_owned();
            Ok(Request { method: text("method"), path: text("path") })
        };
        lines.lines().map(request).collect()
    }

    pub(crate) async fn clear_requests(&self) -> Result<(), Failure> {
        self.run(&["requests", "--clear"]).await.map(drop)
    }

    /// Whether it has not ended yet.
    pub(crate) fn runs(&self) -> bool {
        self.up.status().is_none()
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) {
        self.up.wait_async().await;
    }

    /// Stops it, unless somebody else did. Returns the names of temporary files that it left.
    pub(crate) async fn stop(&self) -> Result<Vec<String>, Failure> {
        if self.runs() {
            self.run(&["down"]).await?;
        }
        let status = self.up.finish_async(LIMIT).await.map_err(Failure::of("stopping local CKS"))?;
        if !status.success() {
            return Err(Failure::new(format!("local-cks up: {status}\n{}", self.up.printed().stderr)));
        }
        let files = self.processes.directory().join(FILES);
        let left = fs::read_dir(&files).map_err(Failure::io("read", &files))?.flatten();
        Ok(left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    /// Runs another command, which must succeed. Returns its output.
    async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let failed = || Failure::of("running local-cks");
        let command = command(&self.program, self.processes.directory(), arguments);
        let process = self.processes.start(command).map_err(failed())?;
        let status = process.finish_async(LIMIT).await.map_err(failed())?;
        let Printed { stdout, stderr } = process.printed();
        // What is said about a success is that requests are missing.
        if status.success() && stderr.is_empty() {
            Ok(stdout)
        } else {
            Err(Failure::new(format!("`local-cks {}`: {status}\n{stderr}", arguments.join(" "))))
        }
    }
}

/// A command in the directory with the environment file.
fn command(program: &Path, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    // That of a shell with another local-cks would count first.
    command.args(arguments).current_dir(directory).env_remove("LOCAL_CKS_CONTROL");
    command
}
