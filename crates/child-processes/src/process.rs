//! A handle of one program: what it wrote, how it ended, waiting for both, signals.

use std::{
    fmt, fs,
    panic::resume_unwind,
    process::ExitStatus,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    child::Child,
    error::{Error, LastLines},
    observed::{Observed, State},
    shared::Shared,
};

/// How long the output may stay open after the program's end, before what holds it open is killed.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

/// Between two probes of whether a program is ready, for which there is no event.
const PAUSE: Duration = Duration::from_millis(50);

/// A started program. Dropping it ends the program and all of its process group, and waits for that: for seconds if the program ends by
/// itself only slowly.
pub struct Process {
    pub(crate) child: Arc<Child>,
    pub(crate) owner: Arc<Shared>,
}

/// What a program has written so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Its standard output; everything, where it goes to a log.
    pub stdout: String,
    /// Its standard error; empty, where it goes to a log.
    pub stderr: String,
}

impl Process {
    /// Its process id, which is also its group's.
    pub fn id(&self) -> u32 {
        self.child.id.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        self.child.status()
    }

    /// What it has written so far.
    pub fn printed(&self) -> Printed {
        if let Some(log) = &self.child.log {
            let bytes = fs::read(log).unwrap_or_default();
            return Printed { stdout: text(&bytes), stderr: String::new() };
        }
        Printed::of(&self.child.observed.state())
    }

    /// Sends SIGINT to the program and all of its group, as a Ctrl-C at its own terminal does.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends a signal to the program and all of its group.
    pub fn signal(&self, signal: Signal) {
        self.child.signal(signal);
    }

    /// Sends a signal to the program, but not to what it started.
    pub fn signal_alone(&self, signal: Signal) {
        self.child.signal_alone(signal);
    }

    /// Waits until the program itself has ended, and leaves it running if it takes longer.
    pub fn wait(&self, limit: Duration) -> Result<ExitStatus, Error> {
        let status = self.child.observed.wait(limit, |state| state.status);
        status.ok_or_else(|| self.too_slow(limit))
    }

    /// The same in a task, for as long as it takes.
    pub async fn wait_async(&self) -> ExitStatus {
        self.child.observed.wait_async(|state| state.status).await
    }

    /// Waits until the program has ended and its output is complete. If it takes longer it is ended. Nothing of its group is left in
    /// either case.
    pub fn finish(&self, limit: Duration) -> Result<ExitStatus, Error> {
        let status = self.wait(limit);
        if status.is_ok() {
            self.child.observed.wait(CLOSED_WITHIN, closed);
        }
        end_group(&self.owner, self.id(), &self.child.observed);
        status
    }

    /// The same in a task. When that is dropped, the program runs on until the [`Process`] is dropped too.
    pub async fn finish_async(&self, limit: Duration) -> Result<ExitStatus, Error> {
        let status = tokio::time::timeout(limit, self.wait_async()).await.map_err(|_| self.too_slow(limit));
        if status.is_ok() {
            let _ = tokio::time::timeout(CLOSED_WITHIN, self.child.observed.wait_async(closed)).await;
        }
        let (owner, id, observed) = (Arc::clone(&self.owner), self.id(), Arc::clone(&self.child.observed));
        // It may wait for several seconds, in which other tasks have to run.
        let ended = tokio::task::spawn_blocking(move || end_group(&owner, id, &observed));
        ended.await.unwrap_or_else(|failure| resume_unwind(failure.into_panic()));
        status
    }

    /// [`Process::finish`], and the program must end without an error.
    pub fn succeed(&self, limit: Duration) -> Result<(), Error> {
        let status = self.finish(limit)?;
        if status.success() { Ok(()) } else { Err(self.has_ended(status)) }
    }

    /// Waits until both streams are closed: nobody writes to them any more. Not for programs with a log.
    pub fn wait_for_end_of_output(&self, limit: Duration) -> Result<(), Error> {
        self.child.observed.wait(limit, closed).ok_or_else(|| self.too_slow(limit))
    }

    /// Waits until `find` has a result from what the program wrote. Not for programs with a log.
    pub fn wait_for_output<T>(
        &self,
        limit: Duration,
        mut find: impl FnMut(&Printed) -> Option<T>,
    ) -> Result<T, Error> {
        let found = self.child.observed.wait(limit, |state| searched(state, &mut find));
        found.ok_or_else(|| self.too_slow(limit))?.map_err(|status| self.has_ended(status))
    }

    /// The same in a task.
    pub async fn wait_for_output_async<T>(
        &self,
        limit: Duration,
        mut find: impl FnMut(&Printed) -> Option<T>,
    ) -> Result<T, Error> {
        let found = self.child.observed.wait_async(|state| searched(state, &mut find));
        let found = tokio::time::timeout(limit, found).await.map_err(|_| self.too_slow(limit))?;
        found.map_err(|status| self.has_ended(status))
    }

    /// Calls `probe` until it has a result, such as the response of a server. Ends early when the program ends.
    pub async fn wait_until_ready<T, F: Future<Output = Option<T>>>(
        &self,
        limit: Duration,
        mut probe: impl FnMut() -> F,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        loop {
            if let Some(result) = probe().await {
                return Ok(result);
            }
            if let Some(status) = self.status() {
                // What it wrote last, the error quotes.
                let _ = tokio::time::timeout(CLOSED_WITHIN, self.child.observed.wait_async(closed)).await;
                return Err(self.has_ended(status));
            }
            if begun.elapsed() > limit {
                return Err(self.too_slow(limit));
            }
            let _ = tokio::time::timeout(PAUSE, self.wait_async()).await;
        }
    }

    fn has_ended(&self, status: ExitStatus) -> Error {
        Error::Ended { command: self.child.command.clone(), status, output: self.last_lines() }
    }

    fn too_slow(&self, limit: Duration) -> Error {
        Error::TooSlow { command: self.child.command.clone(), limit, output: self.last_lines() }
    }

    /// Of standard error, since a program's standard output may be a credential; or of the log, which has both.
    fn last_lines(&self) -> LastLines {
        let printed = self.printed();
        LastLines::of(if self.child.log.is_some() { &printed.stdout } else { &printed.stderr })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.owner.end(self.id());
    }
}

/// Without what it wrote, which may be secret.
impl fmt::Debug for Process {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (command, id, status) = (&self.child.command, self.id(), self.status());
        out.debug_struct("Process")
            .field("command", command)
            .field("id", &id)
            .field("status", &status)
            .finish_non_exhaustive()
    }
}

impl Printed {
    fn of(state: &State) -> Self {
        Self { stdout: text(&state.stdout), stderr: text(&state.stderr) }
    }
}

/// Ends what is left of a program's group; the streams are closed then, unless something has left the group and holds them.
fn end_group(owner: &Shared, id: u32, observed: &Observed) {
    owner.end(id);
    observed.wait(CLOSED_WITHIN, closed);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn closed(state: &State) -> Option<()> {
    (state.open_streams == 0).then_some(())
}

/// What `find` results in; else how the program ended, if nothing more can come.
fn searched<T>(state: &State, find: impl FnOnce(&Printed) -> Option<T>) -> Option<Result<T, ExitStatus>> {
    let found = find(&Printed::of(state)).map(Ok);
    found.or_else(|| closed(state).and(state.status).map(Err))
}
