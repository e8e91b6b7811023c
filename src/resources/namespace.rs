//! `cks_namespace`: a namespace of a cluster's Kubernetes.

use std::collections::BTreeMap;

use kubernetes::Place;
use tfplugin::{Error, Schema, SharedLifecycle, Timeouts, Value};

use super::object::{self, Metadata, ObjectFields, ObjectLifecycle, ObjectResource};
use crate::{checks, existing::OnExisting};

/// A namespace of a cluster.
///
/// Deleting a namespace deletes all that is in it, so `deletion_protection` is on by default: set it to `false` and apply, before a
/// destroy.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_namespace")]
pub(crate) struct Namespace {
    /// `CLUSTER_ID/NAME`.
    #[schema(computed)]
    id: Value<String>,
    /// The cluster's id. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// The namespace's name. A change makes a new namespace.
    #[schema(required, replace, validate(checks::dns_label))]
    name: String,
    /// Labels. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys), validate_each(object::label_value))]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys))]
    annotations: Option<BTreeMap<String, String>>,
    /// Whether a destroy refuses, since it would delete all that is in the namespace.
    #[schema(optional, computed, default = true)]
    deletion_protection: bool,
    /// What to do when the namespace exists already and is not as configured: `"fail"` (default) or `"adopt"`, which changes it.
    #[schema(optional, validate(OnExisting::validate))]
    on_existing: Option<String>,
    /// Kubernetes UID; changes when the namespace is re-created.
    #[schema(computed)]
    uid: Value<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

impl SharedLifecycle for Namespace {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for Namespace {
    type Kind = kubernetes::Namespace;

    const FORM: &'static str = object::CLUSTER_FORM;

    fn parse_id(id: &str) -> Result<(String, Place), String> {
        object::cluster_import(id)
    }

    fn fields(&self) -> ObjectFields<'_> {
        ObjectFields {
            cluster_id: &self.cluster_id,
            place: Place::cluster(&self.name),
            uid: self.uid.as_known().map(String::as_str),
            labels: &self.labels,
            annotations: &self.annotations,
            on_existing: self.on_existing.as_deref(),
        }
    }

    fn content(&self) -> kubernetes::Namespace {
        kubernetes::Namespace
    }

    fn empty(cluster_id: String, place: Place) -> Self {
        Self {
            id: Value::Unknown,
            cluster_id,
            name: place.name,
            labels: None,
            annotations: None,
            deletion_protection: true,
            on_existing: None,
            uid: Value::Unknown,
            timeouts: None,
        }
    }

    fn found(self, _: &kubernetes::Namespace, labels: Metadata, annotations: Metadata) -> Self {
        Self { labels, annotations, ..self }
    }

    fn completed(self, id: String, uid: String) -> Self {
        Self { id: Value::Known(id), uid: Value::Known(uid), ..self }
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

    fn keep(planned: &mut NamespacePartial, prior: &Self) {
        planned.id = prior.id.clone();
        planned.uid = prior.uid.clone();
    }
}
