//! The two webhooks of a cluster: who a token belongs to (TokenReview), and what its owner may do (SubjectAccessReview).

use serde::Deserialize;

use super::{
    block::{Block, LeafValue},
    certificates::Ca,
    oidc::certificates,
    tolerant,
};

/// Where the cluster's API server asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Webhook {
    /// URL that is asked; `""` is unset.
    #[serde(deserialize_with = "tolerant::text")]
    pub server: String,
    /// Certificates to trust for it.
    #[serde(deserialize_with = "certificates")]
    pub ca: Ca,
}

impl Webhook {
    fn values(&self) -> Vec<LeafValue<'_>> {
        vec![LeafValue::Text(&self.server), LeafValue::Certificates(&self.ca)]
    }
}

/// The webhook that says who a token belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthnWebhook(pub Webhook);

/// The webhook that says what somebody may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthzWebhook(pub Webhook);

impl From<Webhook> for AuthnWebhook {
    fn from(webhook: Webhook) -> Self {
        Self(webhook)
    }
}

impl AsRef<Webhook> for AuthnWebhook {
    fn as_ref(&self) -> &Webhook {
        &self.0
    }
}

impl Block for AuthnWebhook {
    const MEMBER: &'static str = "authnWebhook";
    const LEAVES: &'static [&'static str] = &["authnWebhook.server", "authnWebhook.ca"];

    fn values(&self) -> Vec<LeafValue<'_>> {
        self.0.values()
    }
}

impl From<Webhook> for AuthzWebhook {
    fn from(webhook: Webhook) -> Self {
        Self(webhook)
    }
}

impl AsRef<Webhook> for AuthzWebhook {
    fn as_ref(&self) -> &Webhook {
        &self.0
    }
}

impl Block for AuthzWebhook {
    const MEMBER: &'static str = "authzWebhook";
    const LEAVES: &'static [&'static str] = &["authzWebhook.server", "authzWebhook.ca"];

    fn values(&self) -> Vec<LeafValue<'_>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::{Cluster, ClusterMember as _};

    #[test]
    fn each_webhook_is_read_from_its_own_member() {
        let cluster: Cluster = serde_json::from_value(json!({
            "authnWebhook": {"server": "https://who.example.com", "ca": ""},
            "authzWebhook": {"server": "https://what.example.com", "ca": null},
        }))
        .expect("tolerant");
        let server = |server: &str| Webhook { server: server.into(), ..Webhook::default() };
        assert_eq!(AuthnWebhook::of(&cluster), Some(AuthnWebhook(server("https://who.example.com"))));
        assert_eq!(AuthzWebhook::of(&cluster), Some(AuthzWebhook(server("https://what.example.com"))));
    }
}
