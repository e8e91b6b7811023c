//! List resource `cks_cluster_authz_webhook`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{ClusterFilter, list_blocks},
    resources::cluster_authz_webhook::ClusterAuthzWebhook,
};

/// Lists the webhooks that authorize requests to clusters.
///
/// A cluster without one is not in the list.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ClusterAuthzWebhooks {
    #[schema(flatten)]
    clusters: ClusterFilter,
}

impl ListResource for ClusterAuthzWebhooks {
    type Resource = ClusterAuthzWebhook;

    async fn list(
        self,
        found: &Found<ClusterAuthzWebhook>,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        list_blocks(&self.clusters, found, context).await
    }
}
