//! `cks_service_account`: a ServiceAccount of a cluster's Kubernetes.

use std::collections::BTreeMap;

use kubernetes::Place;
use tfplugin::{Schema, SharedLifecycle, Timeouts, Value};

use super::object::{self, Metadata, ObjectFields, ObjectLifecycle, ObjectResource};
use crate::{checks, existing::OnExisting};

/// A ServiceAccount: an identity for programs, such as a CI's.
///
/// It has no permissions before a `cks_rbac_binding` names it, and no token before a `cks_service_account_token` makes one.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_service_account")]
pub(crate) struct ServiceAccount {
    /// `CLUSTER_ID/NAMESPACE/NAME`.
    #[schema(computed)]
    id: Value<String>,
    /// The cluster's id. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// Namespace of the ServiceAccount. A change makes a new ServiceAccount.
    #[schema(required, replace, validate(checks::dns_label))]
    namespace: String,
    /// The ServiceAccount's name. A change makes a new ServiceAccount.
    #[schema(required, replace, validate(checks::dns_subdomain))]
    name: String,
    /// Labels. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys), validate_each(object::label_value))]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys))]
    annotations: Option<BTreeMap<String, String>>,
    /// Whether Pods that run as the ServiceAccount get a token of it without asking. Default: Kubernetes does so.
    #[schema(optional)]
    automount_service_account_token: Option<bool>,
    /// What to do when the ServiceAccount exists already and is not as configured: `"fail"` (default) or `"adopt"`, which changes it.
    #[schema(optional, validate(OnExisting::validate))]
    on_existing: Option<String>,
    /// Kubernetes UID; changes when the ServiceAccount is re-created, which revokes its tokens.
    #[schema(computed)]
    uid: Value<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

impl SharedLifecycle for ServiceAccount {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for ServiceAccount {
    type Kind = kubernetes::ServiceAccount;

    const FORM: &'static str = object::NAMESPACED_FORM;

    fn parse_id(id: &str) -> Result<(String, Place), String> {
        object::namespaced_import(id)
    }

    fn fields(&self) -> ObjectFields<'_> {
        ObjectFields {
            cluster_id: &self.cluster_id,
            place: Place::namespaced(&self.namespace, &self.name),
            uid: self.uid.as_known().map(String::as_str),
            labels: &self.labels,
            annotations: &self.annotations,
            on_existing: self.on_existing.as_deref(),
        }
    }

    fn content(&self) -> kubernetes::ServiceAccount {
        kubernetes::ServiceAccount { automount: self.automount_service_account_token }
    }

    fn empty(cluster_id: String, place: Place) -> Self {
        Self {
            id: Value::Unknown,
            cluster_id,
            namespace: place.namespace.unwrap_or_default(),
            name: place.name,
            labels: None,
            annotations: None,
            automount_service_account_token: None,
            on_existing: None,
            uid: Value::Unknown,
            timeouts: None,
        }
    }

    fn found(self, content: &kubernetes::ServiceAccount, labels: Metadata, annotations: Metadata) -> Self {
        Self { automount_service_account_token: content.automount, labels, annotations, ..self }
    }

    fn completed(self, id: String, uid: String) -> Self {
        Self { id: Value::Known(id), uid: Value::Known(uid), ..self }
    }

    fn keep(planned: &mut ServiceAccountPartial, prior: &Self) {
        planned.id = prior.id.clone();
        planned.uid = prior.uid.clone();
    }
}
