//! A cluster's Kubernetes for one operation, and the certainty that it is still the same cluster.

use std::{ops::Deref, sync::Arc};

use coreweave::Cluster;
use kubernetes::Session;
use tokio::sync::{OnceCell, OwnedRwLockReadGuard};

use super::Error;

/// The Kubernetes API of a cluster, for one operation. While it is held, no PATCH of the cluster restarts that API.
#[derive(Debug)]
pub struct ClusterKubernetes {
    pub(super) id: String,
    pub(super) session: Session,
    /// UID of the namespace `kube-system`, read once in a run; `None` if the caller is not permitted to read it.
    pub(super) uid: Arc<OnceCell<Option<String>>>,
    /// The cluster, if CoreWeave's API led here by its id; `None` with an address in the configuration.
    pub(super) cluster: Option<Arc<Cluster>>,
    pub(super) _turn: OwnedRwLockReadGuard<()>,
}

impl Deref for ClusterKubernetes {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl ClusterKubernetes {
    /// UID that distinguishes this cluster from others; `None` if the caller is not permitted to read it.
    pub async fn uid(&self) -> Result<Option<&str>, kubernetes::Error> {
        Ok(self.uid.get_or_try_init(|| self.session.cluster_uid()).await?.as_deref())
    }

    /// The cluster as it was read on the way here; `None` if an address in the configuration led here.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_deref()
    }

    /// Fails unless a "not found" from here is certain: it is the cluster that had the object.
    pub async fn confirm_same(&self, had_it: Option<&str>) -> Result<(), Error> {
        // An address can lead to another cluster than at the first read; CoreWeave's id of a cluster cannot.
        let found = if self.cluster.is_some() {
            self.uid().await?.map(str::to_owned)
        } else {
            self.session.cluster_uid().await?
        };
        match (had_it, found) {
            (Some(expected), Some(found)) if expected == found => Ok(()),
            (Some(expected), Some(found)) => {
                Err(Error::OtherCluster { id: self.id.clone(), expected: expected.to_owned(), found })
            }
            _ if self.cluster.is_some() => Ok(()),
            _ => Err(Error::UncertainCluster { id: self.id.clone() }),
        }
    }
}
