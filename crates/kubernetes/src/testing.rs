//! Kubernetes for scripted servers (`scripted_server`): objects, rejections, and a session.

use std::path::Path;

use request_pipeline::TokenFile;
use serde_json::{Value, json};

pub(super) use request_pipeline::testing::call;
pub(super) use scripted_server::{Reply, Script, Step, step};

use super::{Client, Connection, Credentials, ExpectedCluster, FIELD_MANAGER, Session};

/// The token of a [`Script::session`].
pub(super) const TOKEN: &str = "eyJ-do-not-show";

/// The token in this file.
pub(super) fn token_file(path: &Path) -> Credentials {
    let source = "the test".to_owned();
    Credentials::TokenFile(TokenFile { path: path.to_owned(), source, refuses_coreweave_token: false })
}

/// Client of a script.
pub(super) trait ScriptedKubernetes {
    /// Connection to the script.
    fn connection(&self) -> Connection;
    /// An operation of twenty seconds.
    fn session(&self) -> Session;
}

impl ScriptedKubernetes for Script {
    fn connection(&self) -> Connection {
        Connection::for_tests(self.endpoint(), self.ca_pem())
    }

    fn session(&self) -> Session {
        Session::new(Client::new(self.connection()), call(), ExpectedCluster::default())
    }
}

/// Rejections as Kubernetes sends them.
pub(super) trait Rejection: Sized {
    /// A rejection in Kubernetes' form, about this kind (plural) and name.
    fn refusal(self, status: u16, reason: &str, about: Option<(&str, &str)>) -> Self;
    /// A namespace that does not exist.
    fn no_namespace(self, name: &str) -> Self;
}

impl Rejection for Step {
    fn refusal(self, status: u16, reason: &str, about: Option<(&str, &str)>) -> Self {
        let details = about.map(|(kind, name)| json!({"kind": kind, "name": name}));
        let message = format!("refused: {reason}");
        self.json(
            status,
            &json!({"kind": "Status", "reason": reason, "message": message, "code": status, "details": details}),
        )
    }

    fn no_namespace(self, name: &str) -> Self {
        self.refusal(404, "NotFound", Some(("namespaces", name)))
    }
}

pub(super) const NAMESPACE: &str = "/api/v1/namespaces/team";
pub(super) const ACCOUNT: &str = "/api/v1/namespaces/team/serviceaccounts/deployer";

/// A namespace `team` as a server has it, with these labels.
pub(super) fn namespace(labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata("team", labels)})
}

/// A ServiceAccount `team/deployer` as a server has it.
pub(super) fn account(automount: &Value, labels: &Value) -> Value {
    let mut metadata = metadata("deployer", labels);
    metadata["namespace"] = json!("team");
    json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": automount,
        "secrets": [{"name": "foreign"}],
    })
}

fn metadata(name: &str, labels: &Value) -> Value {
    json!({
        "name": name, "uid": "u-1", "resourceVersion": "7", "labels": labels,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [
            {"manager": FIELD_MANAGER, "operation": "Update", "time": "2026-01-01T00:00:00Z"},
        ],
    })
}

/// The same object after `kubectl edit`, so that it has another version.
pub(super) fn edited(mut object: Value) -> Value {
    object["metadata"]["resourceVersion"] = json!("8");
    let entries = object["metadata"]["managedFields"].as_array_mut().expect("a list");
    entries.push(json!({"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-02T00:00:00Z"}));
    object
}

/// The same object with another uid.
pub(super) fn made_anew(mut object: Value) -> Value {
    object["metadata"]["uid"] = json!("u-2");
    object
}
