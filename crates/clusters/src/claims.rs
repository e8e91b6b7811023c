//! What this run of Terraform made or adopted.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use super::Error;

/// A thing that a cluster has once: its OIDC block, say, or one object of its Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The cluster's id.
    pub cluster_id: String,
    /// The resource type that manages it.
    pub resource: &'static str,
    /// The object's place; `None` for what the cluster has once.
    pub object: Option<String>,
}

impl Claim {
    /// Of something that the cluster has once.
    pub fn of_cluster(cluster_id: &str, resource: &'static str) -> Self {
        Self { cluster_id: cluster_id.to_owned(), resource, object: None }
    }

    /// Of an object of its Kubernetes.
    pub fn of_object(cluster_id: &str, resource: &'static str, object: String) -> Self {
        Self { cluster_id: cluster_id.to_owned(), resource, object: Some(object) }
    }
}

/// All claims of this run.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<HashSet<Claim>>);

impl Claims {
    /// Fails when somebody claimed it before.
    pub(crate) fn claim(&self, claim: Claim) -> Result<(), Error> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.contains(&claim) {
            return Err(Error::DeclaredTwice(claim));
        }
        claims.insert(claim);
        Ok(())
    }

    pub(crate) fn is_claimed(&self, claim: &Claim) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(claim)
    }
}
