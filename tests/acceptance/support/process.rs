//! Programs of a test, all with the same time limit, with their exit code and output.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use child_processes::{CommandLine, Printed, Process, Processes};

use super::share::waiting_for;

/// Longer than any run takes, also on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_mins(3);

/// Result of a program.
#[derive(Debug)]
pub(crate) struct Output {
    /// `None`: ended by a signal, or killed after the time limit.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

#[track_caller]
pub(crate) fn start(processes: &Processes, command: Command) -> Process {
    waiting_for(CommandLine::of(&command).to_string());
    processes.start(command).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Waits for the end.
pub(crate) fn finish(process: &Process) -> Output {
    let code = process.finish(LIMIT).ok().and_then(|status| status.code());
    let Printed { stdout, stderr } = process.printed();
    Output { code, stdout, stderr }
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    waiting_for(what);
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "timed out after {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
