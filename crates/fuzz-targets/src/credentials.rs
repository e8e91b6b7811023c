//! Kubeconfigs, output of exec plugins, certificates with keys, and tokens.

use std::cell::LazyCell;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::expect_printable;

/// A secret in the seeds, which no message may repeat.
const SECRET: &str = "hunter2hunter2";

pub(crate) fn kubeconfig(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    runtime(|runtime| {
        let _inside = runtime.enter();
        ::kubernetes::fuzzing::kubeconfig(text)
    });
}

pub(crate) fn exec_output(bytes: &[u8]) {
    expect_printable(&::kubernetes::fuzzing::exec_output(bytes), SECRET);
}

/// Roots, certificate and key, with a zero byte between.
pub(crate) fn certificates(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.split('\0');
    let mut next = || parts.next().unwrap_or_default();
    let (roots, certificate, key) = (next(), next(), next());
    runtime(|runtime| {
        runtime.block_on(async { ::kubernetes::fuzzing::certificates(roots, certificate, key).await })
    });
}

pub(crate) fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    service_account_tokens::fuzzing::claims(text);
    service_account_tokens::fuzzing::time(text);
    openid::fuzzing::id_token(text);
}

/// Runs with a runtime, which clients need without using it.
fn runtime<T>(run: impl FnOnce(&Runtime) -> T) -> T {
    thread_local! {
        static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
        });
    }
    RUNTIME.with(|runtime| run(runtime))
}

/// A certificate and its key.
fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["kube.example.com".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

pub(crate) fn kubeconfig_seeds() -> Vec<Vec<u8>> {
    let (certificate, key) = pair();
    let [certificate, key] = [certificate, key].map(|pem| STANDARD.encode(pem));
    let of = |cluster: Value, user: Value| {
        json!({
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": "x",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
        })
        .to_string()
    };
    let server = json!({"server": "https://h:6443", "certificate-authority-data": certificate});
    let exec = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "login", "args": ["-v"],
        "env": [{"name": "A", "value": "b"}], "provideClusterInfo": true, "interactiveMode": "Never", "installHint": "Get it"}});
    let yaml = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: https://h\n    \
         certificate-authority-data: |\n      {certificate}\nusers:\n- name: u\n  user: &user\n    token: {SECRET}\ncontexts:\n\
         - name: x\n  context: {{cluster: c, user: u}}\n# A comment\n...\n"
    );
    let alias = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n\
                 d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ncontexts: [*d, *d, *d, *d, *d, *d]\n";
    [
        of(server.clone(), json!({"token": SECRET, "as": "ada", "as-groups": ["g"]})),
        of(server.clone(), exec),
        of(server.clone(), json!({"client-certificate-data": certificate, "client-key-data": key})),
        of(server.clone(), json!({"username": "a", "password": SECRET})),
        of(server, json!({"auth-provider": {"name": "gcp", "config": {}}})),
        of(
            json!({"server": "https://h", "tls-server-name": "n", "proxy-url": "http://p:1", "insecure-skip-tls-verify": true}),
            json!({"tokenFile": "token"}),
        ),
        yaml,
        alias.to_owned(),
        String::new(),
    ]
    .map(String::into_bytes)
    .into()
}

pub(crate) fn exec_output_seeds() -> Vec<Vec<u8>> {
    let printed = |status: Value| {
        json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {}, "status": status})
            .to_string()
    };
    [
        printed(json!({"token": SECRET, "expirationTimestamp": "2026-01-02T03:04:05Z"})),
        printed(json!({"clientCertificateData": "C", "clientKeyData": SECRET})),
        printed(json!({"token": "", "clientKeyData": SECRET})),
        printed(json!({"token": "t", "expirationTimestamp": SECRET})),
        json!({"apiVersion": SECRET, "kind": "ExecCredential", "status": {"token": SECRET}}).to_string(),
        json!({"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential"}).to_string(),
        SECRET.to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}

pub(crate) fn certificate_seeds() -> Vec<Vec<u8>> {
    let (certificate, key) = pair();
    let (_, other) = pair();
    let lines = certificate.replace('\n', "\r\n");
    [
        format!("{certificate}\0{certificate}\0{key}"),
        format!("subject: x\n{lines}{certificate}\0{certificate}{certificate}\0{key}"),
        format!("{certificate}\0{certificate}\0{other}"),
        format!("{certificate}\0{key}\0{certificate}"),
        format!("{certificate}\0\0"),
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".to_owned(),
        "-----BEGIN CERTIFICATE-----\nMIIB".to_owned(),
        STANDARD.encode(&certificate),
    ]
    .map(String::into_bytes)
    .into()
}

pub(crate) fn token_seeds() -> Vec<Vec<u8>> {
    let jwt = |claims: &str| {
        let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
        format!("eyJhbGciOiJSUzI1NiJ9.{encoded}.c2ln")
    };
    [
        jwt(r#"{"iat":1700000000,"exp":1700003600,"jti":"a-b","aud":["x"],"iss":"https://h"}"#),
        jwt(r#"{"iat":-9223372036854775808}"#),
        jwt(r#"{"iat":1e3,"jti":7}"#),
        "opaque".to_owned(),
        "2026-01-02T03:04:05Z".to_owned(),
        "2026-01-02T03:04:05.678901234+05:30".to_owned(),
        "-009999-01-02T01:59:59Z".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}
