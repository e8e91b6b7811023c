//! Waiting in tasks of a runtime.

use std::cell::Cell;

use child_processes::Error;

use crate::support::{LIMIT, SHORT, processes, shell, start_stubborn};

#[tokio::test]
async fn a_task_waits_for_output_and_for_the_end() {
    let processes = processes();
    let process = processes.start(shell("echo ready; sleep 0.1; echo done; exit 5", &[])).unwrap();
    let ready = |text: &'static str| {
        process.wait_for_output_async(LIMIT, move |printed| printed.stdout.contains(text).then_some(()))
    };
    ready("ready").await.unwrap();
    let (ended, finished) = tokio::join!(process.wait_async(), process.finish_async(LIMIT));
    assert_eq!((ended.code(), finished.unwrap().code()), (Some(5), Some(5)));
    assert_eq!(process.printed().stdout, "ready\ndone\n");
    assert!(matches!(ready("more").await, Err(Error::Ended { .. })));
}

#[tokio::test]
async fn a_program_that_takes_too_long_for_a_task_is_ended() {
    let processes = processes();
    let (process, mark) = start_stubborn(&processes);
    assert!(matches!(process.finish_async(SHORT).await, Err(Error::TooSlow { .. })));
    mark.expect_released();
}

#[tokio::test]
async fn a_task_that_is_given_up_leaves_no_program() {
    let processes = processes();
    let (process, mark) = start_stubborn(&processes);
    let work = async move { process.finish_async(LIMIT).await };
    assert!(tokio::time::timeout(SHORT, work).await.is_err());
    mark.expect_released();
}

#[tokio::test]
async fn a_program_is_probed_until_it_is_ready_or_has_ended() {
    let processes = processes();
    let process = processes.start(shell("exec sleep 600", &[])).unwrap();
    let probes = Cell::new(0);
    let third = || async {
        probes.set(probes.get() + 1);
        (probes.get() == 3).then_some("ready")
    };
    assert_eq!(process.wait_until_ready(LIMIT, third).await.unwrap(), "ready");
    let never = || async { None::<()> };
    assert!(matches!(process.wait_until_ready(SHORT, never).await, Err(Error::TooSlow { .. })));

    let process = processes.start(shell("echo no port >&2; exit 1", &[])).unwrap();
    let begun = std::time::Instant::now();
    let failed = process.wait_until_ready(LIMIT, never).await.unwrap_err();
    assert!(failed.to_string().ends_with("its last lines:\nno port"), "{failed}");
    assert!(begun.elapsed() < LIMIT);
}
