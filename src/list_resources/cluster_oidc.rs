//! List resource `cks_cluster_oidc`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{ClusterFilter, list_blocks},
    resources::cluster_oidc::ClusterOidc,
};

/// Lists the OIDC issuers that clusters trust.
///
/// `terraform query` (Terraform 1.14) runs `list` blocks, in files whose names end in `.tfquery.hcl`. A block returns at most 100 objects
/// unless it sets `limit`, and Terraform does not say if there are more. OpenTofu has no such command: use the data source
/// `cks_clusters`, and `import` blocks.
///
/// A cluster without one is not in the list.
#[derive(Clone, Debug, Schema)]
pub(crate) struct ClusterOidcs {
    #[schema(flatten)]
    clusters: ClusterFilter,
}

impl ListResource for ClusterOidcs {
    type Resource = ClusterOidc;

    async fn list(self, found: &Found<ClusterOidc>, context: &Context<Clusters>) -> Result<(), Error> {
        list_blocks(&self.clusters, found, context).await
    }
}
