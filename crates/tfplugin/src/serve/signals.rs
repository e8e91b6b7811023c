//! Signals that mean the end of the process.

use std::io;

/// Who started the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A host, which waits for the handshake and requests the end.
    Plugin,
    /// A person, who ends it with Ctrl-C.
    Debug,
}

/// Signals. From now on no signal of these ends the process at once.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None`: it stays ignored.
    hangup: Option<tokio::signal::unix::Signal>,
    /// Whether it is certain that nobody wants a hang-up to be ignored.
    hangup_is_meant: bool,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        // `nohup` has it ignored, for a host and for what the host starts: a handler would undo that.
        let ignored = hangup_is_ignored();
        let hangup = if ignored == Some(true) { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup,
            hangup_is_meant: ignored == Some(false),
        })
    }

    /// Waits for a signal that means the end. A Ctrl-C at the terminal reaches a host and its plugins alike, and it is the
    /// host's business: it calls `StopProvider`. A terminal that closes ends the host, which then calls nothing. Where it is not known
    /// whether the host ignores that, its end decides (`orphan`).
    pub(super) async fn end(&mut self, mode: Mode) {
        loop {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => if mode == Mode::Debug { return },
                _ = self.terminate.recv() => return,
                _ = hangup => if mode == Mode::Debug || self.hangup_is_meant { return },
            }
        }
    }
}

/// Whether SIGHUP was ignored when the process started. `None` on systems that do not show it to a process without `unsafe` code.
#[cfg(unix)]
fn hangup_is_ignored() -> Option<bool> {
    ignores_hangup(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Whether SIGHUP, the first signal, is in the mask of ignored ones (proc(5), `/proc/pid/status`).
#[cfg(unix)]
fn ignores_hangup(status: &str) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    Some(u64::from_str_radix(mask.trim(), 16).ok()? & 1 == 1)
}

/// Ctrl-C, which does not end the process at once from now on.
#[cfg(not(unix))]
pub(super) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    pub(super) async fn end(&mut self, mode: Mode) {
        loop {
            self.interrupt.recv().await;
            if mode == Mode::Debug {
                return;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let ignored = "Name:\tp\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignores_hangup(ignored), Some(true));
        assert_eq!(ignores_hangup("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n"), Some(false));
        assert_eq!(ignores_hangup("SigIgn:\tnone\n"), None);
        assert_eq!(ignores_hangup(""), None);
    }
}
