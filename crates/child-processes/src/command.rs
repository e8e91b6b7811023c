//! What is to be started, and how it is shown in errors.

use std::{env, fmt, path::PathBuf, process::Command, time::Duration};

/// A program to start. A [`Command`] becomes one whose two streams are collected in memory, and which is killed when it has to end.
#[derive(Debug)]
pub struct Program {
    pub(crate) command: Command,
    pub(crate) log: Option<PathBuf>,
    pub(crate) interrupted_first: Option<Duration>,
}

impl Program {
    /// Writes both streams to this file, in the order they come, instead of collecting them in memory.
    #[must_use]
    pub fn logged_to(mut self, log: impl Into<PathBuf>) -> Self {
        self.log = Some(log.into());
        self
    }

    /// When it has to end, sends SIGINT first, and kills it only if it has not ended within this time.
    #[must_use]
    pub const fn interrupted_first(mut self, within: Duration) -> Self {
        self.interrupted_first = Some(within);
        self
    }
}

impl From<Command> for Program {
    fn from(command: Command) -> Self {
        Self { command, log: None, interrupted_first: None }
    }
}

/// A program and its arguments, as errors show it: without its environment.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine(String);

impl CommandLine {
    /// Of this command.
    pub fn of(command: &Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        Self(words.join(" "))
    }
}

/// Most characters of a command line in a message: dozens of flags would hide the cause, which follows.
const LONGEST: usize = 160;

impl fmt::Display for CommandLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(out, "`{}…`", &self.0[..end]),
            None => write!(out, "`{}`", self.0),
        }
    }
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.0)
    }
}

/// Removes the variables from which programs take proxies (`HTTPS_PROXY`, `no_proxy`, and the like), so that none comes between
/// programs on one machine. Variables that are set afterwards stay.
pub fn remove_proxy_variables(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().to_ascii_uppercase().ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_begin_of_a_long_command_line() {
        let mut command = Command::new("kube-apiserver");
        command.args(["--flag-ü=value"; 40]);
        let line = CommandLine::of(&command);
        let shown = line.to_string();
        assert!(
            shown.starts_with("`kube-apiserver --flag-ü=value --flag") && shown.ends_with("…`"),
            "{shown}"
        );
        assert_eq!(shown.chars().count(), LONGEST + 3);
        assert!(format!("{line:?}").len() > 500, "all of it");
        assert_eq!(CommandLine::of(&Command::new("etcd")).to_string(), "`etcd`");
    }
}
