//! Child processes that never outlive us.
//!
//! Rule: each child is in a process group of its own (a Ctrl-C reaches this program only) and is ended by process id when
//! [`Processes`] is dropped, panics included. A small shell watches a pipe that only this process holds: when it breaks
//! (SIGKILL, the out-of-memory killer), the shell ends the children and removes the directory.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::File,
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tempfile::TempDir;

/// Reads `+ PID` and `- PID`; `quit` ends it in peace, the end of the pipe makes it clean up.
const WATCHDOG: &str = r#"
pids=
while read -r word pid; do
  case $word in
    +) pids="$pids $pid" ;;
    -) kept=; for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done; pids=$kept ;;
    quit) exit 0 ;;
  esac
done
[ -z "$pids" ] || kill -9 $pids
rm -rf -- "$1"
"#;

/// All children of one run, and the directory they work in.
#[derive(Debug)]
pub(crate) struct Processes {
    directory: TempDir,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    children: BTreeMap<u32, Child>,
    watchdog: Child,
    pipe: Option<ChildStdin>,
    /// No more children: the end has come.
    closed: bool,
}

impl Processes {
    /// Makes the directory and starts the watchdog.
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        let directory = tempfile::Builder::new().prefix("local-cks-").tempdir()?;
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "local-cks-watchdog"])
            .arg(directory.path())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let pipe = watchdog.stdin.take();
        let running = Running { children: BTreeMap::new(), watchdog, pipe, closed: false };
        Ok(Arc::new(Self { directory, running: Mutex::new(running) }))
    }

    /// Where files of this run belong.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Starts a child whose output goes to `log`.
    pub(crate) fn spawn<A: AsRef<OsStr>>(
        self: &Arc<Self>,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        log: PathBuf,
    ) -> io::Result<Process> {
        let output = File::create(&log)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        // A proxy of the caller's must not come between programs on one machine.
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
            command.env_remove(name);
        }
        let mut running = self.running();
        if running.closed {
            return Err(io::Error::other("local CKS is being stopped"));
        }
        let child = command.spawn()?;
        let pid = child.id();
        running.tell("+", pid);
        running.children.insert(pid, child);
        Ok(Process { pid, log, owner: Arc::clone(self) })
    }

    /// Ends all children and the watchdog, and removes the directory. Nothing can be started any more.
    pub(crate) fn end(&self) {
        let mut running = self.running();
        running.closed = true;
        let pids: Vec<u32> = running.children.keys().copied().collect();
        for pid in pids {
            running.end(pid);
        }
        if let Some(mut pipe) = running.pipe.take() {
            let _ = pipe.write_all(b"quit\n");
            drop(pipe);
            let _ = running.watchdog.wait();
        }
        let _ = std::fs::remove_dir_all(self.directory());
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.end();
    }
}

impl Running {
    fn tell(&mut self, word: &str, pid: u32) {
        if let Some(pipe) = &mut self.pipe {
            // Without the watchdog only the case of our own sudden death is uncovered.
            let _ = pipe.write_all(format!("{word} {pid}\n").as_bytes());
        }
    }

    fn end(&mut self, pid: u32) {
        if let Some(mut child) = self.children.remove(&pid) {
            let _ = child.kill();
            let _ = child.wait();
            self.tell("-", pid);
        }
    }
}

/// One child. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Process {
    pid: u32,
    log: PathBuf,
    owner: Arc<Processes>,
}

impl Process {
    /// How it ended, if it has.
    pub(crate) fn exited(&self) -> Option<ExitStatus> {
        self.owner.running().children.get_mut(&self.pid)?.try_wait().ok().flatten()
    }

    /// What it has printed so far.
    pub(crate) fn output(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last lines of what it printed, for error messages.
    pub(crate) fn last_words(&self) -> String {
        let output = self.output();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    #[cfg(test)]
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.owner.running().end(self.pid);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        path::Path,
        process::{Command, Stdio},
        time::{Duration, Instant},
    };

    use super::{Processes, WATCHDOG};

    fn is_running(pid: u32) -> bool {
        // A zombie has ended; its parent has only not asked yet.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    }

    #[test]
    fn dropping_ends_children_and_removes_the_directory() {
        let processes = Processes::new().unwrap();
        let directory = processes.directory().to_owned();
        let child = processes.spawn(Path::new("/bin/sleep"), ["600"], directory.join("sleep.log")).unwrap();
        let pid = child.pid();
        assert!(is_running(pid));
        processes.end();
        assert!(!is_running(pid));
        drop(child);
        drop(processes);
        assert!(!directory.exists());
    }

    #[test]
    fn the_watchdog_ends_children_when_the_pipe_breaks() {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new("/bin/sleep").arg("600").spawn().unwrap();
        let mut ended = Command::new("/bin/true").spawn().unwrap();
        ended.wait().unwrap();
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(directory.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = watchdog.stdin.take().unwrap();
        write!(pipe, "+ {}\n+ {}\n- {}\n", ended.id(), child.id(), ended.id()).unwrap();
        drop(pipe);
        assert!(watchdog.wait().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(10);
        while child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the child lives on");
            std::thread::yield_now();
        }
        assert!(!directory.path().exists());
    }

    #[test]
    fn what_a_child_printed_can_be_read() {
        let processes = Processes::new().unwrap();
        let log = processes.directory().join("echo.log");
        let child = processes.spawn(Path::new("/bin/echo"), ["hello"], log).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while child.exited().is_none() {
            assert!(Instant::now() < deadline);
            std::thread::yield_now();
        }
        assert_eq!(child.output(), "hello\n");
    }
}
