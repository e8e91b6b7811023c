//! A host for the tests: starts the provider as Terraform does, and connects to it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use child_processes::{Process, Processes, Signal};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// For what takes milliseconds, unless the machine is very busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// All hosts set this cookie.
pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A provider's process, and the directory its socket is in. Killed when dropped.
pub(crate) struct Plugin {
    pub(crate) process: Process,
    /// The line it printed, without its end.
    pub(crate) line: String,
    processes: Processes,
}

/// The provider, with nothing in its environment that a host or a user would have set.
pub(crate) fn provider() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tfplugin-test-provider"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// The provider as a host starts it: the cookie, versions and ports.
pub(crate) fn provider_of_a_host() -> Command {
    let mut command = provider();
    command
        .env(COOKIE.0, COOKIE.1)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000");
    command
}

/// The command with one more variable.
pub(crate) fn with(mut command: Command, name: &str, value: impl AsRef<OsStr>) -> Command {
    command.env(name, value);
    command
}

/// Runs to the end, for commands that end by themselves.
pub(crate) fn output(command: &mut Command) -> Output {
    command.output().expect("the provider was built")
}

impl Plugin {
    /// Starts a command and waits for its first line.
    pub(crate) fn start(command: Command) -> Self {
        let processes = Processes::new("tfplugin-test-").expect("a temporary directory");
        let process = processes.start(with(command, "TMPDIR", processes.directory()));
        let process = process.expect("the provider was built");
        let line = process.wait_for_output(DEADLINE, |printed| {
            let (line, _) = printed.stdout.split_once('\n')?;
            Some(line.to_owned())
        });
        let line = line.unwrap_or_else(|error| panic!("no handshake: {error}; {:?}", process.printed()));
        Self { process, line, processes }
    }

    /// The fields of the handshake.
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.line.split('|').collect()
    }

    /// Address of the socket in the handshake.
    pub(crate) fn socket(&self) -> PathBuf {
        assert_eq!(self.fields()[2], "unix");
        PathBuf::from(self.fields()[3])
    }

    /// A connection without TLS.
    pub(crate) async fn connect(&self) -> Channel {
        connect(&self.socket()).await
    }

    /// Waits for the process to end.
    pub(crate) fn ended(&self) -> ExitStatus {
        self.process.wait(DEADLINE).expect("the provider ends")
    }

    /// All it wrote to standard error; waits until that is closed.
    pub(crate) fn stderr(&self) -> String {
        self.process.wait_for_end_of_output(DEADLINE).expect("standard error is closed");
        self.process.printed().stderr
    }

    /// What it wrote to standard output after the handshake; waits until that is closed.
    pub(crate) fn stdout_rest(&self) -> String {
        self.process.wait_for_end_of_output(DEADLINE).expect("standard output is closed");
        let printed = self.process.printed().stdout;
        printed.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal_alone(signal);
    }

    /// The files in the directory of the socket.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.processes.directory()).expect("the directory is there");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

/// Connects to a socket without TLS.
pub(crate) async fn connect(socket: &Path) -> Channel {
    let socket = socket.to_owned();
    Endpoint::from_static("http://localhost")
        .connect_with_connector(service_fn(move |_| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        }))
        .await
        .expect("the provider listens")
}
