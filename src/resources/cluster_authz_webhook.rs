//! `cks_cluster_authz_webhook`: a SubjectAccessReview webhook that says what somebody may do.
//!
//! The cluster's `authzWebhook` block; how it lives is said in `cluster_block.rs`, what it has in common with the other webhook in
//! `cluster_webhook.rs`.

use coreweave::{AuthzWebhook, WebhookLeaf};
use tfplugin::{Diagnostic, Schema, SharedLifecycle};

use super::{
    cluster_block::{Attribute, BlockFields, BlockLifecycle, ClusterBlock, attribute},
    cluster_webhook::{self, WebhookFields},
};

/// Makes a cluster's API server ask a webhook of yours what somebody may do, beside Kubernetes' own roles and bindings (RBAC).
///
/// Kubernetes sends the webhook SubjectAccessReview requests: where it has no opinion RBAC decides, and the other way round. A
/// cluster asks one such webhook; this resource owns the cluster's whole `authzWebhook` block. A change is one narrow update
/// of the cluster in place, which restarts the cluster's API server; the resource waits until it is in force. Destroying it
/// clears the block.
///
/// Its approval is final. Use only a webhook that you trust.
///
/// When the same cluster is a `coreweave_cks_cluster`, leave `authz_webhook` out of its configuration and add
/// `lifecycle { ignore_changes = [authz_webhook] }` to it; the guide "Beside coreweave_cks_cluster" says why.
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

    fn warn_at_plan(planned: &mut ClusterAuthzWebhookPartial) -> Vec<Diagnostic> {
        cluster_webhook::warn_at_plan(&planned.webhook)
    }
}
