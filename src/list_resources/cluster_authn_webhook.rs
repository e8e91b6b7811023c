//! List resource `cks_cluster_authn_webhook`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{ClusterFilter, list_blocks},
    resources::cluster_authn_webhook::ClusterAuthnWebhook,
};

/// Lists the webhooks that authenticate tokens for clusters.
///
/// A cluster without one is not in the list.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ClusterAuthnWebhooks {
    #[schema(flatten)]
    clusters: ClusterFilter,
}

impl ListResource for ClusterAuthnWebhooks {
    type Resource = ClusterAuthnWebhook;

    async fn list(
        self,
        found: &Found<ClusterAuthnWebhook>,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        list_blocks(&self.clusters, found, context).await
    }
}
