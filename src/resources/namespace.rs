//! `cks_namespace`: a namespace of a cluster's Kubernetes.

use clusters::Clusters;
use kubernetes::{Identity, ObjectPlace};
use tfplugin::{Context, Diagnostics, Error, Schema, SharedLifecycle};

use super::{
    object::{
        Fate, ObjectFields, ObjectLifecycle, ObjectResource, Scope, differs,
        moved::{self, MovedState, MovesFrom},
    },
    own_access,
};
use crate::checks;

/// A namespace of a cluster.
///
/// Deleting a namespace deletes everything in it, so `deletion_protection` is on by default: a plan that destroys or replaces the
/// namespace is an error until `deletion_protection = false` is applied. A plan that deletes a namespace lists the resources of the same
/// configuration that are deleted with it.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_namespace")]
pub(crate) struct Namespace {
    #[schema(flatten)]
    object: ObjectFields,
    /// Name of the namespace. Changing it creates a new namespace.
    #[schema(required, replace, validate(checks::dns_label))]
    name: String,
    /// Whether a plan that destroys or replaces the namespace is an error, since that deletes everything in it. The value in the state
    /// counts: apply `false` first. Defaults to `true`.
    #[schema(optional, computed, default = true)]
    deletion_protection: bool,
}

impl SharedLifecycle for Namespace {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for Namespace {
    type Kind = kubernetes::Namespace;

    const SCOPE: Scope = Scope::Cluster;

    const MOVES_FROM: &'static [MovesFrom] =
        &[MovesFrom { type_name: "kubernetes_namespace", namespaced: false }];

    fn moved_content(
        state: &MovedState,
        _place: &ObjectPlace,
        report: &mut Diagnostics,
    ) -> Result<kubernetes::Namespace, Error> {
        if state.attribute("wait_for_default_service_account") == true {
            report.push(moved::not_moved(
                "wait_for_default_service_account",
                "A cks_namespace does not wait for the ServiceAccount `default`, which Kubernetes creates a moment after the namespace.",
            ));
        }
        Ok(kubernetes::Namespace)
    }

    fn place(&self) -> ObjectPlace {
        ObjectPlace::cluster(&self.name)
    }

    fn at(place: ObjectPlace) -> Self {
        Self { object: ObjectFields::default(), name: place.name, deletion_protection: true }
    }

    fn content(&self) -> kubernetes::Namespace {
        kubernetes::Namespace
    }

    fn with_content(self, _: &kubernetes::Namespace) -> Self {
        self
    }

    fn is_protected(&self) -> bool {
        self.deletion_protection
    }

    async fn warn_of_loss(prior: &Self, fate: Fate<'_, Self>, context: &Context<Clusters>) {
        let is_moved = |planned: &NamespacePartial| {
            differs(&planned.object.cluster_id, Some(&prior.object.cluster_id))
                || differs(&planned.name, Some(&prior.name))
        };
        let Some(loss) = fate.loss(is_moved) else { return };
        own_access::warn_of_loss(prior.cluster_id(), loss, context, |caller| prior.access_of(caller)).await;
    }
}

impl Namespace {
    /// What of the caller's own access rests on the namespace.
    fn access_of(&self, caller: &Identity) -> Option<String> {
        let account = caller.username.strip_prefix(own_access::ACCOUNTS)?;
        let is_inside = account.split_once(':').is_some_and(|(namespace, _)| namespace == self.name);
        is_inside.then(|| format!("a ServiceAccount in namespace {}", self.name))
    }
}
