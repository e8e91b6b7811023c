//! Why a program did not do what it was started for.

use std::{fmt, io, path::PathBuf, process::ExitStatus, time::Duration};

use crate::command::CommandLine;

/// Why a program could not be started, or did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The temporary directory cannot be made.
    #[error("cannot make a temporary directory")]
    Directory(#[source] io::Error),
    /// The shell that watches over the children cannot be started.
    #[error("cannot start the watchdog, /bin/sh")]
    Watchdog(#[source] io::Error),
    /// SIGINT cannot be caught, so that children would ignore it.
    #[error("cannot catch SIGINT")]
    Interrupts(#[source] io::Error),
    /// The file for a program's output cannot be written.
    #[error("cannot write {}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error("cannot start {command}")]
    Start {
        /// The program.
        command: CommandLine,
        /// Why.
        source: io::Error,
    },
    /// The owner is ending its programs: no more are started.
    #[error("cannot start {command}: its owner has ended")]
    Closed {
        /// The program.
        command: CommandLine,
    },
    /// A program ended with an error, or before it had done what was waited for.
    #[error("{command} ended ({status}){output}")]
    Ended {
        /// The program.
        command: CommandLine,
        /// How it ended.
        status: ExitStatus,
        /// The end of its output.
        output: LastLines,
    },
    /// A program did not do in time what was waited for.
    #[error("{command} took longer than {} s{output}", limit.as_secs_f32())]
    TooSlow {
        /// The program.
        command: CommandLine,
        /// How long was waited.
        limit: Duration,
        /// The end of its output.
        output: LastLines,
    },
}

/// The last lines that a program wrote: of its errors, or of its log. Empty if it wrote none.
#[derive(Clone, PartialEq, Eq)]
pub struct LastLines(String);

impl LastLines {
    const COUNT: usize = 12;

    pub(crate) fn of(text: &str) -> Self {
        let lines: Vec<_> = text.trim_end().lines().collect();
        Self(lines[lines.len().saturating_sub(Self::COUNT)..].join("\n"))
    }
}

impl fmt::Display for LastLines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(out, "; its last lines:\n{}", self.0) }
    }
}

impl fmt::Debug for LastLines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

/// An error with all its causes, as one text.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
