//! What the state remembers, unseen, of the cluster where something was found: "not found" is believed only from that cluster.

use std::sync::Arc;

use clusters::{ClusterKubernetes, Clusters, Operation, Organisation};
use coreweave::Cluster;
use serde::{Deserialize, Serialize};
use tfplugin::{Context, Error};

use crate::{errors::IntoDiagnostics as _, operation::ReachClusters as _};

/// Key in the private state.
const KEY: &str = "provenance";

/// Key of what a block had in earlier states: its organisation alone.
const ORGANISATION_KEY: &str = "organisation";

/// Where a block, an object or a token was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Provenance {
    /// `None` if an address in the configuration, and not CoreWeave's API, led to the cluster.
    organisation: Option<Organisation>,
    /// UID of the namespace `kube-system`; `None` for a block.
    cluster_uid: Option<String>,
    /// UID of an object: the plan that makes a replacement has it from nowhere else.
    object_uid: Option<String>,
}

impl Provenance {
    /// What the state remembers.
    pub(super) fn remembered(context: &Context<Clusters>) -> Self {
        Self::stored(context.private_state(KEY), context.private_state(ORGANISATION_KEY))
    }

    /// From what states have under the two keys. Earlier ones have an empty `object_uid` for a token.
    fn stored(provenance: Option<Self>, organisation: Option<Organisation>) -> Self {
        let stored = provenance.unwrap_or_default();
        Self {
            organisation: stored.organisation.or(organisation),
            object_uid: stored.object_uid.filter(|uid| !uid.is_empty()),
            ..stored
        }
    }

    /// Of a block of this cluster, as it is now.
    pub(super) async fn of_block(cluster: &Cluster, context: &Context<Clusters>) -> Self {
        let organisation = context.clusters().organisation_of(cluster).await;
        Self { organisation: Some(organisation), ..Self::default() }
    }

    /// Of an object of this cluster, or of a token (without `object_uid`), as it is now. Only a help for later: what cannot be found out
    /// now is left out.
    pub(super) async fn of_object(
        object_uid: Option<&str>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Self {
        let uid = kubernetes.uid().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the uid of kube-system cannot be read");
            None
        });
        let organisation = match kubernetes.cluster() {
            Some(cluster) => Some(context.clusters().organisation_of(cluster).await),
            None => None,
        };
        Self { organisation, cluster_uid: uid.map(str::to_owned), object_uid: object_uid.map(str::to_owned) }
    }

    pub(super) fn keep(&self, context: &Context<Clusters>) {
        context.set_private_state(KEY, self);
    }

    /// Nothing more can be found out about a block.
    pub(super) fn is_complete_for_block(&self) -> bool {
        self.organisation.is_some()
    }

    /// Nothing more can be found out about this object, or about a token (without `object_uid`).
    pub(super) fn is_complete_for_object(&self, object_uid: Option<&str>) -> bool {
        self.cluster_uid.is_some() && self.object_uid.as_deref() == object_uid
    }

    /// It is this very object.
    pub(super) fn is_of(&self, object_uid: &str) -> bool {
        self.object_uid.as_deref() == Some(object_uid)
    }

    /// The cluster; `None` when it is certainly gone.
    pub(super) async fn find_cluster(
        &self,
        cluster_id: &str,
        context: &Context<Clusters>,
    ) -> Result<Option<Arc<Cluster>>, Error> {
        context.clusters().find(cluster_id, self.organisation.as_ref()).await.into_diagnostics()
    }

    /// The cluster's Kubernetes; `None` when the cluster is certainly gone.
    pub(super) async fn find_kubernetes(
        &self,
        cluster_id: &str,
        operation: Operation<'_>,
    ) -> Result<Option<ClusterKubernetes>, Error> {
        operation.find_kubernetes(cluster_id, self.organisation.as_ref()).await.into_diagnostics()
    }

    /// Fails unless a "not found" from here is certain: it is the cluster that had the object.
    pub(super) async fn confirm_same(&self, kubernetes: &ClusterKubernetes) -> Result<(), Error> {
        kubernetes.confirm_same(self.cluster_uid.as_deref()).await.into_diagnostics()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As an earlier version stored it.
    fn stored<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
        serde_json::from_value(json).expect("it is read")
    }

    #[test]
    fn what_earlier_states_remember_of_a_block_an_object_and_a_token_still_counts() {
        let organisation = || json!({"host": "ab1cd2", "uid": "5f0e"});
        let block = Provenance::stored(None, Some(stored(organisation())));
        assert!(block.is_complete_for_block());
        let of_object = |uid: &str| {
            let json = json!({"organisation": organisation(), "cluster_uid": "c", "object_uid": uid});
            Provenance::stored(Some(stored(json)), None)
        };
        assert!(of_object("o").is_complete_for_object(Some("o")) && of_object("o").is_of("o"));
        assert!(of_object("").is_complete_for_object(None));
        assert!(!Provenance::stored(None, None).is_complete_for_block());
    }
}
