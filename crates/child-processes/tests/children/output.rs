//! Output of programs is collected while they run, without a size limit, also if a descendant keeps the streams open.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use child_processes::{Error, Printed, Program, remove_proxy_variables};

use crate::support::{LIMIT, SHORT, processes, shell};

#[test]
fn both_streams_may_carry_more_than_a_pipe_holds() {
    let processes = processes();
    let script = "i=0; while [ $i -lt 4000 ]; do echo \"out $i of many lines on this stream\"; \
                  echo \"err $i of many lines on this stream\" >&2; i=$((i + 1)); done";
    let process = processes.start(shell(script, &[])).unwrap();
    process.succeed(LIMIT).unwrap();
    let Printed { stdout, stderr } = process.printed();
    for (text, name) in [(stdout, "out"), (stderr, "err")] {
        assert!(text.len() > 100_000, "{}", text.len());
        assert_eq!(text.lines().count(), 4000);
        assert_eq!(text.lines().last(), Some(&*format!("{name} 3999 of many lines on this stream")));
    }
}

#[test]
fn output_can_be_waited_for_while_the_program_runs() {
    let processes = processes();
    let process = processes.start(shell("echo ready at 42; exec sleep 600", &[])).unwrap();
    let port = process.wait_for_output(LIMIT, |printed| {
        printed.stdout.strip_suffix('\n')?.strip_prefix("ready at ")?.parse::<u16>().ok()
    });
    assert_eq!(port.unwrap(), 42);
    assert_eq!(process.status(), None);
    let more = process.wait_for_output(SHORT, |printed| printed.stdout.contains("more").then_some(()));
    assert!(matches!(more, Err(Error::TooSlow { .. })), "{more:?}");
}

#[test]
fn waiting_for_output_ends_with_the_program() {
    let processes = processes();
    let process = processes.start(shell("echo something else; exit 4", &[])).unwrap();
    let found = process.wait_for_output(LIMIT, |printed| printed.stdout.contains("ready").then_some(()));
    assert!(matches!(found, Err(Error::Ended { status, .. }) if status.code() == Some(4)));
}

#[test]
fn a_grandchild_that_keeps_the_streams_open_is_ended() {
    let processes = processes();
    let process = processes.start(shell("sleep 600 & echo done", &[])).unwrap();
    process.wait(LIMIT).unwrap();
    assert!(process.wait_for_end_of_output(SHORT).is_err(), "the grandchild holds the streams");
    let begun = Instant::now();
    process.succeed(LIMIT).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());
    assert_eq!(process.printed().stdout, "done\n");
    process.wait_for_end_of_output(LIMIT).unwrap();
}

#[test]
fn a_log_has_both_streams_in_their_order() {
    let processes = processes();
    let log = processes.directory().join("log");
    let command = shell("echo one; echo two >&2; echo three", &[]);
    let process = processes.start(Program::from(command).logged_to(&log)).unwrap();
    process.succeed(LIMIT).unwrap();
    assert_eq!(process.printed().stdout, "one\ntwo\nthree\n");
    assert_eq!(std::fs::read_to_string(log).unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn proxies_of_the_environment_are_removed_and_others_stay() {
    const CHILD: &str = "CHILD_PROCESSES_TEST_PROXIES";
    let processes = processes();
    if std::env::var_os(CHILD).is_some() {
        let mut command = Command::new("env");
        remove_proxy_variables(&mut command);
        let env = processes.start(command).unwrap();
        env.succeed(LIMIT).unwrap();
        println!("{}", env.printed().stdout);
        return;
    }
    let name = "output::proxies_of_the_environment_are_removed_and_others_stay";
    let mut command = crate::support::this_test(name, CHILD, "1");
    for name in ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "all_proxy"] {
        command.env(name, "http://proxy.test");
    }
    let child = processes.start(command).unwrap();
    child.succeed(LIMIT).unwrap();
    let printed = child.printed().stdout;
    assert!(printed.contains("PATH=") && !printed.contains("proxy.test"), "{printed}");
}
