//! One started program: the threads that read its output and wait for its end, signals to its group, and ending it.
//!
//! Rule: the program's process id is also its group's. It becomes free only by [`Child::end`], which first kills what is left of the
//! group: so no signal ever reaches others that got the id later.

use std::{
    fs::OpenOptions,
    io::{self, Read},
    os::unix::{
        fs::OpenOptionsExt as _,
        process::{CommandExt as _, ExitStatusExt as _},
    },
    path::PathBuf,
    process::{self, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustix::{
    io::retry_on_intr,
    process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, kill_process_group, waitid},
};

use crate::{
    command::{CommandLine, Program},
    error::Error,
    observed::{Observed, State},
    watchdog::Watchdog,
};

/// How long a killed program may take to end. It cannot delay that, but a busy machine can.
const KILLED_WITHIN: Duration = Duration::from_secs(5);

/// Bytes that are read at once.
const CHUNK: usize = 8192;

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) command: CommandLine,
    pub(crate) id: Pid,
    pub(crate) log: Option<PathBuf>,
    pub(crate) observed: Arc<Observed>,
    interrupted_first: Option<Duration>,
    watchdog: Arc<Watchdog>,
    /// `None` once its id is free for others.
    handle: Mutex<Option<process::Child>>,
}

impl Child {
    pub(crate) fn start(program: Program, watchdog: Arc<Watchdog>) -> Result<Self, Error> {
        let Program { mut command, log, interrupted_first } = program;
        let shown = CommandLine::of(&command);
        command.stdin(Stdio::null()).process_group(0);
        if let Some(path) = &log {
            let log = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
            let files = log.and_then(|file| Ok((file.try_clone()?, file)));
            let (stdout, stderr) = files.map_err(|source| Error::Log { path: path.clone(), source })?;
            command.stdout(stdout).stderr(stderr);
        } else {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        let spawned = command.spawn().map_err(|source| Error::Start { command: shown.clone(), source });
        // The command holds the other ends of pipes, or the log.
        drop(command);
        let mut handle = spawned?;
        watchdog.add(handle.id());
        let (stdout, stderr) = (handle.stdout.take(), handle.stderr.take());
        let streams = usize::from(stdout.is_some()) + usize::from(stderr.is_some());
        let observed = Arc::new(Observed::with_streams(streams));
        if let Some(stdout) = stdout {
            collect(stdout, &observed, |state| &mut state.stdout);
        }
        if let Some(stderr) = stderr {
            collect(stderr, &observed, |state| &mut state.stderr);
        }
        let id = Pid::from_child(&handle);
        notice_end(id, &observed);
        let handle = Mutex::new(Some(handle));
        Ok(Self { command: shown, id, log, observed, interrupted_first, watchdog, handle })
    }

    pub(crate) fn status(&self) -> Option<ExitStatus> {
        self.observed.state().status
    }

    /// Sends a signal to the program and all of its group.
    pub(crate) fn signal(&self, signal: Signal) {
        // Locked until the signal is sent: the id must not become free in between.
        let handle = self.handle();
        if handle.is_some() {
            // Fails only when all of the group has just ended.
            let _ = kill_process_group(self.id, signal);
        }
    }

    /// Sends a signal to the program, but not to what it started.
    pub(crate) fn signal_alone(&self, signal: Signal) {
        let handle = self.handle();
        if handle.is_some() {
            let _ = kill_process(self.id, signal);
        }
    }

    /// Ends the program and all of its group.
    pub(crate) fn end(&self) {
        if let Some(within) = self.interrupted_first
            && self.status().is_none()
        {
            self.signal(Signal::INT);
            self.observed.wait(within, |state| state.status);
        }
        self.signal(Signal::KILL);
        if self.observed.wait(KILLED_WITHIN, |state| state.status).is_some()
            && let Some(mut handle) = self.handle().take()
        {
            self.watchdog.remove(handle.id());
            let _ = handle.wait();
        }
    }

    fn handle(&self) -> MutexGuard<'_, Option<process::Child>> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a stream to its end.
fn collect(
    mut stream: impl Read + Send + 'static,
    observed: &Arc<Observed>,
    place: fn(&mut State) -> &mut Vec<u8>,
) {
    let observed = Arc::clone(observed);
    thread::spawn(move || {
        let mut chunk = [0; CHUNK];
        loop {
            match stream.read(&mut chunk) {
                Ok(length @ 1..) => {
                    observed.update(|state| place(state).extend_from_slice(&chunk[..length]));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        observed.update(|state| state.open_streams -= 1);
    });
}

/// Waits for the program's end, and keeps its id in use.
fn notice_end(id: Pid, observed: &Arc<Observed>) {
    let observed = Arc::clone(observed);
    thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let ended = retry_on_intr(|| waitid(WaitId::Pid(id), options)).ok().flatten();
        // As `wait` encodes it: the signal in the low bits, else the exit code above them.
        let signal = ended.as_ref().and_then(WaitIdStatus::terminating_signal);
        let code = ended.as_ref().and_then(WaitIdStatus::exit_status);
        // Neither, if this program lets the system take away ended children unseen: then it counts as failed.
        let status = ExitStatus::from_raw(signal.unwrap_or_else(|| code.unwrap_or(255) << 8));
        observed.update(|state| state.status = Some(status));
    });
}
