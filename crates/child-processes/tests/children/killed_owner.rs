//! A program that is killed leaves no child of its own, and no file.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use child_processes::Signal;

use crate::support::{LIMIT, Mark, STUBBORN, processes, shell, this_test};

const OWNER: &str = "CHILD_PROCESSES_TEST_OWNER";

#[test]
fn the_watchdog_ends_the_children_of_an_owner_that_is_killed() {
    let processes = processes();
    if let Some(mark) = std::env::var_os(OWNER) {
        let ended = processes.start(shell("exit 0", &[])).unwrap();
        ended.succeed(LIMIT).unwrap();
        let stubborn = processes.start(shell(STUBBORN, &[&PathBuf::from(mark)])).unwrap();
        stubborn.wait_for_output(LIMIT, |printed| printed.stdout.contains("started").then_some(())).unwrap();
        println!("\ndirectory {}", processes.directory().display());
        stubborn.wait(LIMIT).unwrap();
        panic!("the owner is killed before this");
    }
    let mark = Mark::new(processes.directory());
    let name = "killed_owner::the_watchdog_ends_the_children_of_an_owner_that_is_killed";
    let owner = processes.start(this_test(name, OWNER, &mark.path.display().to_string())).unwrap();
    let directory = owner.wait_for_output(LIMIT, |printed| {
        let (line, _) = printed.stdout.split_once("directory ")?.1.split_once('\n')?;
        Some(PathBuf::from(line))
    });
    let directory = directory.unwrap();
    assert!(directory.exists());
    mark.expect_held();
    owner.signal_alone(Signal::KILL);
    owner.wait(LIMIT).unwrap();
    mark.expect_released();
    // The watchdog is not a child of this program, so that its end causes no event.
    let begun = Instant::now();
    while directory.exists() {
        assert!(begun.elapsed() < LIMIT, "the directory is left");
        thread::sleep(Duration::from_millis(10));
    }
}
