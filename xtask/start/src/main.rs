//! `cargo xtask COMMAND` runs this first: it says what a long command does and how long that takes, and starts `xtask`.
//!
//! On a fresh clone `xtask` and its dependencies are compiled for a while before they can print anything. This has no dependencies.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::{Command, ExitCode},
};

/// What the commands that build everything print first, in lines of at most 80 columns.
const FIRST_LINES: [(&str, &str); 2] = [
    (
        "demo",
        "Builds Kubernetes, Terraform and the provider, then shows the whole job on this
machine: the first time in 10 to 13 minutes on two cores, later in one minute.",
    ),
    (
        "test",
        "Builds the real tools and everything here, then runs every test: the first run
takes about 40 minutes on two cores, later ones about 10.",
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    if let Some(text) = first_lines(&arguments) {
        eprintln!("{text}");
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut xtask = Command::new(cargo);
    xtask.args(["run", "--quiet", "--package", "xtask", "--"]).args(&arguments);
    replace_with(&mut xtask)
}

/// Replaces this program, so that a Ctrl-C is for the command alone, which may have to end what it started.
#[cfg(unix)]
fn replace_with(xtask: &mut Command) -> ExitCode {
    let cause = std::os::unix::process::CommandExt::exec(xtask);
    not_started(xtask, &cause)
}

#[cfg(not(unix))]
fn replace_with(xtask: &mut Command) -> ExitCode {
    match xtask.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(cause) => not_started(xtask, &cause),
    }
}

fn not_started(xtask: &Command, cause: &std::io::Error) -> ExitCode {
    eprintln!("error: cannot start {}: {cause}", xtask.get_program().display());
    ExitCode::FAILURE
}

/// The first lines of a command; none for its help.
fn first_lines(arguments: &[OsString]) -> Option<&'static str> {
    let [command, rest @ ..] = arguments else { return None };
    if rest.iter().any(|argument| argument == "-h" || argument == "--help") {
        return None;
    }
    FIRST_LINES.iter().find(|(name, _)| command == OsStr::new(name)).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Option<&'static str> {
        first_lines(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_long_command_says_first_what_it_does() {
        assert!(of(&["demo", "--keep"]).is_some_and(|text| text.lines().all(|line| line.len() <= 80)));
        assert!(of(&["test"]).is_some_and(|text| text.lines().all(|line| line.len() <= 80)));
    }

    #[test]
    fn help_and_short_commands_begin_with_their_own_output() {
        for arguments in [&["demo", "--help"][..], &["tidy"], &[]] {
            assert_eq!(of(arguments), None);
        }
    }
}
