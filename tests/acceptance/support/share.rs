//! Time limit and duration of each test.
//!
//! A test that exceeds the limit fails with what it waits for. Durations are written to the file that `cargo xtask test` sets,
//! which prints the longest.

use std::{
    collections::HashMap,
    env,
    fs::OpenOptions,
    io::Write as _,
    panic,
    sync::{LazyLock, Mutex, PoisonError, mpsc},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use super::{Host, Kind};

/// Several times the duration of the longest test on two busy cores.
const TIME_LIMIT: Duration = Duration::from_mins(10);

/// Variable with the file for durations: a line with milliseconds and name for each test.
const DURATIONS: &str = "CKS_TEST_DURATIONS";

/// What each test's thread waits for.
static WAITS: LazyLock<Mutex<HashMap<ThreadId, String>>> = LazyLock::new(Mutex::default);

/// Records what this thread waits for from now on.
pub(crate) fn waiting_for(what: impl Into<String>) {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner).insert(thread::current().id(), what.into());
}

/// Runs the promise on a host of this kind, if the machine has one.
pub(crate) fn prove(kind: Kind, promise: fn(&Host)) {
    let Some(host) = Host::find(kind) else { return };
    let name = thread::current().name().unwrap_or_default().to_owned();
    let begun = Instant::now();
    within(TIME_LIMIT, &name, move || promise(&host));
    record(&name, begun.elapsed());
}

fn within(limit: Duration, name: &str, work: impl FnOnce() + Send + 'static) {
    let (ended, end) = mpsc::channel::<()>();
    // Dropped at the end of the thread, panics included: that ends the wait.
    let worker = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ended = ended;
        work();
    });
    let worker = worker.unwrap();
    if end.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
        let waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = waits.get(&worker.thread().id()).cloned().unwrap_or_default();
        panic!("{name} takes longer than its limit of {limit:?}; it was waiting for: {wait}");
    }
    if let Err(failure) = worker.join() {
        panic::resume_unwind(failure);
    }
}

fn record(name: &str, took: Duration) {
    let Some(file) = env::var_os(DURATIONS) else { return };
    let line = format!("{} {name}\n", took.as_millis());
    // One write of one line: several tests append to the file at once.
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        eprintln!("cannot record how long {name} took: {error}");
    }
}

#[test]
fn a_test_that_exceeds_its_time_limit_fails_with_what_it_waits_for() {
    let failure = panic::catch_unwind(|| {
        // Long enough for the thread to begin on a busy machine.
        within(Duration::from_secs(5), "example", || {
            waiting_for("an event that never happens");
            thread::sleep(Duration::from_mins(1));
        });
    });
    let failure = failure.expect_err("it takes too long");
    let message = failure.downcast_ref::<String>().expect("a text");
    assert!(
        message.contains("example takes longer") && message.contains("an event that never happens"),
        "{message}"
    );
}

#[test]
fn a_test_that_fails_fails_with_its_own_message() {
    let failure = panic::catch_unwind(|| within(Duration::from_mins(1), "example", || panic!("its own")));
    assert_eq!(failure.expect_err("it fails").downcast_ref::<&str>(), Some(&"its own"));
}
