//! List resource `cks_cluster_authz_webhook`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{ClusterFilter, list_blocks},
    resources::cluster_authz_webhook::ClusterAuthzWebhook,
};

/// Lists the webhooks that authorize requests to clusters.
///
/// `terraform query` (Terraform 1.14) runs `list` blocks, in files whose names end in `.tfquery.hcl`. A block returns at most 100 objects
/// unless it sets `limit`, and Terraform does not say if there are more. OpenTofu has no such command: use the data source
/// `cks_clusters`, and `import` blocks.
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
