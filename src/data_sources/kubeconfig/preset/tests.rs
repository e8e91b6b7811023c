//! Which attributes belong together, and that no value becomes part of a script.

use coreweave::Oidc;
use secrecy::{ExposeSecret as _, SecretString};

use super::*;

fn cluster(client_id: Option<&str>) -> Cluster {
    let oidc = client_id.map(|client_id| Oidc { client_id: client_id.to_owned(), ..Oidc::default() });
    Cluster { id: "81540112".to_owned(), oidc, ..Cluster::default() }
}

fn preset(name: &str) -> ExecInput {
    ExecInput { preset: Some(name.to_owned()), ..ExecInput::default() }
}

fn args(exec: &Exec) -> Vec<&str> {
    exec.args.iter().map(SecretString::expose_secret).collect()
}

#[test]
fn the_audience_is_the_client_of_the_cluster_unless_one_is_set() {
    let of_cluster = resolve(&preset(GITHUB_ACTIONS), &cluster(Some("kubernetes"))).expect("a script");
    assert_eq!((of_cluster.command.as_str(), of_cluster.api_version.as_str()), ("sh", API_VERSION));
    assert_eq!(args(&of_cluster), ["-c", OF_GITHUB_ACTIONS, "sh", API_VERSION, "kubernetes"]);
    for (audience, expected) in [("", "kubernetes"), ("$(id); \"'", "$(id); \"'")] {
        let input = ExecInput { audience: Some(audience.to_owned()), ..preset(GITHUB_ACTIONS) };
        let exec = resolve(&input, &cluster(Some("kubernetes"))).expect("a script");
        // An argument of its own, and the script is the same.
        assert_eq!(args(&exec)[1..], [OF_GITHUB_ACTIONS, "sh", API_VERSION, expected]);
    }
    for without in [cluster(None), cluster(Some(""))] {
        let error = resolve(&preset(GITHUB_ACTIONS), &without).expect_err("no audience");
        assert!(format!("{error:?}").contains("cks_cluster_oidc.NAME.id"), "{error:?}");
    }
}

#[test]
fn a_variable_needs_no_issuer_and_the_version_of_the_plugin_can_be_another() {
    let input = ExecInput {
        variable: Some("KUBERNETES_ID_TOKEN".to_owned()),
        api_version: Some("client.authentication.k8s.io/v1beta1".to_owned()),
        install_hint: Some("Use an image with a shell".to_owned()),
        ..preset(VARIABLE)
    };
    let exec = resolve(&input, &cluster(None)).expect("a script");
    let version = "client.authentication.k8s.io/v1beta1";
    assert_eq!(args(&exec), ["-c", OF_VARIABLE, "sh", version, "KUBERNETES_ID_TOKEN"]);
    assert_eq!(exec.api_version, version);
    assert_eq!(exec.install_hint.as_deref(), Some("Use an image with a shell"));
}

#[test]
fn the_script_runs_nothing_but_a_name() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("made");
    let run = |name: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", OF_VARIABLE, "sh", API_VERSION, name]).env("F", &file).env("X", "no token");
        let output = shell.output().expect("a shell");
        assert!(!output.status.success() && output.stdout.is_empty(), "{name}: {output:?}");
        String::from_utf8(output.stderr).expect("a text")
    };
    assert!(run("X").contains("The environment variable X has no ID token"));
    for name in [
        "X}$(touch \"$F\")",
        "X}`touch \"$F\"`",
        "X};touch \"$F\";:${X",
        "X\ntouch \"$F\"",
        "1X",
        "",
        "a-b",
        "é",
    ] {
        assert!(run(name).contains("not the name of an environment variable"), "{name}");
        assert!(!file.exists(), "{name}");
    }
}

#[test]
fn attributes_that_do_not_belong_together_are_reported_once_known() {
    fn text(value: &str) -> Value<String> {
        if value == "?" { Value::Unknown } else { Value::Known(value.to_owned()) }
    }
    #[track_caller]
    fn check(set: &[(&str, &str)], expected: &[&str]) {
        let value = |name: &str| {
            let given = set.iter().find(|(attribute, _)| *attribute == name);
            given.map_or(Value::Null, |(_, value)| text(value))
        };
        let exec = ExecInputPartial {
            preset: value("preset"),
            audience: value("audience"),
            variable: value("variable"),
            api_version: value("api_version"),
            command: value("command"),
            args: value("args").map(|_| Vec::new()),
            env: Value::Null,
            install_hint: Value::Null,
        };
        let found: Vec<_> = complaints(&exec).into_iter().map(|(attribute, ..)| attribute).collect();
        assert_eq!(found, expected, "{set:?}");
    }
    let (github, variable) = (("preset", GITHUB_ACTIONS), ("preset", VARIABLE));
    let (command, version) = (("command", "login"), ("api_version", API_VERSION));
    check(&[github], &[]);
    check(&[github, ("audience", "kubernetes"), version], &[]);
    check(&[variable, ("variable", "TOKEN")], &[]);
    check(&[command, version, ("args", "")], &[]);
    check(&[], &["command"]);
    check(&[command], &["api_version"]);
    check(&[github, command], &["preset"]);
    check(&[github, ("args", "")], &["preset"]);
    check(&[github, ("variable", "TOKEN")], &["variable"]);
    check(&[variable], &["variable"]);
    check(&[variable, ("variable", "TOKEN"), ("audience", "kubernetes")], &["audience"]);
    check(&[command, version, ("audience", "a"), ("variable", "T")], &["audience", "variable"]);
    for unknown in [("preset", "?"), ("command", "?")] {
        check(&[unknown], &[]);
    }
    check(&[("command", "?"), ("api_version", "?")], &[]);
    check(&[variable, ("variable", "?")], &[]);
}
