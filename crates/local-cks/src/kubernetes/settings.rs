//! The settings of kube-apiserver for a cluster's API fields.
//!
//! Rule: the `--oidc-*` flags and kubeconfig files of webhooks, not AuthenticationConfiguration. With flags the defaults of
//! claims and prefixes are Kubernetes' own and need no copy here, and the restart (3 s) is both quicker than the reload of
//! the file (10 s and more until a new issuer's tokens work) and what a change of these settings does to a real cluster.

use std::{io, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{api::schema::Object, behaviour::AdminGroup};

/// Settings for kube-apiserver, and its administrators.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) oidc: Option<Object>,
    pub(crate) authn_webhook: Option<Object>,
    pub(crate) authz_webhook: Option<Object>,
    /// Name in Kubernetes of the group that is bound to `cluster-admin`.
    pub(crate) admin_group: Option<String>,
}

impl Settings {
    /// Reads them from the stored cluster.
    pub(crate) fn of(cluster: &Object, admin_group: AdminGroup) -> Self {
        let block = |name: &str| {
            let block = cluster.get(name).and_then(Value::as_object).filter(|block| !block.is_empty());
            block.cloned()
        };
        let oidc = block("oidc");
        let leaf = |name: &str| oidc.as_ref().and_then(|oidc| text(oidc, name));
        let admin_group = leaf("adminGroupBinding").map(|group| match admin_group {
            AdminGroup::AsIs => group.to_owned(),
            AdminGroup::Prefixed => format!("{}{group}", leaf("groupsPrefix").unwrap_or_default()),
        });
        Self { admin_group, authn_webhook: block("authnWebhook"), authz_webhook: block("authzWebhook"), oidc }
    }

    /// Whether a change needs no restart of kube-apiserver.
    pub(crate) fn same_flags(&self, other: &Self) -> bool {
        let flags = |settings: &Self| {
            let mut oidc = settings.oidc.clone();
            if let Some(oidc) = &mut oidc {
                oidc.remove("adminGroupBinding");
            }
            Self { oidc, admin_group: None, ..settings.clone() }
        };
        flags(self) == flags(other)
    }

    /// The configured issuer.
    pub(crate) fn issuer(&self) -> Option<&str> {
        text(self.oidc.as_ref()?, "issuerUrl")
    }

    /// The flags, after writing the files they name into `directory`.
    pub(crate) fn flags(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut flags = Vec::new();
        if let Some(oidc) = &self.oidc {
            let ca_file = directory.join("oidc-ca.pem");
            if let Some(ca) = text(oidc, "ca") {
                std::fs::write(&ca_file, STANDARD.decode(ca).unwrap_or_default())?;
            }
            flags.extend(oidc_flags(oidc, &ca_file));
        }
        if let Some(webhook) = &self.authn_webhook {
            let file = directory.join("authn-webhook.json");
            std::fs::write(&file, webhook_kubeconfig(webhook).to_string())?;
            flags.push(format!("--authentication-token-webhook-config-file={}", file.display()));
            flags.push("--authentication-token-webhook-version=v1".to_owned());
            // Decisions are cached briefly, so that tests need not wait two minutes for another one; kube-apiserver caches for 10 s anyway.
            flags.push("--authentication-token-webhook-cache-ttl=10s".to_owned());
        }
        let modes = if self.authz_webhook.is_some() { "Node,RBAC,Webhook" } else { "Node,RBAC" };
        flags.push(format!("--authorization-mode={modes}"));
        if let Some(webhook) = &self.authz_webhook {
            let file = directory.join("authz-webhook.json");
            std::fs::write(&file, webhook_kubeconfig(webhook).to_string())?;
            flags.push(format!("--authorization-webhook-config-file={}", file.display()));
            flags.push("--authorization-webhook-version=v1".to_owned());
            flags.push("--authorization-webhook-cache-authorized-ttl=2s".to_owned());
            flags.push("--authorization-webhook-cache-unauthorized-ttl=2s".to_owned());
        }
        Ok(flags)
    }
}

/// An empty leaf has no flag, so that Kubernetes' default applies.
fn oidc_flags(oidc: &Object, ca_file: &Path) -> Vec<String> {
    let mut flags = Vec::new();
    for (leaf, flag) in [
        ("issuerUrl", "issuer-url"),
        ("clientId", "client-id"),
        ("usernameClaim", "username-claim"),
        ("usernamePrefix", "username-prefix"),
        ("groupsClaim", "groups-claim"),
        ("groupsPrefix", "groups-prefix"),
        ("requiredClaim", "required-claim"),
    ] {
        if let Some(value) = text(oidc, leaf) {
            flags.push(format!("--oidc-{flag}={value}"));
        }
    }
    let algorithms: Vec<&str> = oidc
        .get("signingAlgorithms")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str()?.strip_prefix("SIGNING_ALGORITHM_"))
        .collect();
    if !algorithms.is_empty() {
        flags.push(format!("--oidc-signing-algs={}", algorithms.join(",")));
    }
    if text(oidc, "ca").is_some() {
        flags.push(format!("--oidc-ca-file={}", ca_file.display()));
    }
    flags
}

/// The kubeconfig of a webhook for kube-apiserver.
pub(crate) fn webhook_kubeconfig(webhook: &Object) -> Value {
    let mut cluster = json!({"server": text(webhook, "server").unwrap_or_default()});
    if let Some(ca) = text(webhook, "ca") {
        cluster["certificate-authority-data"] = json!(ca);
    }
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "webhook", "cluster": cluster}],
        "users": [{"name": "kube-apiserver", "user": {}}],
        "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": "kube-apiserver"}}],
        "current-context": "webhook",
    })
}

fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{AdminGroup, Settings};

    fn settings(cluster: Value) -> Settings {
        let Value::Object(cluster) = cluster else { panic!("not an object") };
        Settings::of(&cluster, AdminGroup::AsIs)
    }

    #[track_caller]
    fn check(cluster: Value, expected: &[&str]) {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display().to_string();
        let flags = settings(cluster).flags(directory.path()).unwrap();
        let flags: Vec<String> = flags.iter().map(|flag| flag.replace(&place, "DIR")).collect();
        assert_eq!(flags, expected);
    }

    #[test]
    fn leaves_become_flags_and_empty_ones_do_not() {
        check(json!({}), &["--authorization-mode=Node,RBAC"]);
        check(
            json!({"oidc": {
                "issuerUrl": "https://i/", "clientId": "c", "usernamePrefix": "-", "requiredClaim": "group=admin",
                "ca": "UEVN", "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"],
            }}),
            &[
                "--oidc-issuer-url=https://i/",
                "--oidc-client-id=c",
                "--oidc-username-prefix=-",
                "--oidc-required-claim=group=admin",
                "--oidc-signing-algs=RS256",
                "--oidc-ca-file=DIR/oidc-ca.pem",
                "--authorization-mode=Node,RBAC",
            ],
        );
    }

    #[test]
    fn webhooks_become_files_and_a_mode() {
        check(
            json!({"authnWebhook": {"server": "https://a"}, "authzWebhook": {"server": "https://z", "ca": "UEVN"}}),
            &[
                "--authentication-token-webhook-config-file=DIR/authn-webhook.json",
                "--authentication-token-webhook-version=v1",
                "--authentication-token-webhook-cache-ttl=10s",
                "--authorization-mode=Node,RBAC,Webhook",
                "--authorization-webhook-config-file=DIR/authz-webhook.json",
                "--authorization-webhook-version=v1",
                "--authorization-webhook-cache-authorized-ttl=2s",
                "--authorization-webhook-cache-unauthorized-ttl=2s",
            ],
        );
    }

    #[test]
    fn only_the_admin_group_changes_without_a_restart() {
        let base = json!({"oidc": {"issuerUrl": "https://i", "clientId": "c"}});
        let with = |name: &str, value: &str| {
            let mut changed = base.clone();
            changed["oidc"][name] = json!(value);
            settings(changed)
        };
        let base = settings(base.clone());
        assert!(base.same_flags(&with("adminGroupBinding", "g")));
        assert!(!base.same_flags(&with("ca", "UEVN")));
        assert!(!with("ca", "UEVN").same_flags(&with("ca", "UEVO")));
        assert!(!base.same_flags(&Settings::default()));
    }

    #[test]
    fn the_admin_group_is_used_as_it_is_or_prefixed() {
        let Value::Object(cluster) = json!({"oidc": {"groupsPrefix": "oidc:", "adminGroupBinding": "g"}})
        else {
            panic!()
        };
        let group = |rule| Settings::of(&cluster, rule).admin_group;
        assert_eq!(group(AdminGroup::AsIs).as_deref(), Some("g"));
        assert_eq!(group(AdminGroup::Prefixed).as_deref(), Some("oidc:g"));
    }
}
