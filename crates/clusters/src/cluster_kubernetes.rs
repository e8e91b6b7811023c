//! A cluster's Kubernetes for one operation.

use std::{ops::Deref, sync::Arc};

use coreweave::Cluster;
use kubernetes::Session;
use tokio::sync::OwnedRwLockReadGuard;

use super::handle::Handle;

/// The Kubernetes API of a cluster, for one operation. Its session sends nothing to what is known to be another cluster. While it is held, no
/// PATCH of the cluster restarts that API.
#[derive(Debug)]
pub struct ClusterKubernetes {
    pub(super) session: Session,
    /// The cluster, if CoreWeave's API led here by its id; `None` with an address in the configuration.
    pub(super) cluster: Option<Arc<Cluster>>,
    pub(super) handle: Arc<Handle>,
    pub(super) _turn: OwnedRwLockReadGuard<()>,
}

impl Deref for ClusterKubernetes {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl ClusterKubernetes {
    /// The cluster as it was read on the way here; `None` if an address in the configuration led here.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_deref()
    }

    /// Whether to say now that nothing shows which cluster this is: once in a run.
    pub async fn is_newly_unverified(&self) -> Result<bool, kubernetes::Error> {
        Ok(self.session.proof().await?.is_none() && self.handle.say_unverified())
    }
}
