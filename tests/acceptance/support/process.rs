//! Running programs for a limited time: what does not end by itself is ended, with all that it started.

use std::{
    io::Read,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::share::waiting_for;

/// Longer than any run takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(3);

/// A running program with a process group of its own.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdout: Option<Stream>,
    stderr: Option<Stream>,
    ended: bool,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    /// `None`: ended by a signal, or by us because it took too long.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        local_cks::make_children_interruptible().expect("a signal can be caught");
        waiting_for(format!("{command:?}"));
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
        let (stdout, stderr) = (child.stdout.take().map(collect), child.stderr.take().map(collect));
        Self { child, stdout, stderr, ended: false }
    }

    /// What Ctrl-C at a terminal does: SIGINT to the program and all that it started.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// What it has written to its error stream so far.
    pub(crate) fn complaints(&self) -> String {
        self.stderr.as_ref().map(Stream::so_far).unwrap_or_default()
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Output {
        let deadline = Instant::now() + LIMIT;
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                break status.code();
            }
            if Instant::now() > deadline {
                self.signal("-KILL");
                let _ = self.child.wait();
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        self.ended = true;
        let text = |stream: Option<Stream>| stream.map(Stream::whole).unwrap_or_default();
        Output { code, stdout: text(self.stdout.take()), stderr: text(self.stderr.take()) }
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let sent = Command::new("kill").args([signal, "--", &group]).status();
        assert!(sent.is_ok(), "kill {signal} {group}: {sent:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.signal("-KILL");
            let _ = self.child.wait();
        }
    }
}

/// What a program writes, read as it comes.
#[derive(Debug)]
struct Stream {
    written: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    fn whole(self) -> String {
        let _ = self.reader.join();
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }
}

fn collect(mut from: impl Read + Send + 'static) -> Stream {
    let written = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&written);
    let reader = std::thread::spawn(move || {
        let mut some = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut some) {
            all.lock().unwrap().extend_from_slice(&some[..length]);
        }
    });
    Stream { written, reader }
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    waiting_for(what);
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "waited {LIMIT:?} in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
