//! How the real programs of a run are started: in its directory, with no proxy between them, and with the run's roots.

use std::{ffi::OsStr, path::Path, process::Command};

use child_processes::{Processes, remove_proxy_variables};

/// File in the directory of a run with the certificates that its programs trust in place of the system's, if the run has any.
pub(crate) const ROOTS: &str = "roots.pem";

/// The command for a program that runs in the directory of these processes.
pub(crate) fn command<A: AsRef<OsStr>>(
    processes: &Processes,
    program: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    remove_proxy_variables(&mut command);
    command.args(arguments).current_dir(processes.directory());
    let roots = processes.directory().join(ROOTS);
    if roots.is_file() {
        command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
    }
    command
}
