//! The text for each kind of credential, and that any input is read back as it was.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::*;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn with(credential: Credential) -> Kubeconfig {
    Kubeconfig {
        name: "example".to_owned(),
        server: "https://api.ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com".to_owned(),
        tls_server_name: None,
        ca_pem: None,
        proxy_url: None,
        namespace: None,
        credential,
    }
}

fn yaml(document: &Kubeconfig) -> String {
    document.to_yaml().expect("it is written").expose_secret().to_owned()
}

#[track_caller]
fn check(document: &Kubeconfig, expected: &Expect) {
    expected.assert_eq(&yaml(document));
}

#[test]
fn a_token() {
    check(
        &with(Credential::Token("CW-SECRET-abc".into())),
        &expect![[r#"
        apiVersion: v1
        clusters:
        - cluster:
            server: https://api.ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com
          name: example
        contexts:
        - context:
            cluster: example
            user: example-token
          name: example
        current-context: example
        kind: Config
        users:
        - name: example-token
          user:
            token: CW-SECRET-abc
    "#]],
    );
}

#[test]
fn a_login_with_oidc() {
    let args = ["oidc-login", "get-token", "--oidc-issuer-url=https://accounts.example.com"];
    let exec = Exec {
        api_version: "client.authentication.k8s.io/v1beta1".to_owned(),
        command: "kubectl".to_owned(),
        args: args.map(SecretString::from).into(),
        ..Exec::default()
    };
    check(
        &with(Credential::Oidc(exec)),
        &expect![[r#"
        apiVersion: v1
        clusters:
        - cluster:
            server: https://api.ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com
          name: example
        contexts:
        - context:
            cluster: example
            user: example-oidc
          name: example
        current-context: example
        kind: Config
        users:
        - name: example-oidc
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1beta1
              args:
              - oidc-login
              - get-token
              - --oidc-issuer-url=https://accounts.example.com
              command: kubectl
              interactiveMode: IfAvailable
    "#]],
    );
}

#[test]
fn a_program_and_all_that_is_optional() {
    let exec = Exec {
        api_version: "client.authentication.k8s.io/v1".to_owned(),
        command: "./login".to_owned(),
        args: vec!["".into(), "yes".into(), "it's: #1".into(), format!("{:0>100}", 1).into()],
        env: [("ROLE", "on"), ("ACCOUNT", "0123")]
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into(),
        install_hint: Some("Get it from\nhttps://example.com".to_owned()),
    };
    let document = Kubeconfig {
        server: "https://10.16.0.4:6443".to_owned(),
        tls_server_name: Some("kubernetes.default.svc".to_owned()),
        ca_pem: Some(PEM.to_owned()),
        proxy_url: Some(LoginUrl::new("http://proxy.example.com:3128")),
        namespace: Some("team-a".to_owned()),
        ..with(Credential::Exec(exec))
    };
    check(
        &document,
        &expect![[r#"
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
            proxy-url: http://proxy.example.com:3128
            server: https://10.16.0.4:6443
            tls-server-name: kubernetes.default.svc
          name: example
        contexts:
        - context:
            cluster: example
            namespace: team-a
            user: example-exec
          name: example
        current-context: example
        kind: Config
        users:
        - name: example-exec
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              args:
              - ""
              - "yes"
              - "it's: #1"
              - "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"
              command: ./login
              env:
              - name: ACCOUNT
                value: "0123"
              - name: ROLE
                value: "on"
              installHint: "Get it from\nhttps://example.com"
              interactiveMode: IfAvailable
    "#]],
    );
}

#[test]
fn no_secret_is_in_its_debug() {
    let mut exec = Exec { args: vec!["hunter2".into()], ..Exec::default() };
    exec.env.insert("PASSWORD".to_owned(), "hunter2".into());
    for credential in [Credential::Token("hunter2".into()), Credential::Oidc(exec)] {
        let printed = format!("{:?}", with(credential));
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

/// The file as other programs read it.
#[derive(Debug, PartialEq, Deserialize)]
struct Read {
    clusters: Vec<BTreeMap<String, serde_json::Value>>,
    contexts: Vec<BTreeMap<String, serde_json::Value>>,
    users: Vec<BTreeMap<String, serde_json::Value>>,
    #[serde(rename = "current-context")]
    current_context: String,
}

/// Texts that are difficult in YAML: any characters, and those with a meaning in it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,120}",
        "[-?:,\\[\\]{}#&*!|>'\"%@`~=<\\\\ \\t\\n\\r0-9eE._+a-f]{0,12}",
        prop::sample::select(vec![
            "",
            "null",
            "~",
            "yes",
            "No",
            "on",
            "1e3",
            "0x1f",
            "12:30:00",
            "2026-01-01",
            "017",
            "<<",
            "="
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}\u{feff}?\u{2028}?\u{85}?",
    ]
}

fn credential() -> impl Strategy<Value = (u8, Vec<String>, BTreeMap<String, String>)> {
    (0..3_u8, prop::collection::vec(text(), 3..6), prop::collection::btree_map(text(), text(), 0..3))
}

proptest! {
    #[test]
    fn any_text_is_read_back_as_it_was(
        fixed in prop::collection::vec(text(), 2),
        optional in prop::collection::vec(prop::option::of(text()), 4),
        (kind, texts, variables) in credential(),
    ) {
        let secrets = |texts: &[String]| texts.iter().map(|text| text.as_str().into()).collect::<Vec<SecretString>>();
        let exec = || Exec {
            api_version: texts[0].clone(),
            command: texts[1].clone(),
            args: secrets(&texts[3..]),
            env: variables.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect(),
            install_hint: Some(texts[2].clone()),
        };
        let (credential, suffix) = match kind {
            0 => (Credential::Token(texts[0].as_str().into()), "token"),
            1 => (Credential::Oidc(exec()), "oidc"),
            _ => (Credential::Exec(exec()), "exec"),
        };
        let document = Kubeconfig {
            name: fixed[0].clone(),
            server: fixed[1].clone(),
            tls_server_name: optional[3].clone(),
            ca_pem: optional[0].clone(),
            proxy_url: optional[1].clone().map(LoginUrl::new),
            namespace: optional[2].clone(),
            credential,
        };
        let read: Read = serde_saphyr::from_str(&yaml(&document)).expect("YAML");

        let user = format!("{}-{suffix}", fixed[0]);
        prop_assert_eq!(&read.current_context, &fixed[0]);
        prop_assert_eq!(&read.clusters[0]["name"], &fixed[0]);
        prop_assert_eq!(&read.clusters[0]["cluster"]["server"], &fixed[1]);
        prop_assert_eq!(read.clusters[0]["cluster"]["tls-server-name"].as_str(), optional[3].as_deref());
        let ca = optional[0].as_ref().map(|pem| STANDARD.encode(pem));
        prop_assert_eq!(read.clusters[0]["cluster"]["certificate-authority-data"].as_str(), ca.as_deref());
        prop_assert_eq!(read.clusters[0]["cluster"]["proxy-url"].as_str(), optional[1].as_deref());
        prop_assert_eq!(&read.contexts[0]["name"], &fixed[0]);
        prop_assert_eq!(&read.contexts[0]["context"]["cluster"], &fixed[0]);
        prop_assert_eq!(&read.contexts[0]["context"]["user"], &user);
        prop_assert_eq!(read.contexts[0]["context"]["namespace"].as_str(), optional[2].as_deref());
        prop_assert_eq!(&read.users[0]["name"], &user);
        let shown = &read.users[0]["user"];
        if kind == 0 {
            prop_assert_eq!(&shown["token"], &texts[0]);
            prop_assert!(shown["exec"].is_null());
        } else {
            let exec = &shown["exec"];
            prop_assert_eq!(&exec["apiVersion"], &texts[0]);
            prop_assert_eq!(&exec["command"], &texts[1]);
            prop_assert_eq!(&exec["installHint"], &texts[2]);
            prop_assert_eq!(&exec["interactiveMode"], "IfAvailable");
            let args: Vec<_> = exec["args"].as_array().into_iter().flatten().filter_map(|text| text.as_str()).collect();
            prop_assert_eq!(args, texts[3..].iter().map(String::as_str).collect::<Vec<_>>());
            let env: BTreeMap<_, _> = exec["env"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|variable| Some((variable["name"].as_str()?.to_owned(), variable["value"].as_str()?.to_owned())))
                .collect();
            prop_assert_eq!(env, variables);
        }
    }
}
