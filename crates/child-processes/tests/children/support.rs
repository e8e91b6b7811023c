//! Support for the tests: shells, and a pipe that shows whether the last of several processes has ended.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
    time::Duration,
};

use child_processes::{Process, Processes};

/// Time limit for what takes milliseconds, unless the machine is very busy.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Time limit that has to be exceeded.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

pub(crate) fn processes() -> Processes {
    Processes::new("child-processes-test-").unwrap()
}

/// A shell that runs this script with these arguments, `$1` and up.
pub(crate) fn shell(script: &str, arguments: &[&Path]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, "script"]).args(arguments);
    command
}

/// This test program, which runs one test with a variable set.
pub(crate) fn this_test(name: &str, variable: &str, value: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(variable, value);
    command
}

/// A program that ignores SIGINT and SIGTERM, whose child does too, both of which keep a [`Mark`] open.
pub(crate) const STUBBORN: &str =
    "exec 3>\"$1\"; trap '' INT TERM; sleep 600 >/dev/null 2>&1 & echo started; while :; do sleep 600; done";

/// A named pipe that processes keep open. It is at its end once the last of them has ended.
pub(crate) struct Mark {
    pub(crate) path: PathBuf,
    opened: mpsc::Receiver<()>,
    ended: mpsc::Receiver<()>,
}

impl Mark {
    pub(crate) fn new(directory: &Path) -> Self {
        let path = directory.join("mark");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (say_opened, opened) = mpsc::channel();
        let (say_ended, ended) = mpsc::channel();
        let pipe = path.clone();
        thread::spawn(move || {
            // Waits for the first process that opens it for writing.
            let mut pipe = File::open(pipe).unwrap();
            say_opened.send(()).unwrap();
            pipe.read_to_end(&mut Vec::new()).unwrap();
            say_ended.send(()).unwrap();
        });
        Self { path, opened, ended }
    }

    /// Waits until a process has it open.
    #[track_caller]
    pub(crate) fn expect_held(&self) {
        self.opened.recv_timeout(LIMIT).expect("a process that opens the pipe");
    }

    /// A process must still have it open.
    #[track_caller]
    pub(crate) fn expect_held_still(&self) {
        let ended = self.ended.recv_timeout(SHORT);
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Timeout), "the processes have ended");
    }

    /// Waits until no process has it open.
    #[track_caller]
    pub(crate) fn expect_released(&self) {
        self.ended.recv_timeout(LIMIT).expect("the end of all processes that hold the pipe");
    }
}

/// Starts [`STUBBORN`], and waits until it and its child run.
#[track_caller]
pub(crate) fn start_stubborn(processes: &Processes) -> (Process, Mark) {
    let mark = Mark::new(processes.directory());
    let process = processes.start(shell(STUBBORN, &[&mark.path])).unwrap();
    let started = process.wait_for_output(LIMIT, |printed| printed.stdout.contains("started").then_some(()));
    started.unwrap();
    mark.expect_held();
    (process, mark)
}
