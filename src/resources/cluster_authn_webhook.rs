//! `cks_cluster_authn_webhook`: a TokenReview webhook, which authenticates bearer tokens.
//!
//! The cluster's `authnWebhook` block, on the lifecycle of `cluster_block.rs`. What both webhooks have in common is in
//! `cluster_webhook.rs`.

use coreweave::{AuthnWebhook, WebhookLeaf};
use tfplugin::{Diagnostic, Schema, SharedLifecycle};

use super::{
    cluster_block::{Attribute, BlockFields, BlockLifecycle, ClusterBlock, attribute},
    cluster_webhook::{self, WebhookFields},
};

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
}
