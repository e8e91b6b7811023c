//! A block of each cluster that has one.

use std::sync::Arc;

use clusters::Clusters;
use coreweave::ConfigBlock as _;
use tfplugin::{Context, Error, Found, Resource};

use super::{
    ClusterFilter,
    clusters::{Chosen, chosen, in_words},
    left_out::{LeftOut, manageable},
};
use crate::{
    errors::ClientError as _,
    operation::ReachClusters as _,
    resources::{ClusterBlock, of_cluster},
};

/// What a list resource finds: the block of each cluster that has one, as an import has it. It sends one request, also for all clusters.
pub(crate) async fn list<R>(
    filter: &ClusterFilter,
    found: &Found<R>,
    context: &Context<Clusters>,
) -> Result<(), Error>
where
    R: ClusterBlock + Resource<Provider = Clusters>,
{
    for chosen in chosen(filter, context).await? {
        let cluster = match chosen {
            Chosen::Listed(cluster) => Arc::from(cluster),
            Chosen::Named(id) => context
                .clusters()
                .expect(&id)
                .await
                .map_err(|error| error.into_diagnostics().at("cluster_id"))?,
        };
        let Some(block) = of_cluster::<R>(&cluster) else { continue };
        match manageable(block) {
            Ok(block) => found.add(in_words(&cluster), block).await,
            Err(reason) => {
                let mut left_out = LeftOut::default();
                left_out.add(R::Block::KIND.name(), None, &reason);
                if let Some(warning) = left_out.warning(R::NAME, &in_words(&cluster)) {
                    context.warn(warning);
                }
            }
        }
    }
    Ok(())
}
