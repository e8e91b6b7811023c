//! A cluster's Kubernetes for one operation.

use std::{ops::Deref, sync::Arc};

use coreweave::Cluster;
use kubernetes::{ExpectedCluster, Session};
use request_pipeline::Call;
use tokio::sync::OwnedRwLockReadGuard;

use super::{presence::Gone, status_watch};

/// The Kubernetes API of a cluster, for one operation. Its session sends nothing to what is known to be another cluster, and looks at the
/// cluster's status while its requests fail. While it is held, no PATCH of the cluster restarts that API, unless it was reached
/// [beside changes](super::Operation::beside_changes).
#[derive(Debug)]
pub struct ClusterKubernetes {
    session: Session,
    cluster: Option<Arc<Cluster>>,
    _turn: Option<OwnedRwLockReadGuard<()>>,
}

/// What led to a cluster's Kubernetes. It decides whether CoreWeave's API can say why requests there fail.
pub(super) enum LedBy {
    /// CoreWeave's API, by the cluster's id.
    CoreWeave {
        /// The cluster as it was read.
        cluster: Arc<Cluster>,
        /// Where its status is read while its Kubernetes fails.
        api: coreweave::Client,
    },
    /// An address in the configuration: CoreWeave's API is sent nothing, and may have no token.
    Address,
}

/// Outcome of the search for the Kubernetes of a cluster that a state has.
#[derive(Debug)]
pub enum Reach {
    /// It is there.
    Present(Box<ClusterKubernetes>),
    /// The cluster is being deleted, and nothing was asked of its Kubernetes. What is there stays until the cluster is gone, and longer if
    /// that fails or is taken back.
    Going(Arc<Cluster>),
    /// The cluster is certainly gone.
    Gone(Gone),
}

impl Deref for ClusterKubernetes {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl ClusterKubernetes {
    /// The only way to a session for a caller of this crate. `turn`: that of the cluster, for reading, unless it may be read while it
    /// changes.
    pub(super) fn new(
        client: kubernetes::Client,
        call: Call,
        expected: ExpectedCluster,
        led_by: LedBy,
        turn: Option<OwnedRwLockReadGuard<()>>,
    ) -> Self {
        let (cluster, watch) = match led_by {
            LedBy::CoreWeave { cluster, api } => {
                let watch = status_watch::watch(api, cluster.id.clone());
                (Some(cluster), Some(watch))
            }
            LedBy::Address => (None, None),
        };
        let session = Session::new(client, call.watching(watch), expected);
        Self { session, cluster, _turn: turn }
    }

    /// The cluster as it was read on the way here; `None` if an address in the configuration led here.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_deref()
    }
}
