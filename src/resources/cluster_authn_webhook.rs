//! `cks_cluster_authn_webhook`: a TokenReview webhook that says who the owner of a bearer token is.
//!
//! The cluster's `authnWebhook` block; how it lives is said in `cluster_block.rs`, what it has in common with the other webhook in
//! `cluster_webhook.rs`.

use coreweave::{AuthnWebhook, WebhookLeaf};
use tfplugin::{Diagnostic, Schema, SharedLifecycle};

use super::{
    cluster_block::{Attribute, BlockFields, BlockLifecycle, ClusterBlock, attribute},
    cluster_webhook::{self, WebhookFields},
};

/// Makes a cluster's unmanaged endpoint ask a webhook of yours who the owner of a bearer token is.
///
/// Kubernetes sends the webhook the tokens that it cannot check itself, as TokenReview requests, and takes user and groups from the
/// answer. A cluster asks one such webhook; this resource owns the cluster's whole `authnWebhook` block. A change is one narrow
/// update of the cluster in place, which restarts the cluster's API server; the resource waits until it is in force. Destroying
/// it clears the block.
///
/// The webhook receives bearer tokens in clear text. Use only a webhook that you trust. Authentication alone grants no permissions:
/// bind the user or group to a role.
///
/// When the same cluster is a `coreweave_cks_cluster`, leave `authn_webhook` out of its configuration and add
/// `lifecycle { ignore_changes = [authn_webhook] }` to it; the guide "Beside coreweave_cks_cluster" says why.
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

    fn warn_at_plan(planned: &mut ClusterAuthnWebhookPartial) -> Vec<Diagnostic> {
        cluster_webhook::warn_at_plan(&planned.webhook)
    }
}
