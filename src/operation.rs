//! The clusters within the limits of one operation of a resource or data source.

use clusters::{Clusters, Operation};
use tfplugin::Context;

/// `context.clusters()`: what an operation needs to reach clusters.
pub(crate) trait ReachClusters {
    /// The clusters, with the operation's time limit and cancellation.
    fn clusters(&self) -> Operation<'_>;
}

impl ReachClusters for Context<Clusters> {
    fn clusters(&self) -> Operation<'_> {
        self.provider().during(self.timeout(), self.stopped())
    }
}
