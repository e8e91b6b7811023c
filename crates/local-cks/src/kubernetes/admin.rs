//! Requests as `system:masters`: readiness, the bindings that CKS itself creates, and changes by tests.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{accounts::Role, behaviour::ManagedNames};

/// The binding for `adminGroupBinding`.
const ADMIN_GROUP: &str = "cks-admin-group";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

/// The groups of managed-endpoint callers, with all names that can be configured, their binding and role.
const MANAGED_GROUPS: [(&str, &str, &str); 4] = [
    ("cks-managed-admin", "cks:admin", "cluster-admin"),
    ("cks-managed-read", "cks:read", "view"),
    ("cks-managed-plain-admin", "admin", "cluster-admin"),
    ("cks-managed-plain-read", "read", "view"),
];

/// The group of a managed-endpoint caller with this role.
pub(crate) fn managed_group(names: ManagedNames, role: Role) -> Option<&'static str> {
    Some(match (role, names) {
        (Role::None, _) => return None,
        (Role::Viewer, ManagedNames::Prefixed) => "cks:read",
        (Role::Viewer, ManagedNames::Plain) => "read",
        (Role::Admin, ManagedNames::Prefixed) => "cks:admin",
        (Role::Admin, ManagedNames::Plain) => "admin",
    })
}

/// Why a request to kube-apiserver failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The request or its response was lost.
    #[error("cannot reach kube-apiserver")]
    Transport(#[from] reqwest::Error),
    /// It was rejected.
    #[error("kube-apiserver rejected {method} {path} with {status}: {message}")]
    Refused {
        /// The request's method.
        method: Method,
        /// The request's path.
        path: String,
        /// HTTP status of the response.
        status: u16,
        /// Message of the response.
        message: String,
    },
}

/// A client of the group `system:masters`.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    url: String,
    client: Client,
}

impl Admin {
    pub(crate) fn new(url: &str, client: Client) -> Self {
        Self { url: url.to_owned(), client }
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let answer =
            self.client.get(format!("{}/readyz", self.url)).timeout(Duration::from_secs(5)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// The object at this path, if it can be read.
    pub(crate) async fn get(&self, path: &str) -> Option<Value> {
        let (status, body) = self.send(Method::GET, path, None).await.ok()?;
        (status == 200).then_some(body)
    }

    /// Any request; `PATCH` is a JSON merge patch. Returns HTTP status and body (`Null` if that is not JSON).
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), AdminError> {
        let content_type =
            if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).timeout(Duration::from_secs(30));
        if let Some(body) = body {
            request = request.header("content-type", content_type).body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap_or_default()))
    }

    /// The bindings for the roles of managed-endpoint callers.
    pub(crate) async fn bind_managed_groups(&self) -> Result<(), AdminError> {
        for (name, group, role) in MANAGED_GROUPS {
            self.bind(name, group, role).await?;
        }
        Ok(())
    }

    /// Binds this group, and no other, to `cluster-admin`.
    pub(crate) async fn bind_admin_group(&self, group: Option<&str>) -> Result<(), AdminError> {
        match group {
            Some(group) => self.bind(ADMIN_GROUP, group, "cluster-admin").await,
            None => {
                self.expect(Method::DELETE, &format!("{BINDINGS}/{ADMIN_GROUP}"), None, &[200, 404]).await
            }
        }
    }

    async fn bind(&self, name: &str, group: &str, role: &str) -> Result<(), AdminError> {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
        });
        let path = format!("{BINDINGS}/{name}");
        self.expect(Method::DELETE, &path, None, &[200, 404]).await?;
        self.expect(Method::POST, BINDINGS, Some(&binding), &[201]).await
    }

    async fn expect(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        expected: &[u16],
    ) -> Result<(), AdminError> {
        let (status, answer) = self.send(method.clone(), path, body).await?;
        if expected.contains(&status) {
            return Ok(());
        }
        let message = answer["message"].as_str().unwrap_or_default().to_owned();
        Err(AdminError::Refused { method, path: path.to_owned(), status, message })
    }
}
