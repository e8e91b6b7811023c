//! Kubeconfigs as people have them.

use serde_json::{Value, json};

use super::*;

fn kubeconfig(contexts: &[&str]) -> Kubeconfig {
    let contexts: Vec<_> = contexts
        .iter()
        .map(|name| json!({"name": name, "context": {"cluster": name, "user": name}}))
        .collect();
    serde_json::from_value(json!({"contexts": contexts, "current-context": "b"})).expect("a kubeconfig")
}

#[test]
fn the_current_context_is_never_used() {
    #[track_caller]
    fn check(contexts: &[&str], wanted: Option<&str>, expected: Result<&str, &str>) {
        match (chosen_context(&kubeconfig(contexts), wanted), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            other => panic!("{other:?}"),
        }
    }
    check(&["a"], None, Ok("a"));
    check(&["a", "b"], Some("a"), Ok("a"));
    check(&["a", "b"], None, Err("several contexts"));
    check(&["a", "b"], Some("c"), Err("no context \"c\""));
    check(&[], None, Err("no context"));
    check(&[], Some("a"), Err("no context"));
}

/// A kubeconfig with this cluster and user.
fn read_of(cluster: &Value, user: &Value) -> Result<Read, String> {
    let text = json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    });
    let server = Server::Kubeconfig { text: text.to_string().into(), context: None };
    read(&server).map(|read| read.expect("a kubeconfig"))
}

#[test]
fn a_context_has_a_server_and_credentials() {
    let cluster = json!({"server": "https://h:6443", "tls-server-name": "n", "proxy-url": "http://p:1"});
    let read = read_of(&cluster, &json!({"token": "t", "as": "ada"})).expect("it is whole");
    assert_eq!(read.config.cluster_url.to_string(), "https://h:6443/");
    assert_eq!(read.config.tls_server_name.as_deref(), Some("n"));
    assert_eq!(read.config.auth_info.impersonate.as_deref(), Some("ada"));
    assert_eq!(read.proxy.as_deref(), Some("http://p:1"));
    assert!(matches!(read.credentials, Some(Credentials::Token { .. })));
    assert!(read.config.auth_info.token.is_none(), "it is sent by ourselves");
    let both = read_of(&cluster, &json!({"token": "t", "tokenFile": "/f"})).expect("it is whole");
    assert!(matches!(both.credentials, Some(Credentials::TokenFile(_))));
}

#[test]
fn a_plugin_gets_the_cluster_if_the_kubeconfig_requests_that() {
    let exec = json!({
        "apiVersion": API_VERSIONS[0], "command": "login", "args": ["-v"], "installHint": "Get it",
        "env": [{"name": "A", "value": "b"}], "provideClusterInfo": true,
    });
    let read = read_of(&json!({"server": "https://h"}), &json!({"exec": exec})).expect("it is whole");
    let Some(Credentials::Exec(exec)) = read.credentials else { panic!("no plugin") };
    assert_eq!((exec.command.as_str(), exec.args.as_slice()), ("login", ["-v".to_owned()].as_slice()));
    assert_eq!(exec.env["A"].expose_secret(), "b");
    assert_eq!(exec.cluster.expect("described")["server"], "https://h");
    assert_eq!(exec.install_hint.as_deref(), Some("Get it"));
}

#[test]
fn missing_values_of_a_kubeconfig_are_errors() {
    let server = json!({"server": "https://h"});
    let token = json!({"token": "hunter2"});
    for (cluster, user, expected) in [
        (json!({}), token.clone(), "has no server"),
        (json!({"server": "http://h"}), token.clone(), "no https URL"),
        (json!({"server": "http://ada:hunter2@h"}), token.clone(), "\"http://h\" is no https URL"),
        (json!({"server": "https://ada:hunter2@"}), token.clone(), "no https URL"),
        (json!({"server": "https://ada:hunter2@h h"}), token.clone(), "no URL"),
        (json!({"server": "ada:hunter2@h:6443"}), token.clone(), "no https URL"),
        (json!({"server": "localhost:8080"}), token.clone(), "no https URL"),
        (
            json!({"server": "https://h", "certificate-authority": "/nowhere"}),
            token,
            "the file /nowhere cannot be read",
        ),
        (server.clone(), json!({}), "has no credentials"),
        (server.clone(), json!({"username": "a", "password": "hunter2"}), "a password"),
        (server.clone(), json!({"auth-provider": {"name": "gcp", "config": {}}}), "auth-provider"),
        (
            server,
            json!({"exec": {"command": "x", "apiVersion": "client.authentication.k8s.io/v1alpha1"}}),
            "v1alpha1",
        ),
    ] {
        let said = read_of(&cluster, &user).expect_err(expected);
        assert!(said.contains(expected) && !said.contains("hunter2"), "{said}");
    }
    let garbled = Server::Kubeconfig { text: "token: [hunter2".into(), context: None };
    let said = read(&garbled).expect_err("no YAML");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_login_in_the_servers_address_is_neither_used_nor_shown() {
    let read = read_of(&json!({"server": "https://ada:hunter2@h:6443/k"}), &json!({"token": "t"}));
    assert_eq!(read.expect("it is whole").config.cluster_url.to_string(), "https://h:6443/k");
}

#[test]
fn a_tilde_in_a_path_is_explained() {
    let server = Server::KubeconfigFile { path: "~/.kube/config".into(), context: "x".to_owned() };
    let said = read(&server).expect_err("there is no such file");
    assert!(said.contains("pathexpand(\"~/…\")"), "{said}");
    let cluster = json!({"server": "https://h", "certificate-authority": "~/ca.pem"});
    let said = read_of(&cluster, &json!({"token": "t"})).expect_err("there is no such file");
    assert!(said.contains("whole path"), "{said}");
}

#[test]
fn a_plugin_that_needs_a_terminal_is_refused() {
    let exec = json!({"apiVersion": API_VERSIONS[0], "command": "login", "interactiveMode": "Always"});
    let said = read_of(&json!({"server": "https://h"}), &json!({"exec": exec})).expect_err("refused");
    assert!(said.contains("no terminal"), "{said}");
}

#[test]
fn verification_is_skipped_only_where_the_kubeconfig_says_so() {
    let text = |insecure: bool| {
        json!({
            "clusters": [{"name": "c", "cluster": {"server": "https://h", "insecure-skip-tls-verify": insecure}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        })
    };
    let skips = |text: String| skips_verification(&Server::Kubeconfig { text: text.into(), context: None });
    assert!(skips(text(true).to_string()));
    assert!(!skips(text(false).to_string()) && !skips("broken".to_owned()));
    assert!(!skips_verification(&Server::Url(LoginUrl::new("https://h"))));
}
