//! `cks_cluster_authz_webhook`: a SubjectAccessReview webhook, which authorizes requests.
//!
//! The cluster's `authzWebhook` block, on the lifecycle of `cluster_block.rs`. What both webhooks have in common is in
//! `cluster_webhook.rs`.

use coreweave::{AuthzWebhook, WebhookLeaf};
use tfplugin::{Diagnostic, Schema, SharedLifecycle};

use super::{
    cluster_block::{Attribute, BlockFields, BlockLifecycle, ClusterBlock, attribute},
    cluster_webhook::{self, WebhookFields},
};

/// Webhook that authorizes requests to a cluster's API server, in addition to Kubernetes' own roles and bindings (RBAC).
///
/// Kubernetes sends SubjectAccessReview requests to the webhook. If it has no opinion RBAC decides, and the other way round. A
/// cluster has one such webhook; this resource owns the cluster's whole `authzWebhook` block. A change updates the cluster in place
/// and sends only the fields that differ. It restarts the cluster's API server; the resource waits until the change is in force.
/// Destroying the resource clears the block.
///
/// The webhook's approval is final: use only a webhook that you trust.
///
/// If a `coreweave_cks_cluster` manages the same cluster, leave `authz_webhook` out of its configuration and add
/// `lifecycle { ignore_changes = [authz_webhook] }` to it. The guide "Use with coreweave_cks_cluster" explains why.
#[derive(Clone, Debug, Default, Schema)]
#[schema(name = "cks_cluster_authz_webhook")]
pub(crate) struct ClusterAuthzWebhook {
    #[schema(flatten)]
    block: BlockFields,
    #[schema(flatten)]
    webhook: WebhookFields,
}

impl SharedLifecycle for ClusterAuthzWebhook {
    type Lifecycle = BlockLifecycle;
}

impl ClusterBlock for ClusterAuthzWebhook {
    type Block = AuthzWebhook;

    fn attribute(leaf: WebhookLeaf) -> Attribute<Self> {
        match leaf {
            WebhookLeaf::Server => attribute!(webhook.server => server),
            WebhookLeaf::Ca => attribute!(webhook.ca_certificate => ca),
        }
    }

    fn warnings(planned: &ClusterAuthzWebhookPartial) -> Vec<Diagnostic> {
        cluster_webhook::warnings(&planned.webhook)
    }
}
