//! A host in the tests' hands: starts the provider as Terraform does, and connects to it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// For what takes milliseconds, unless the machine is very busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// Hosts set this cookie, all of them the same.
pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A provider's process, and the directory its socket is in. Killed when dropped.
pub(crate) struct Plugin {
    pub(crate) child: Child,
    /// The line it printed, without its end.
    pub(crate) line: String,
    pub(crate) directory: TempDir,
    stderr: mpsc::Receiver<String>,
    /// Says so when standard output is closed.
    stdout_rest: mpsc::Receiver<String>,
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

/// Runs to the end, for commands that end by themselves.
pub(crate) fn output(command: &mut Command) -> Output {
    command.output().expect("the provider was built")
}

impl Plugin {
    /// Starts a command and waits for its first line.
    pub(crate) fn start(command: &mut Command) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut child = command
            .env("TMPDIR", directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the provider was built");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = child.stderr.take().expect("a pipe");

        let (line_sender, line) = mpsc::channel();
        let (rest_sender, stdout_rest) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = line_sender.send(line);
            let mut rest = String::new();
            let _ = stdout.read_to_string(&mut rest);
            let _ = rest_sender.send(rest);
        });
        let (stderr_sender, stderr_receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut stderr = BufReader::new(stderr);
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            let _ = stderr_sender.send(text);
        });

        let mut plugin = Self { child, line: String::new(), directory, stderr: stderr_receiver, stdout_rest };
        let line = line.recv_timeout(DEADLINE).expect("a handshake in time");
        if !line.ends_with('\n') {
            let _ = plugin.child.kill();
            panic!("the provider printed {line:?}, and on standard error:\n{}", plugin.stderr());
        }
        line.trim_end_matches('\n').clone_into(&mut plugin.line);
        plugin
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

    /// Waits for the process to end, and returns how long that took.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < DEADLINE, "the provider does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// All it wrote to standard error; for after its end.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.recv_timeout(DEADLINE).expect("standard error is closed")
    }

    /// What it wrote to standard output after the handshake; waits until that is closed.
    pub(crate) fn stdout_rest(&self) -> String {
        self.stdout_rest.recv_timeout(DEADLINE).expect("standard output is closed")
    }

    /// Sends a signal by its name.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The files that are left where the socket was.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.directory.path()).expect("the directory is there");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to one process.
#[track_caller]
pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -s {name} {pid}")])
        .status()
        .expect("every system has a shell");
    assert!(status.success(), "cannot send {name} to {pid}");
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
