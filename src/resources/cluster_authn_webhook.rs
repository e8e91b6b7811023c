//! `cks_cluster_authn_webhook`: a TokenReview webhook, which authenticates bearer tokens.
//!
//! The cluster's `authnWebhook` block, on the lifecycle of `cluster_block.rs`. What both webhooks have in common is in
//! `cluster_webhook.rs`.

use coreweave::{AuthnWebhook, Cluster, WebhookLeaf};
use kubernetes::Identity;
use tfplugin::{Diagnostic, Schema, SharedLifecycle};

use super::{
    cluster_block::{Attribute, BlockFields, BlockLifecycle, ClusterBlock, attribute},
    cluster_webhook::{self, WebhookFields},
};
use crate::oidc_names::{effective_username_prefix, is_below};

/// Webhook that authenticates bearer tokens at a cluster's unmanaged endpoint.
///
/// Kubernetes sends the tokens that it cannot check itself to the webhook, as TokenReview requests, and takes user and groups from
/// the response. A cluster has one such webhook; this resource owns the cluster's whole `authnWebhook` block. A change updates the
/// cluster in place and sends only the fields that differ. It restarts the cluster's API server; the resource waits until the
/// change is in force. Destroying the resource clears the block.
///
/// The webhook receives bearer tokens in clear text: use only a webhook that you trust. Authentication alone grants no permissions:
/// bind the user or group to a role.
///
/// If a `coreweave_cks_cluster` manages the same cluster, leave `authn_webhook` out of its configuration and add
/// `lifecycle { ignore_changes = [authn_webhook] }` to it. The guide "Use with coreweave_cks_cluster" explains why.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_cluster_authn_webhook")]
pub(crate) struct ClusterAuthnWebhook {
    #[schema(flatten)]
    block: BlockFields,
    #[schema(flatten)]
    webhook: WebhookFields,
}

impl SharedLifecycle for ClusterAuthnWebhook {
    type Lifecycle = BlockLifecycle;
}

impl ClusterBlock for ClusterAuthnWebhook {
    type Block = AuthnWebhook;

    fn attribute(leaf: WebhookLeaf) -> Attribute<Self> {
        match leaf {
            WebhookLeaf::Server => attribute!(webhook.server => server),
            WebhookLeaf::Ca => attribute!(webhook.ca_certificate => ca),
        }
    }

    fn warnings(planned: &ClusterAuthnWebhookPartial) -> Vec<Diagnostic> {
        cluster_webhook::warnings(&planned.webhook)
    }

    fn access_of(&self, caller: &Identity, cluster: &Cluster) -> Option<String> {
        let name = &caller.username;
        let is_of_trust = cluster.oidc.as_ref().is_some_and(|trust| {
            let prefix =
                effective_username_prefix(&trust.issuer_url, &trust.username_claim, &trust.username_prefix);
            is_below(name, &prefix)
        });
        // Names of ServiceAccounts, nodes and the like come from Kubernetes itself.
        let is_by_webhook = !is_of_trust && !name.starts_with("system:");
        is_by_webhook.then(|| "this webhook, which authenticates the caller".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use coreweave::Oidc;

    use super::*;

    #[test]
    fn the_webhook_authenticates_whom_neither_kubernetes_nor_the_trust_does() {
        let trust = |prefix: &str| Oidc { username_prefix: prefix.to_owned(), ..Oidc::default() };
        for (name, oidc, expected) in [
            ("ada", None, true),
            ("ada", Some(trust("oidc:")), true),
            ("oidc:ada", Some(trust("oidc:")), false),
            // It may be one of the issuer.
            ("ada", Some(trust("-")), false),
            ("system:serviceaccount:ci:runner", None, false),
        ] {
            let cluster = Cluster { oidc: oidc.clone(), ..Cluster::default() };
            let caller = Identity { username: name.to_owned(), ..Identity::default() };
            let found = ClusterAuthnWebhook::default().access_of(&caller, &cluster);
            assert_eq!(found.is_some(), expected, "{name} {oidc:?}");
        }
    }
}
