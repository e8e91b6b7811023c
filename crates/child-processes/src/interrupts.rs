//! SIGINT for children of programs that were started with it ignored, as everything is that a script starts with `&`.

use std::{io, panic::resume_unwind, sync::OnceLock};

use tokio::signal::unix::{SignalKind, signal};

/// Number of SIGINT, as everywhere.
const SIGINT: u32 = 2;

/// Makes children that are started from now on end at SIGINT, also where this program ignores it: a child inherits that a signal is
/// ignored, but gets the default for one that is caught. So SIGINT is caught from now on, with no effect on this program, which
/// ignored it anyway. Where this program does not ignore SIGINT, or there is no `/proc` to read that from, nothing changes.
pub(crate) fn make_children_interruptible() -> io::Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_some() || !is_ignored() {
        return Ok(());
    }
    // In a thread of its own: the caller may run in a runtime, where no other one can be dropped.
    std::thread::scope(|scope| {
        scope.spawn(catch_interrupts).join().unwrap_or_else(|panic| resume_unwind(panic))
    })?;
    DONE.get_or_init(|| ());
    Ok(())
}

/// Catches SIGINT. The runtime may end: the handler stays for as long as this program runs (tokio's promise).
fn catch_interrupts() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    drop(signal(SignalKind::interrupt())?);
    Ok(())
}

/// Whether this program ignores SIGINT: the mask `SigIgn` of `/proc/self/status`.
fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (SIGINT - 1) & 1 == 1
}
