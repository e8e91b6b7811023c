//! List resource `cks_cluster_oidc`.

use clusters::Clusters;
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    listing::{ClusterFilter, list_blocks},
    resources::cluster_oidc::ClusterOidc,
};

/// Lists the OIDC issuers that clusters trust.
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
