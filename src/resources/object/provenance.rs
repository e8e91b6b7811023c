//! What the state remembers, unseen, of the cluster that has an object: so that "not found" is believed only from that cluster.

use std::time::Duration;

use clusters::{Clusters, Kubernetes, Organisation};
use serde::{Deserialize, Serialize};
use tfplugin::{Context, Error};

use crate::errors::IntoDiagnostics as _;

const NOTE: &str = "provenance";

/// Where an object is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::resources) struct Provenance {
    organisation: Option<Organisation>,
    /// Uid of the namespace `kube-system`.
    cluster_uid: Option<String>,
    /// Of the object itself: the plan that makes a replacement sees it in no other way.
    #[serde(default)]
    object_uid: String,
}

impl Provenance {
    /// What the state remembers.
    pub(in crate::resources) fn remembered(context: &Context<Clusters>) -> Self {
        context.private_state(NOTE).unwrap_or_default()
    }

    /// As it is now. Only a help for later: what cannot be told now is left out.
    pub(in crate::resources) async fn of(
        cluster_id: &str,
        object_uid: &str,
        kubernetes: &Kubernetes,
        context: &Context<Clusters>,
    ) -> Self {
        let clusters = context.provider();
        let uid = kubernetes.uid().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the uid of kube-system cannot be read");
            None
        });
        let organisation = match clusters.expect(cluster_id, context.stopped()).await {
            Ok(cluster) if kubernetes.is_by_id() => {
                Some(clusters.organisation_of(&cluster, context.stopped()).await)
            }
            _ => None,
        };
        Self { organisation, cluster_uid: uid.map(str::to_owned), object_uid: object_uid.to_owned() }
    }

    pub(in crate::resources) fn keep(&self, context: &Context<Clusters>) {
        context.set_private_state(NOTE, self);
    }

    /// Nothing more could be found out about where this object is.
    pub(in crate::resources) fn is_complete_for(&self, object_uid: &str) -> bool {
        self.cluster_uid.is_some() && self.is_of(object_uid)
    }

    /// It is this very object.
    pub(in crate::resources) fn is_of(&self, object_uid: &str) -> bool {
        self.object_uid == object_uid
    }

    pub(in crate::resources) fn cluster_uid(&self) -> Option<&str> {
        self.cluster_uid.as_deref()
    }

    /// The cluster's Kubernetes; `None` when the cluster is certainly gone.
    pub(in crate::resources) async fn find(
        &self,
        cluster_id: &str,
        timeout: Duration,
        context: &Context<Clusters>,
    ) -> Result<Option<Kubernetes>, Error> {
        let organisation = self.organisation.as_ref();
        context
            .provider()
            .find_kubernetes(cluster_id, organisation, timeout, context.stopped())
            .await
            .into_diagnostics()
    }
}
