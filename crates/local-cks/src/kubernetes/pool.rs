//! Control planes that several local CKS use one after the other: starting one takes seconds, restoring one does not.
//!
//! Rule: one user at a time, who may change anything. Before the next user gets it, all objects are restored ([`super::inventory`]). A
//! control plane with other settings than a new cluster's, or with continuing changes, is ended instead.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use child_processes::Processes;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{Kubernetes, KubernetesError, etcd::Etcd, inventory::Inventory, settings::Settings};

/// Control planes of clusters with one id and no settings, used by one cluster at a time. Programs are ended with the last
/// reference to this, and by a watchdog when this program ends without that.
#[derive(Debug)]
pub struct ControlPlanes {
    cluster_id: String,
    idle: Mutex<Vec<ControlPlane>>,
    base: OnceCell<Base>,
}

#[derive(Debug)]
struct Base {
    processes: Arc<Processes>,
    etcd: Etcd,
}

#[derive(Debug)]
struct ControlPlane {
    kubernetes: Arc<Kubernetes>,
    inventory: Inventory,
}

/// A control plane in use. Dropping it returns it to the pool.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<ControlPlanes>,
    kubernetes: Arc<Kubernetes>,
    /// `None` only while it is returned.
    inventory: Option<Inventory>,
}

impl ControlPlanes {
    /// An empty pool: control planes are started when needed and none is idle.
    pub fn new(cluster_id: &str) -> Arc<Self> {
        Arc::new(Self { cluster_id: cluster_id.to_owned(), idle: Mutex::default(), base: OnceCell::new() })
    }

    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// A control plane without objects of others.
    pub(crate) async fn take(self: &Arc<Self>) -> Result<Lease, KubernetesError> {
        while let Some(idle) = self.take_idle() {
            idle.kubernetes.reconnect()?;
            if idle.inventory.restore(&idle.kubernetes.storage()?).await? {
                return Ok(self.lease(idle));
            }
            tracing::warn!("a control plane does not come to rest, and is replaced");
        }
        Ok(self.lease(self.start().await?))
    }

    fn lease(self: &Arc<Self>, control_plane: ControlPlane) -> Lease {
        let ControlPlane { kubernetes, inventory } = control_plane;
        Lease { pool: Arc::clone(self), kubernetes, inventory: Some(inventory) }
    }

    async fn start(&self) -> Result<ControlPlane, KubernetesError> {
        let base = self.base.get_or_try_init(Base::start).await?;
        let name = format!("{}-{}", self.cluster_id, Uuid::new_v4());
        let start = Kubernetes::start_in(
            &name,
            &base.processes,
            &base.etcd,
            &self.cluster_id,
            Settings::default(),
            None,
        );
        let kubernetes = start.await?;
        let inventory = Inventory::settled(&kubernetes.storage()?).await?;
        Ok(ControlPlane { kubernetes, inventory })
    }

    // The guard must not be in a `while let`: it would be held across the wait.
    fn take_idle(&self) -> Option<ControlPlane> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<ControlPlane>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Base {
    async fn start() -> Result<Self, KubernetesError> {
        let processes = Arc::new(Processes::new("local-cks-")?);
        let etcd = Etcd::start(&processes).await?;
        Ok(Self { processes, etcd })
    }
}

impl Lease {
    pub(crate) fn kubernetes(&self) -> Arc<Kubernetes> {
        Arc::clone(&self.kubernetes)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(inventory) = self.inventory.take()
            && self.kubernetes.is_as_started()
        {
            let kubernetes = self.kubernetes();
            self.pool.idle().push(ControlPlane { kubernetes, inventory });
        }
    }
}
