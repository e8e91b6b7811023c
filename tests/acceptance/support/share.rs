//! What one test may take, and what it took.
//!
//! A test that takes longer than its share fails with what it was waiting for. Durations go to the file that `cargo xtask test` names,
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

/// Several times what the longest test takes on two busy cores.
const SHARE: Duration = Duration::from_mins(10);

/// Where durations go: a line of milliseconds and the test's name each.
const DURATIONS: &str = "CKS_TEST_DURATIONS";

/// What each test's thread is doing.
static ACTIVITIES: LazyLock<Mutex<HashMap<ThreadId, String>>> = LazyLock::new(Mutex::default);

/// Notes what this thread waits for from now on.
pub(crate) fn waiting_for(what: impl Into<String>) {
    ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).insert(thread::current().id(), what.into());
}

/// Runs the promise on a host of this kind, if the machine has one.
pub(crate) fn prove(kind: Kind, promise: fn(&Host)) {
    let Some(host) = Host::find(kind) else { return };
    let name = thread::current().name().unwrap_or_default().to_owned();
    let begun = Instant::now();
    within(SHARE, &name, move || promise(&host));
    record(&name, begun.elapsed());
}

fn within(share: Duration, name: &str, work: impl FnOnce() + Send + 'static) {
    let (ended, end) = mpsc::channel::<()>();
    // Dropped at the end of the thread, panics included: that ends the wait.
    let worker = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ended = ended;
        work();
    });
    let worker = worker.unwrap();
    if end.recv_timeout(share) == Err(mpsc::RecvTimeoutError::Timeout) {
        let activities = ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner);
        let activity = activities.get(&worker.thread().id()).cloned().unwrap_or_default();
        panic!("{name} takes longer than its share of {share:?}; it was waiting for: {activity}");
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
fn a_test_that_waits_longer_than_its_share_fails_with_what_it_waited_for() {
    let failure = panic::catch_unwind(|| {
        within(Duration::from_millis(50), "example", || {
            waiting_for("the end of days");
            thread::sleep(Duration::from_secs(2));
        });
    });
    let failure = failure.expect_err("it takes too long");
    let message = failure.downcast_ref::<String>().expect("a text");
    assert!(message.contains("example takes longer") && message.contains("the end of days"), "{message}");
}

#[test]
fn a_test_that_fails_fails_with_its_own_message() {
    let failure = panic::catch_unwind(|| within(Duration::from_mins(1), "example", || panic!("its own")));
    assert_eq!(failure.expect_err("it fails").downcast_ref::<&str>(), Some(&"its own"));
}
