//! Starts by hand, by a host, and by a host with an invalid environment.

use std::process::Command;

use child_processes::Signal;

use crate::host::{COOKIE, Plugin, output, provider, provider_of_a_host, with};

/// Runs to the end and checks the exit code, and which parts standard output and standard error have. An empty
/// list means that nothing at all was written.
#[track_caller]
fn check(command: &mut Command, code: i32, on_stdout: &[&str], on_stderr: &[&str]) {
    let output = output(command);
    assert_eq!(output.status.code(), Some(code));
    for (stream, parts) in [(output.stdout, on_stdout), (output.stderr, on_stderr)] {
        let text = String::from_utf8(stream).unwrap();
        assert_eq!(text.is_empty(), parts.is_empty(), "{text:?}");
        for part in parts {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }
}

#[test]
fn started_by_hand_the_binary_prints_an_explanation() {
    let notice = ["terraform-provider-test 1.2.3", "Offers nothing", "acme/test", "--help"];
    check(&mut provider(), 1, &[], &notice);
    check(provider().env(COOKIE.0, "something else"), 1, &[], &notice);
}

#[test]
fn help_and_version_succeed_and_other_flags_are_errors() {
    check(provider().arg("--help"), 0, &["Usage", "--debug", "TF_LOG_PROVIDER_TEST"], &[]);
    check(provider().arg("--version"), 0, &["terraform-provider-test 1.2.3\n"], &[]);
    check(provider().arg("--verbose"), 2, &[], &["invalid option '--verbose'", "--help"]);
}

#[test]
fn a_host_gets_one_line_with_six_fields() {
    let plugin = Plugin::start(provider_of_a_host());
    let socket = plugin.socket();
    assert_eq!(plugin.fields(), ["1", "6", "unix", socket.to_str().unwrap(), "grpc", ""]);
    assert_eq!(plugin.files(), [socket.as_path()]);
    assert!(socket.file_name().unwrap().to_str().unwrap().starts_with("plugin"));
    plugin.signal(Signal::KILL);
    assert_eq!(plugin.stdout_rest(), "");
}

#[test]
fn only_hosts_with_multiplexing_get_a_seventh_field() {
    let plugin = Plugin::start(with(provider_of_a_host(), "PLUGIN_MULTIPLEX_GRPC", "true"));
    assert_eq!(plugin.fields()[5..], ["", "false"]);
    let plugin = Plugin::start(with(provider_of_a_host(), "PLUGIN_MULTIPLEX_GRPC", ""));
    assert_eq!(plugin.fields()[5..], [""]);
}

#[test]
fn a_host_without_protocol_6_receives_6_and_reports_that_itself() {
    let plugin = Plugin::start(with(provider_of_a_host(), "PLUGIN_PROTOCOL_VERSIONS", "4,5"));
    assert_eq!(plugin.fields()[..2], ["1", "6"]);
}

#[test]
fn the_host_may_choose_the_sockets_directory() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = Plugin::start(with(provider_of_a_host(), "PLUGIN_UNIX_SOCKET_DIR", directory.path()));
    assert_eq!(plugin.socket().parent(), Some(directory.path()));
}

#[test]
fn an_invalid_environment_is_an_error_without_a_handshake() {
    check(provider_of_a_host().env("PLUGIN_MIN_PORT", "many"), 1, &[], &["PLUGIN_MIN_PORT", "many"]);
    check(provider_of_a_host().env("PLUGIN_CLIENT_CERT", "none"), 1, &[], &["PLUGIN_CLIENT_CERT"]);
    check(
        provider_of_a_host().env("TMPDIR", "/no/such/directory"),
        1,
        &[],
        &["/no/such/directory", "TMPDIR"],
    );
}

#[test]
fn a_panic_that_ends_the_process_is_printed_like_a_crash() {
    let command = &mut provider_of_a_host();
    check(
        command.env("TEST_PROVIDER_PANICS", "1"),
        2,
        &[],
        &["panic: this provider panics on request\n", "provider.rs", "report"],
    );
    assert!(output(command).stderr.starts_with(b"panic: "));
}
