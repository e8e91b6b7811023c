//! Programs that the commands run, with errors that name them.
//!
//! They share this program's terminal and process group, so that a Ctrl-C ends them as well. Programs that must end with this one
//! in any other way are for `crates/child-processes`, which no command of this small program needs.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::failure::Failure;

/// Runs a program that uses this terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|cause| not_started(command, &cause))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{}: {status}", shown(command)))) }
}

/// Runs a program and returns its standard output; its standard error is this terminal.
pub(crate) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|cause| not_started(command, &cause))?;
    if !output.status.success() {
        return Err(Failure::new(format!("{}: {}", shown(command), output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| Failure::new(format!("{}: its output is not UTF-8", shown(command))))
}

/// Runs a program whose output is shown only in the error if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(), Failure> {
    let output = command.output().map_err(|cause| not_started(command, &cause))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(Failure::new(format!("{}: {}\n{}", shown(command), output.status, said.trim_end())))
}

/// Replaces this program by another one, which alone receives the terminal's Ctrl-C. Returns only if that failed.
pub(crate) fn replace_with(command: &mut Command) -> Failure {
    #[cfg(unix)]
    let cause = std::os::unix::process::CommandExt::exec(command);
    #[cfg(not(unix))]
    let cause = std::io::Error::from(std::io::ErrorKind::Unsupported);
    not_started(command, &cause)
}

/// The first program of that name on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

fn not_started(command: &Command, cause: &std::io::Error) -> Failure {
    Failure::new(format!("cannot start {}: {cause}", shown(command)))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}
