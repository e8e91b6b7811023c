//! `cks_namespace`: a namespace of a cluster's Kubernetes.

use kubernetes::ObjectPlace;
use tfplugin::{Error, Schema, SharedLifecycle};

use super::object::{ObjectFields, ObjectLifecycle, ObjectResource, Scope};
use crate::checks;

/// A namespace of a cluster.
///
/// Deleting a namespace deletes everything in it, so `deletion_protection` is on by default: set it to `false` and apply before a
/// destroy.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_namespace")]
pub(crate) struct Namespace {
    #[schema(flatten)]
    object: ObjectFields,
    /// Name of the namespace. Changing it creates a new namespace.
    #[schema(required, replace, validate(checks::dns_label))]
    name: String,
    /// Whether a destroy is an error, since it deletes everything in the namespace. Defaults to `true`.
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

    fn allow_delete(&self) -> Result<(), Error> {
        if !self.deletion_protection {
            return Ok(());
        }
        Err(Error::new(
            "Namespace is protected",
            format!(
                "Deleting the namespace {:?} would delete all that is in it, and deletion_protection is on. Set deletion_protection = \
                 false, apply that, and destroy again. To leave the namespace and only forget it, use a `removed` block or `terraform \
                 state rm`.",
                self.name
            ),
        )
        .at("deletion_protection"))
    }
}
