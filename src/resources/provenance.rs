//! What the state remembers, unseen, of the cluster where something was found: "not found" is believed only from that cluster.

use std::sync::Arc;

use clusters::{ClusterKubernetes, Clusters, Operation, Organisation, Presence, Reach, Remembered, Topic};
use coreweave::Cluster;
use kubernetes::{NamedBy, Proof};
use serde::{Deserialize, Serialize};
use tfplugin::{Context, Diagnostic, Error};

use crate::{errors::IntoDiagnostics as _, operation::ReachClusters as _};

/// Key in the private state.
const KEY: &str = "provenance";

/// Key of what a block had in earlier states: its organisation alone.
const ORGANISATION_KEY: &str = "organisation";

/// Where a block, an object or a token was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    /// `None` if an address in the configuration, and not CoreWeave's API, led to the cluster.
    organisation: Option<Organisation>,
    /// UID of the namespace `kube-system`; `None` for a block.
    cluster_uid: Option<String>,
    /// UID of an object: the plan that makes a replacement has it from nowhere else.
    object_uid: Option<String>,
}

impl Provenance {
    /// What the state remembers.
    pub(crate) fn remembered(context: &Context<Clusters>) -> Self {
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

    /// Of an object that was just created or imported, or of a token (without `object_uid`). Only a help for later: what cannot be found out
    /// now is left out.
    pub(crate) async fn of_object(
        object_uid: Option<&str>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Self {
        let uid = kubernetes.cluster_uid().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the uid of kube-system cannot be read");
            None
        });
        let organisation = match kubernetes.cluster() {
            Some(cluster) => Some(context.clusters().organisation_of(cluster).await),
            None => None,
        };
        Self { organisation, cluster_uid: uid, object_uid: object_uid.map(str::to_owned) }
    }

    /// The same after a refresh that found this object, or a token. What is remembered of the cluster stays as the create or the import found
    /// it; only what they could not find out is filled in, and only from a cluster that is proved without it.
    pub(super) async fn refreshed(
        self,
        object_uid: Option<&str>,
        kubernetes: &ClusterKubernetes,
        context: &Context<Clusters>,
    ) -> Self {
        let proof = kubernetes.proof().await.unwrap_or_default();
        if !self.lets_fill_in(proof) {
            return Self { object_uid: object_uid.map(str::to_owned), ..self };
        }
        let found = Self::of_object(object_uid, kubernetes, context).await;
        Self { organisation: self.organisation.or(found.organisation), ..found }
    }

    /// The uid itself proves nothing before it is remembered.
    fn lets_fill_in(&self, proof: Option<Proof>) -> bool {
        self.cluster_uid.is_none() && matches!(proof, Some(Proof::Endpoint | Proof::Issuer))
    }

    pub(crate) fn keep(&self, context: &Context<Clusters>) {
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

    /// The cluster, unless it is certainly gone.
    pub(super) async fn find_cluster(
        &self,
        cluster_id: &str,
        context: &Context<Clusters>,
    ) -> Result<Presence<Arc<Cluster>>, Error> {
        context.clusters().find(cluster_id, self.organisation.as_ref()).await.into_diagnostics()
    }

    /// The cluster's Kubernetes, unless the cluster is certainly gone, or being deleted.
    pub(crate) async fn find_kubernetes(
        &self,
        cluster_id: &str,
        operation: Operation<'_>,
    ) -> Result<Reach, Error> {
        operation.find_kubernetes(cluster_id, self.cluster()).await.into_diagnostics()
    }

    /// The Kubernetes of a cluster that must exist.
    pub(super) async fn kubernetes(
        &self,
        cluster_id: &str,
        operation: Operation<'_>,
    ) -> Result<ClusterKubernetes, Error> {
        operation.expect_kubernetes(cluster_id, self.cluster()).await.into_diagnostics()
    }

    /// What is remembered of the cluster itself.
    pub(crate) fn cluster(&self) -> Remembered<'_> {
        Remembered { organisation: self.organisation.as_ref(), cluster_uid: self.cluster_uid.as_deref() }
    }
}

/// Warns of a create, or a token, in a cluster that nothing tells from others: once in a run.
pub(crate) async fn warn_if_unverified(
    cluster_id: &str,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    if let Some(warning) = unverified(cluster_id, kubernetes, context).await.into_diagnostics()? {
        context.warn(warning);
    }
    Ok(())
}

/// That warning, if this is the first one of the run.
pub(crate) async fn unverified(
    cluster_id: &str,
    kubernetes: &ClusterKubernetes,
    context: &Context<Clusters>,
) -> Result<Option<Diagnostic>, kubernetes::Error> {
    let is_unproved = kubernetes.proof().await?.is_none();
    let is_first = is_unproved && context.provider().ledger().is_first_report(Topic::Unproved, cluster_id);
    Ok(is_first.then(|| unverified_cluster(cluster_id, kubernetes.client().connection().server.named_by())))
}

/// A create in a cluster that an address leads to and that nothing tells from others.
pub(super) fn unverified_cluster(id: &str, named_by: NamedBy) -> Diagnostic {
    let named = match named_by {
        NamedBy::Configuration => {
            format!("The provider's `kubernetes` entry for cluster {id} sets an address")
        }
        NamedBy::Api => format!("The API names a host for cluster {id} that is not CoreWeave's"),
    };
    Diagnostic::warning(
        "Cluster not verified",
        format!(
            "{named}, and nothing shows that it leads to this cluster: the caller may \
             not read the API server's issuer, or it is not CoreWeave's. Check the address. To have it verified, grant the caller `get` on the \
             URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery)."
        ),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::errors::testing::check_messages;

    /// As an earlier version stored it.
    fn stored<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
        serde_json::from_value(json).expect("it is read")
    }

    #[test]
    fn a_refresh_fills_in_only_what_is_missing_and_only_from_a_proved_cluster() {
        let remembering =
            |uid: Option<&str>| Provenance { cluster_uid: uid.map(str::to_owned), ..Provenance::default() };
        for (proof, expected) in [
            (Some(Proof::Endpoint), true),
            (Some(Proof::Issuer), true),
            (Some(Proof::Uid), false),
            (None, false),
        ] {
            assert_eq!(remembering(None).lets_fill_in(proof), expected, "{proof:?}");
            assert!(!remembering(Some("c-1")).lets_fill_in(proof), "{proof:?}");
        }
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

    #[test]
    fn a_cluster_that_nothing_verifies_is_named() {
        let id = "81540112-93fc-4d39-af10-fe6c2f4b8824";
        check_messages(
            unverified_cluster(id, NamedBy::Api),
            &expect![[r#"
            Cluster not verified @ 
            The API names a host for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 that is not CoreWeave's, and nothing shows that it leads to this cluster: the caller may not read the API server's issuer, or it is not CoreWeave's. Check the address. To have it verified, grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery).
        "#]],
        );
        check_messages(
            unverified_cluster(id, NamedBy::Configuration),
            &expect![[r#"
            Cluster not verified @ 
            The provider's `kubernetes` entry for cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 sets an address, and nothing shows that it leads to this cluster: the caller may not read the API server's issuer, or it is not CoreWeave's. Check the address. To have it verified, grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery).
        "#]],
        );
    }
}
