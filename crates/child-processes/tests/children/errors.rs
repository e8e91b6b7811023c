//! What errors say, and what they must not say.

use std::{error::Error as _, io, process::Command};

use child_processes::{Error, Program};

use crate::support::{LIMIT, SHORT, processes, shell};

#[test]
fn a_program_that_does_not_exist_is_named() {
    let processes = processes();
    let mut command = Command::new("/no/such/program");
    command.arg("--flag");
    let error = processes.start(command).unwrap_err();
    assert_eq!(error.to_string(), "cannot start `/no/such/program --flag`");
    let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_log_that_cannot_be_written_is_named() {
    let processes = processes();
    let error = processes.start(Program::from(shell("exit 0", &[])).logged_to("/no/such/log")).unwrap_err();
    assert_eq!(error.to_string(), "cannot write /no/such/log");
}

#[test]
fn an_error_has_the_program_its_arguments_and_the_last_lines() {
    let processes = processes();
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo line $i >&2; done; exit 3";
    let error = processes.start(shell(script, &[])).unwrap().succeed(LIMIT).unwrap_err();
    let expected = format!("`/bin/sh -c {script} script` ended (exit status: 3); its last lines:\nline 3\n");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.to_string().ends_with("\nline 14"), "{error}");

    let log = processes.directory().join("log");
    let program = Program::from(shell("echo in the log; exec sleep 600", &[])).logged_to(log);
    let error = processes.start(program).unwrap().succeed(SHORT).unwrap_err();
    assert!(matches!(error, Error::TooSlow { .. }));
    assert!(error.to_string().contains("script` took longer than 0.2 s"), "{error}");
}

#[test]
fn no_error_has_the_environment_or_the_standard_output() {
    let processes = processes();
    let mut command = shell("echo \"$TOKEN\"; echo no such cluster >&2; exit 1", &[]);
    command.env("TOKEN", "secret-of-the-test");
    let process = processes.start(command).unwrap();
    let error = process.succeed(LIMIT).unwrap_err();
    assert_eq!(process.printed().stdout, "secret-of-the-test\n");
    let mut missing = Command::new("/no/such/program");
    missing.env("TOKEN", "secret-of-the-test");
    let not_started = processes.start(missing).unwrap_err();
    for text in [
        format!("{error} {error:?}"),
        format!("{not_started} {not_started:?} {:?}", not_started.source()),
        format!("{process:?}"),
    ] {
        assert!(!text.contains("secret-of-the-test"), "{text}");
    }
    assert!(error.to_string().contains("no such cluster"));
}
