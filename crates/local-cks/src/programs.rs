//! How the real programs of a run are started: in its directory, and with no proxy between them.

use std::{ffi::OsStr, path::Path, process::Command};

use child_processes::{Processes, remove_proxy_variables};

/// The command for a program that runs in the directory of these processes.
pub(crate) fn command<A: AsRef<OsStr>>(
    processes: &Processes,
    program: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    remove_proxy_variables(&mut command);
    command.args(arguments).current_dir(processes.directory());
    command
}
