//! `cks_namespace`: a namespace of a cluster's Kubernetes.

use kubernetes::{Identity, ObjectPlace};
use tfplugin::{Schema, SharedLifecycle};

use super::{
    object::{ObjectFields, ObjectLifecycle, ObjectResource, Scope},
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

    fn is_access_of(place: &ObjectPlace, caller: &Identity) -> Option<String> {
        let account = caller.username.strip_prefix(own_access::ACCOUNTS)?;
        let is_inside = account.split_once(':').is_some_and(|(namespace, _)| namespace == place.name);
        is_inside.then(|| format!("a ServiceAccount in namespace {}", place.name))
    }
}
