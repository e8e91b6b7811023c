//! What reads responses, kubeconfigs, the output of exec plugins, certificates and keys, as functions of any input. They panic if a rule is
//! broken. Each returns the texts that a user may see.

use std::{sync::LazyLock, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use request_pipeline::{Proxy, Redactor};
use secrecy::SecretString;
use serde_json::Value;

use super::{
    Binding, Namespace, Role, Secret, ServiceAccount, client,
    connection::{Connection, Credentials, Server},
    errors::Action,
    http::{Answer, understood},
    kubeconfig,
    object::{Kind, Object, ObjectPlace},
    page::{self, Page},
    plugin::{self, API_VERSIONS},
    status, token, transport, trust,
};

/// The token of all requests, which no message may repeat.
pub const TOKEN: &str = "do.not-show_this-token";

static SECRET: LazyLock<SecretString> = LazyLock::new(|| TOKEN.into());

/// Reads a response about an object, a list of them, a token, or a rejection.
pub fn response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let redactor = Redactor(Some(&SECRET));
    let mut shown: Vec<_> = status::warnings(headers, redactor).collect();
    let body = Bytes::copy_from_slice(body);
    if let Answer::Success(page) = understood::<Page>(status, headers, &body, redactor) {
        for item in &page.items {
            let _ = (page::name_of(item), serde_json::from_slice::<Object<Binding>>(item).is_ok());
        }
    }
    match understood::<Value>(status, headers, &body, redactor) {
        Answer::Success(value) => {
            for item in value["items"].as_array().into_iter().flatten() {
                objects(item);
            }
            objects(&value);
            let _ = token::issued(value, false);
        }
        Answer::Rejected(refusal) => {
            let action =
                Action::on("create", Binding::api(true), &ObjectPlace::namespaced("team", "deployers"));
            let _ = (refusal.is_already_exists(), refusal.is_conflict(), refusal.is_expired());
            let _ = refusal.is_certain_not_found(&action);
            shown.push(refusal.into_error(action, "the cluster", "the token of a test").to_string());
        }
        Answer::Problem(problem) => shown.push(problem.cause),
        Answer::Tls(problem) => shown.push(problem.to_string()),
    }
    shown
}

/// Reads a kubeconfig, and makes a client with what it has. Its exec plugin is not run.
pub fn kubeconfig(text: &str) -> Vec<String> {
    let server = Server::Kubeconfig { text: text.into(), context: None };
    let read = match kubeconfig::read(&server) {
        Ok(read) => read.expect("it is one"),
        Err(problem) => return vec![problem],
    };
    // Without certificates, the system's are read each time.
    if read.config.root_cert.is_none() {
        return Vec::new();
    }
    let proxy =
        match transport::proxy_for(&read.config.cluster_url, &Proxy::ENVIRONMENT, read.proxy.as_deref()) {
            Ok(proxy) => proxy,
            Err(problem) => return vec![problem],
        };
    let made = transport::pool(&read.config, proxy.as_ref(), None, Duration::from_secs(1), None, true);
    made.err().map(|error| request_pipeline::chain(&error)).into_iter().collect()
}

/// Reads what an exec plugin prints.
pub fn exec_output(output: &[u8]) -> Vec<String> {
    match plugin::printed(output, API_VERSIONS[0]) {
        Ok(printed) => {
            assert!(printed.token.is_some() || printed.certificate.is_some(), "it has a credential");
            Vec::new()
        }
        Err(problem) => vec![problem],
    }
}

/// Reads certificates to trust, and a client certificate with its key, and makes a client with them.
pub async fn certificates(roots: &str, certificate: &str, key: &str) -> Vec<String> {
    if let Err(problem) = trust::certificates(roots) {
        return vec![problem];
    }
    let connection = Connection {
        credentials: Credentials::Certificate { certificate: certificate.to_owned(), key: key.into() },
        ..Connection::for_tests("https://kube.example.com", roots)
    };
    client::connect(&connection, None).await.err().into_iter().collect()
}

fn objects(json: &Value) {
    object::<Binding>(json);
    object::<Namespace>(json);
    object::<Role>(json);
    object::<Secret>(json);
    object::<ServiceAccount>(json);
}

/// What is written of an object is read back as it was.
fn object<K: Kind>(json: &Value) {
    let content = K::from_json(json);
    let again = K::from_json(&Value::Object(content.to_json()));
    assert!(content.differences(&again).is_empty(), "{content:?} {again:?}");
    if let Some(object) = Object::<K>::from_json(json) {
        let _ = (object.as_owner(), object.last_changed_by(), object.is_by_us());
    }
}
