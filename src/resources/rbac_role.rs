//! `cks_rbac_role`: a ClusterRole, or a Role when `namespace` is set.

mod rules;

use std::collections::BTreeMap;

use clusters::Clusters;
use kubernetes::{Object, Place};
use rules::RbacRule;
use tfplugin::{Context, Diagnostics, Error, Plan, Schema, SharedLifecycle, Timeouts, Value};

use super::{
    object::{self, Metadata, ObjectFields, ObjectLifecycle, ObjectResource},
    rbac_dry_run::{self, RightsResource},
    rbac_scope,
};
use crate::{checks, errors, existing::OnExisting};

/// What may be done: a ClusterRole, or a Role when `namespace` is set. It gives nobody anything before a `cks_rbac_binding` binds it.
///
/// You can write only permissions that you hold, unless you have the verb `escalate` on roles; a plan says
/// beforehand which are missing. An aggregated ClusterRole, whose rules Kubernetes gathers from others, cannot be managed here.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_rbac_role")]
pub(crate) struct RbacRole {
    /// `CLUSTER_ID/NAME`, or `CLUSTER_ID/NAMESPACE/NAME`.
    #[schema(computed)]
    id: Value<String>,
    /// The cluster's id. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// The role's name. A change makes a new role.
    #[schema(required, replace, validate(checks::path_segment))]
    name: String,
    /// Namespace of a Role. Without it this is a ClusterRole. A change makes a new role.
    #[schema(optional, replace_if = rbac_scope::changes, validate(checks::dns_label))]
    namespace: Option<String>,
    /// What is allowed, in order.
    #[schema(required)]
    rules: Vec<RbacRule>,
    /// Labels. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys), validate_each(object::label_value))]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys))]
    annotations: Option<BTreeMap<String, String>>,
    /// What to do when the role exists already and is not as configured: `"fail"` (default) or `"adopt"`, which changes it.
    #[schema(optional, validate(OnExisting::validate))]
    on_existing: Option<String>,
    /// `ClusterRole` or `Role`: shown at plan, so that a namespace that is missing by mistake is seen.
    #[schema(computed)]
    kind: Value<String>,
    /// Kubernetes UID; changes when the role is re-created.
    #[schema(computed)]
    uid: Value<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

const KINDS: [&str; 2] = ["Role", "ClusterRole"];

impl SharedLifecycle for RbacRole {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for RbacRole {
    type Kind = kubernetes::Role;

    const FORM: &'static str = object::CLUSTER_OR_NAMESPACED_FORM;

    fn parse_id(id: &str) -> Result<(String, Place), String> {
        object::either_import(id)
    }

    fn fields(&self) -> ObjectFields<'_> {
        ObjectFields {
            cluster_id: &self.cluster_id,
            place: Place { namespace: self.namespace.clone(), name: self.name.clone() },
            uid: self.uid.as_known().map(String::as_str),
            labels: &self.labels,
            annotations: &self.annotations,
            on_existing: self.on_existing.as_deref(),
        }
    }

    fn content(&self) -> kubernetes::Role {
        kubernetes::Role { rules: self.rules.iter().map(RbacRule::wanted).collect(), aggregated: false }
    }

    fn empty(cluster_id: String, place: Place) -> Self {
        Self {
            id: Value::Unknown,
            cluster_id,
            name: place.name,
            namespace: place.namespace,
            rules: Vec::new(),
            labels: None,
            annotations: None,
            on_existing: None,
            kind: Value::Unknown,
            uid: Value::Unknown,
            timeouts: None,
        }
    }

    fn found(self, content: &kubernetes::Role, labels: Metadata, annotations: Metadata) -> Self {
        Self { rules: rules::as_found(&self.rules, &content.rules), labels, annotations, ..self }
    }

    fn completed(self, id: String, uid: String) -> Self {
        let [namespaced, whole] = KINDS;
        let kind = if self.namespace.is_some() { namespaced } else { whole };
        Self { id: Value::Known(id), uid: Value::Known(uid), kind: Value::Known(kind.to_owned()), ..self }
    }

    fn check(config: &RbacRolePartial, report: &mut Diagnostics) {
        rules::check(config, report);
    }

    async fn modify_plan(plan: &mut Plan<Self>, context: &Context<Clusters>) -> Result<(), Error> {
        plan.planned.kind = rbac_scope::planned_kind(&plan.planned.namespace, KINDS, context)?;
        Ok(())
    }

    fn keep(planned: &mut RbacRolePartial, prior: &Self) {
        planned.id = prior.id.clone();
        planned.uid = prior.uid.clone();
    }

    fn refuse(found: &Object<kubernetes::Role>) -> Result<(), Error> {
        if found.content.aggregated { Err(errors::role_is_aggregated(&found.place)) } else { Ok(()) }
    }

    async fn check_plan(planned: &Self, prior: Option<&Self>, context: &Context<Clusters>) {
        rbac_dry_run::check_plan(planned, prior, context).await;
    }
}

impl RightsResource for RbacRole {}
