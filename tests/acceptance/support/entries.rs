//! Provider blocks with `kubernetes` entries, and values of local CKS for them.

use base64::Engine as _;
use local_cks::Cluster;
use serde_json::Value;

/// A provider block with these `kubernetes` entries and more.
pub(crate) fn provider(entries: &[&str], more: &str) -> String {
    let entries: Vec<_> = entries.iter().map(|entry| format!("    {{\n{entry}\n    }},\n")).collect();
    let entries = entries.concat();
    format!("provider \"cks\" {{\n{more}\n  kubernetes = [\n{entries}  ]\n}}\n")
}

/// Variables without a default, whose values are secret. [`super::Workspace::set_variable`] sets them as `TF_VAR_…`.
pub(crate) fn secret_variables(names: &[&str]) -> String {
    let variable = |name: &&str| format!("variable {name:?} {{\n  sensitive = true\n}}\n");
    names.iter().map(variable).collect::<Vec<_>>().concat()
}

/// The administrator of a cluster, with the address of its kube-apiserver.
pub(crate) struct Administrator {
    /// All of it as a kubeconfig, in JSON.
    pub(crate) kubeconfig: String,
    pub(crate) url: String,
    /// PEM, as the next two.
    pub(crate) ca: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// User name of the administrator.
pub(crate) const ADMINISTRATOR: &str = "local-cks-admin";

impl Administrator {
    #[track_caller]
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let kubeconfig = cluster.admin_kubeconfig().expect("a cluster with Kubernetes");
        let parsed: Value = serde_json::from_str(&kubeconfig).expect("JSON");
        let text = |pointer: &str| parsed.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        let pem = |pointer: &str| {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text(pointer)).expect("base64");
            String::from_utf8(bytes).expect("PEM")
        };
        Self {
            url: text("/clusters/0/cluster/server"),
            ca: pem("/clusters/0/cluster/certificate-authority-data"),
            certificate: pem("/users/0/user/client-certificate-data"),
            key: pem("/users/0/user/client-key-data"),
            kubeconfig,
        }
    }

    /// A line of the key, which must not leak.
    pub(crate) fn secret(&self) -> &str {
        self.key.lines().nth(1).expect("a line of the key")
    }
}
