//! The attributes that all Kubernetes objects have, whatever their kind.

use std::collections::BTreeMap;

use tfplugin::{Schema, Timeouts, Value};

use super::{ClusterId, metadata};
use crate::{checks, existing::OnExisting};

/// The attributes that all such resources have. Its name, and its namespace if it has one, a resource declares itself: what is valid
/// there depends on the kind.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct ObjectFields {
    /// `CLUSTER_ID/NAME`, or `CLUSTER_ID/NAMESPACE/NAME` for an object in a namespace.
    #[schema(computed)]
    pub(super) id: Value<String>,
    /// UUID of the cluster. Changing it creates a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    pub(in crate::resources) cluster_id: ClusterId,
    /// Labels. Only the keys set here are managed.
    #[schema(optional, validate(metadata::keys), validate_each(metadata::value))]
    pub(super) labels: Option<BTreeMap<String, String>>,
    /// Annotations. Only the keys set here are managed.
    #[schema(optional, validate(metadata::keys))]
    pub(super) annotations: Option<BTreeMap<String, String>>,
    /// What to do if the object already exists and differs from the configuration: `"fail"` (default) or `"adopt"`, which overwrites
    /// it.
    #[schema(optional, validate(OnExisting::validate))]
    pub(super) on_existing: Option<String>,
    /// Kubernetes UID; changes when the object is re-created.
    #[schema(computed)]
    pub(super) uid: Value<String>,
    #[schema(block)]
    pub(super) timeouts: Option<Timeouts>,
}

impl ObjectFields {
    /// The UID of the object that the state knows.
    pub(in crate::resources) fn known_uid(&self) -> Option<&str> {
        self.uid.as_known().map(String::as_str)
    }

    /// The user's choice of what becomes of an object that exists already.
    pub(super) fn on_existing(&self) -> OnExisting {
        OnExisting::of(self.on_existing.as_deref())
    }
}
