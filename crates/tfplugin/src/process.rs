//! How the process ends: why, how long what still runs may take, and the hard exit behind it all.

mod count;

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use tokio_util::sync::CancellationToken;

pub(crate) use self::count::{Count, Counted};

/// A handle on the process and its end, for the service that runs in it.
#[derive(Clone, Debug)]
pub struct Process {
    stopping: CancellationToken,
    ending: Arc<OnceLock<Ending>>,
    holds: Count,
}

/// As long as one exists, a process whose host has ended delays its own end, so that work in progress can finish.
#[derive(Debug)]
#[must_use = "dropping it lets the process end"]
pub struct Hold {
    _counted: Counted,
}

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The host requested it. It kills a process that still runs after two seconds.
    HostRequested,
    /// The host has crashed or was killed, and nobody waits.
    HostGone,
    /// A signal from a person or a service manager.
    Signal,
}

impl Process {
    pub(crate) fn new() -> Self {
        Self { stopping: CancellationToken::new(), ending: Arc::default(), holds: Count::new() }
    }

    /// Cancelled when the process is about to end: what runs should end soon.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Delays the end while the result exists, for work that must not be interrupted: at most 30 seconds if the
    /// host has ended, and less than two if the host waits for the end.
    pub fn hold(&self) -> Hold {
        Hold { _counted: self.holds.enter() }
    }

    /// Starts the end; the first reason counts.
    pub(crate) fn end(&self, ending: Ending) {
        self.ending.get_or_init(|| ending);
        self.stopping.cancel();
    }

    /// Waits until the end is started.
    pub(crate) async fn ending(&self) -> Ending {
        self.stopping.cancelled().await;
        self.ending.get().copied().unwrap_or(Ending::Signal)
    }

    pub(crate) async fn until_no_holds(&self) {
        self.holds.until_zero().await;
    }
}

impl Ending {
    /// How long the end may take.
    fn grace_period(self) -> Duration {
        match self {
            // Less than the host's two seconds, so that the exit code is ours.
            Self::HostRequested => Duration::from_millis(1_500),
            Self::HostGone => Duration::from_secs(30),
            Self::Signal => Duration::from_secs(5),
        }
    }

    /// Exits when time is up, whatever hangs, without a trace of the socket. A thread of its own, because what hangs may
    /// be the runtime.
    pub(crate) fn exit_when_time_is_up(self, socket: Option<PathBuf>) {
        let grace_period = self.grace_period();
        let exit = move || {
            thread::sleep(grace_period);
            tracing::debug!("the time of the end is up, and something still runs");
            if let Some(path) = socket {
                let _ = std::fs::remove_file(path);
            }
            std::process::exit(0);
        };
        if let Err(error) = thread::Builder::new().name("hard-exit".to_owned()).spawn(exit) {
            tracing::warn!(%error, "cannot start the thread that would end a hanging process");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_reason_counts() {
        let process = Process::new();
        process.end(Ending::HostRequested);
        process.end(Ending::HostGone);
        assert_eq!(process.ending().await, Ending::HostRequested);
        assert!(process.stopping().is_cancelled());
    }

    #[tokio::test]
    async fn a_hold_delays_the_end() {
        let process = Process::new();
        let hold = process.hold();
        let waiting = tokio::spawn({
            let process = process.clone();
            async move { process.until_no_holds().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(hold);
        waiting.await.unwrap();
    }

    #[test]
    fn the_end_a_host_waits_for_is_quicker_than_its_kill() {
        assert!(Ending::HostRequested.grace_period() < Duration::from_secs(2));
    }
}
