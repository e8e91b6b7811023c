//! How programs end: by themselves, after the time limit, interrupted, dropped; always with their descendants.

use std::{os::unix::process::ExitStatusExt as _, panic, time::Instant};

use child_processes::{Error, Program, Signal};

use crate::support::{LIMIT, Mark, SHORT, processes, shell, start_stubborn};

#[test]
fn a_program_that_ends_by_itself_has_its_status() {
    let processes = processes();
    let process = processes.start(shell("exit 3", &[])).unwrap();
    assert_eq!(process.finish(LIMIT).unwrap().code(), Some(3));
    assert_eq!(process.status().unwrap().code(), Some(3));
    let process = processes.start(shell("kill -s KILL $$", &[])).unwrap();
    assert_eq!(process.finish(LIMIT).unwrap().signal(), Some(Signal::KILL.as_raw()));
}

#[test]
fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let processes = processes();
    let (process, mark) = start_stubborn(&processes);
    assert!(matches!(process.finish(SHORT), Err(Error::TooSlow { limit: SHORT, .. })));
    mark.expect_released();
    assert_eq!(process.status().unwrap().signal(), Some(Signal::KILL.as_raw()));
}

#[test]
fn waiting_for_a_program_in_vain_leaves_it_running() {
    let processes = processes();
    let process = processes.start(shell("exec sleep 600", &[])).unwrap();
    assert!(matches!(process.wait(SHORT), Err(Error::TooSlow { .. })));
    assert_eq!(process.status(), None);
}

#[test]
fn an_interrupt_reaches_all_that_a_program_started() {
    let processes = processes();
    let mark = Mark::new(processes.directory());
    // A program that a shell starts with `&` ignores SIGINT, so the other one is in the foreground. That one writes, so that
    // both run at the time of the interrupt.
    let script = "exec 3>\"$1\"; trap 'exit 7' INT; (echo started; exec sleep 600); exit 8";
    let process = processes.start(shell(script, &[&mark.path])).unwrap();
    mark.expect_held();
    process.wait_for_output(LIMIT, |printed| printed.stdout.contains("started").then_some(())).unwrap();
    process.interrupt();
    assert_eq!(process.finish(LIMIT).unwrap().code(), Some(7));
    mark.expect_released();
}

#[test]
fn a_signal_to_a_program_alone_does_not_reach_what_it_started() {
    let processes = processes();
    let (process, mark) = start_stubborn(&processes);
    process.signal_alone(Signal::KILL);
    assert_eq!(process.wait(LIMIT).unwrap().signal(), Some(Signal::KILL.as_raw()));
    mark.expect_held_still();
    drop(process);
    mark.expect_released();
}

#[test]
fn a_dropped_program_is_ended_with_all_that_it_started() {
    let processes = processes();
    let (process, mark) = start_stubborn(&processes);
    drop(process);
    mark.expect_released();
}

#[test]
fn a_panic_ends_programs_and_removes_the_directory() {
    let processes = processes();
    let directory = processes.directory().to_owned();
    let (process, mark) = start_stubborn(&processes);
    let failed = panic::catch_unwind(panic::AssertUnwindSafe(move || {
        let _owned = (processes, process);
        panic!("on purpose");
    }));
    assert!(failed.is_err());
    mark.expect_released();
    assert!(!directory.exists());
}

#[test]
fn the_end_of_the_owner_ends_all_programs_and_removes_the_directory() {
    let processes = processes();
    let directory = processes.directory().to_owned();
    let (first, mark) = start_stubborn(&processes);
    let second = processes.start(shell("exec sleep 600", &[])).unwrap();
    drop(processes);
    mark.expect_released();
    assert!(first.status().is_some() && second.status().is_some());
    assert!(!directory.exists());
}

#[test]
fn an_owner_that_has_ended_starts_nothing() {
    let processes = processes();
    processes.end();
    assert!(matches!(processes.start(shell("exit 0", &[])), Err(Error::Closed { .. })));
}

#[test]
fn a_directory_that_is_handed_over_is_removed() {
    let directory = tempfile::tempdir().unwrap().keep();
    let processes = child_processes::Processes::in_directory(&directory).unwrap();
    assert_eq!(processes.directory(), directory);
    drop(processes);
    assert!(!directory.exists());
}

#[test]
fn a_program_that_asked_for_it_is_interrupted_before_it_is_killed() {
    let processes = processes();
    let script = "trap 'echo cleaned up; exit 0' INT; (echo started; exec sleep 600)";
    let start = || {
        let program = Program::from(shell(script, &[])).interrupted_first(LIMIT);
        let process = processes.start(program).unwrap();
        process.wait_for_output(LIMIT, |printed| printed.stdout.contains("started").then_some(())).unwrap();
        process
    };
    let process = start();
    assert!(matches!(process.finish(SHORT), Err(Error::TooSlow { .. })));
    assert_eq!(process.status().unwrap().code(), Some(0));
    assert_eq!(process.printed().stdout, "started\ncleaned up\n");
}

#[test]
fn a_program_that_ignores_the_interrupt_is_killed_in_time() {
    let processes = processes();
    let program = Program::from(shell("trap '' INT; echo started; while :; do sleep 600; done", &[]));
    let process = processes.start(program.interrupted_first(SHORT)).unwrap();
    process.wait_for_output(LIMIT, |printed| printed.stdout.contains("started").then_some(())).unwrap();
    let begun = Instant::now();
    processes.end();
    assert_eq!(process.status().unwrap().signal(), Some(Signal::KILL.as_raw()));
    assert!(begun.elapsed() >= SHORT && begun.elapsed() < LIMIT);
}

#[test]
fn children_end_at_an_interrupt_also_when_their_parent_ignores_it() {
    const PARENT: &str = "CHILD_PROCESSES_TEST_IGNORING_PARENT";
    let processes = processes();
    if std::env::var_os(PARENT).is_some() {
        // In a runtime, which forbids blocking.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let process = runtime.block_on(async { processes.start(shell("echo started; exec sleep 600", &[])) });
        let process = process.unwrap();
        process.wait_for_output(LIMIT, |printed| printed.stdout.contains("started").then_some(())).unwrap();
        process.interrupt();
        assert_eq!(process.finish(LIMIT).unwrap().signal(), Some(Signal::INT.as_raw()));
        return;
    }
    let name = "ending::children_end_at_an_interrupt_also_when_their_parent_ignores_it";
    let script = "trap '' INT; exec \"$1\" --exact \"$2\"";
    let program = std::env::current_exe().unwrap();
    let mut command = shell(script, &[&program, name.as_ref()]);
    command.env(PARENT, "1");
    let parent = processes.start(command).unwrap();
    assert!(parent.finish(LIMIT).unwrap().success(), "{:?}", parent.printed());
    assert!(parent.printed().stdout.contains("1 passed"), "{:?}", parent.printed());
}
