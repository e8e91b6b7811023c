//! Go's short commands, with the platform and settings of the builds.

use std::{path::Path, process::Command};

use crate::{ToolError, modules::Module};

/// Runs `go` for the module in a directory, which is its own or a copy, and returns the output.
///
/// # Errors
/// `go` cannot be run, or fails.
pub(crate) fn go(module: &Module, directory: &Path, arguments: &[&str]) -> Result<String, ToolError> {
    let mut command = Command::new("go");
    command.args(arguments).current_dir(directory).env("CGO_ENABLED", "0").env("GOWORK", "off");
    let output = command.env_remove("GOOS").env_remove("GOARCH").output().map_err(ToolError::NoGo)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(ToolError::Build {
        title: module.title()?,
        output: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        directory: directory.to_owned(),
        command: format!("go {}", arguments.join(" ")),
    })
}
