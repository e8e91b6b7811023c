//! CoreWeave's API for scripted servers (`scripted_server`): requests, responses, and a client.

use serde_json::{Value, json};

pub(super) use request_pipeline::testing::call;
pub(super) use scripted_server::{Reply, Script, Step, step};

use super::{Client, Settings};

pub(super) const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

/// A cluster's own GET.
pub(super) fn get() -> Step {
    step(&format!("GET /v1beta1/cks/clusters/{ID}"))
}

/// A cluster's own PATCH, with exactly this body.
pub(super) fn patch(body: Value) -> Step {
    step(&format!("PATCH /v1beta1/cks/clusters/{ID}")).sending(body)
}

/// Responses of the API.
pub(super) trait ApiReply: Sized {
    /// The cluster with this status and OIDC block.
    fn cluster(self, status: &str, oidc: &Value) -> Self;
    /// A rejection in Connect's form.
    fn error(self, status: u16, code: &str, message: &str) -> Self;
}

impl ApiReply for Step {
    fn cluster(self, status: &str, oidc: &Value) -> Self {
        self.json(200, &json!({ "cluster": cluster(status, oidc) }))
    }

    fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.json(status, &json!({ "code": code, "message": message }))
    }
}

pub(super) fn cluster(status: &str, oidc: &Value) -> Value {
    json!({ "id": ID, "name": "demo", "version": "v1.35", "status": status, "oidc": oidc })
}

/// How a client reaches a script.
pub(super) trait ScriptedApi {
    fn settings(&self) -> Settings;
    fn client(&self) -> Client;
}

impl ScriptedApi for Script {
    fn settings(&self) -> Settings {
        Settings::for_tests(self.endpoint())
    }

    fn client(&self) -> Client {
        Client::new(self.settings()).expect("good settings")
    }
}

/// Settings for CoreWeave's own address.
pub(super) fn settings() -> Settings {
    Settings::for_tests("https://api.coreweave.com")
}
