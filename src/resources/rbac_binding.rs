//! `cks_rbac_binding`: a ClusterRoleBinding, or a RoleBinding when `namespace` is set.

mod effect;
mod lockout;
mod names;
mod plan_checks;

use std::collections::{BTreeMap, BTreeSet};

use clusters::{Clusters, Kubernetes};
use kubernetes::{Binding, GROUPS, Object, Place, RoleRef, SERVICE_ACCOUNTS, Subject, USERS};
use tfplugin::{Context, Diagnostics, Error, Plan, Schema, SharedLifecycle, Timeouts, Value};

use super::{
    object::{self, Metadata, ObjectFields, ObjectLifecycle, ObjectResource},
    rbac_dry_run::{self, RightsResource},
    rbac_scope,
    spelling::Spelling as _,
};
use crate::{checks, errors, existing::OnExisting};

/// Gives a role to users, groups and ServiceAccounts: in the whole cluster, or in one namespace when `namespace` is set.
///
/// Equivalent to `kubectl create clusterrolebinding` and `kubectl create rolebinding`. The lists of subjects are managed as a whole.
/// Names of users and groups are those that Kubernetes sees, with the prefixes of the cluster's OIDC issuer: the functions
/// `oidc_username` and `oidc_group` compute them.
///
/// You can bind only roles whose permissions you hold, or roles on which you have the `bind` verb; a plan says
/// beforehand what is missing. A binding takes effect a moment after it is written: the apply waits up to five seconds until an
/// access review says so, where the caller may ask for one, and never fails for it.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_rbac_binding")]
pub(crate) struct RbacBinding {
    /// `CLUSTER_ID/NAME`, or `CLUSTER_ID/NAMESPACE/NAME`.
    #[schema(computed)]
    id: Value<String>,
    /// The cluster's id. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// The binding's name. A change makes a new binding.
    #[schema(required, replace, validate(checks::path_segment))]
    name: String,
    /// Namespace in which the role is given. Without it the role is given in the whole cluster. A change makes a new binding.
    #[schema(optional, replace_if = rbac_scope::changes, validate(checks::dns_label))]
    namespace: Option<String>,
    /// Name of the ClusterRole that is given. Either this or `role`. A change makes a new binding, since Kubernetes does not let the
    /// role of a binding change.
    #[schema(optional, replace, validate(checks::path_segment))]
    cluster_role: Option<String>,
    /// Name of the Role, in the same namespace, that is given. Needs `namespace`. A change makes a new binding.
    #[schema(optional, replace, validate(checks::path_segment))]
    role: Option<String>,
    /// Users, as Kubernetes sees them.
    #[schema(optional, validate_each(plan_checks::user_or_group))]
    users: Option<BTreeSet<String>>,
    /// Groups, as Kubernetes sees them.
    #[schema(optional, validate_each(plan_checks::user_or_group))]
    groups: Option<BTreeSet<String>>,
    /// ServiceAccounts, each as `namespace:name`.
    #[schema(optional, validate_each(checks::service_account))]
    service_accounts: Option<BTreeSet<String>>,
    /// Labels. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys), validate_each(object::label_value))]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Only those that are given are managed: others are left alone.
    #[schema(optional, validate(object::metadata_keys))]
    annotations: Option<BTreeMap<String, String>>,
    /// What to do when the binding exists already and is not as configured: `"fail"` (default) or `"adopt"`, which changes it. One
    /// that gives another role cannot be adopted.
    #[schema(optional, validate(OnExisting::validate))]
    on_existing: Option<String>,
    /// `ClusterRoleBinding` or `RoleBinding`: shown at plan, so that a namespace that is missing by mistake is seen.
    #[schema(computed)]
    kind: Value<String>,
    /// Kubernetes UID; changes when the binding is re-created.
    #[schema(computed)]
    uid: Value<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

const KINDS: [&str; 2] = ["RoleBinding", "ClusterRoleBinding"];

impl SharedLifecycle for RbacBinding {
    type Lifecycle = ObjectLifecycle;
}

impl ObjectResource for RbacBinding {
    type Kind = Binding;

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

    fn content(&self) -> Binding {
        let subjects = |attribute: &'static str, texts: &Option<BTreeSet<String>>| {
            let texts = texts.clone().unwrap_or_default().into_iter();
            texts.map(move |text| Subject::from_attribute(attribute, &text))
        };
        let all = subjects(USERS, &self.users)
            .chain(subjects(GROUPS, &self.groups))
            .chain(subjects(SERVICE_ACCOUNTS, &self.service_accounts));
        Binding { role: self.role_ref(), subjects: all.collect() }
    }

    fn empty(cluster_id: String, place: Place) -> Self {
        Self {
            id: Value::Unknown,
            cluster_id,
            name: place.name,
            namespace: place.namespace,
            cluster_role: None,
            role: None,
            users: None,
            groups: None,
            service_accounts: None,
            labels: None,
            annotations: None,
            on_existing: None,
            kind: Value::Unknown,
            uid: Value::Unknown,
            timeouts: None,
        }
    }

    fn found(self, content: &Binding, labels: Metadata, annotations: Metadata) -> Self {
        let name = content.role.name.clone();
        let (cluster_role, role) =
            if content.role.kind == "Role" { (None, Some(name)) } else { (Some(name), None) };
        Self {
            cluster_role,
            role,
            users: self.users.with_found(&content.listed(USERS)),
            groups: self.groups.with_found(&content.listed(GROUPS)),
            service_accounts: self.service_accounts.with_found(&content.listed(SERVICE_ACCOUNTS)),
            labels,
            annotations,
            ..self
        }
    }

    fn completed(self, id: String, uid: String) -> Self {
        let [namespaced, whole] = KINDS;
        let kind = if self.namespace.is_some() { namespaced } else { whole };
        Self { id: Value::Known(id), uid: Value::Known(uid), kind: Value::Known(kind.to_owned()), ..self }
    }

    fn check(config: &RbacBindingPartial, report: &mut Diagnostics) {
        plan_checks::check(config, report);
    }

    async fn modify_plan(plan: &mut Plan<Self>, context: &Context<Clusters>) -> Result<(), Error> {
        plan.planned.kind = rbac_scope::planned_kind(&plan.planned.namespace, KINDS, context)?;
        if let Some(warning) = plan_checks::replacement(plan) {
            context.warn(warning);
        }
        names::warn_at_plan(plan, context).await;
        if let Some(prior) = &plan.prior {
            lockout::warn_at_plan(prior, plan.whole().as_ref(), context).await;
        }
        Ok(())
    }

    async fn modify_destroy_plan(&self, context: &Context<Clusters>) {
        lockout::warn_at_plan(self, None, context).await;
    }

    async fn written(&self, prior: Option<&Self>, kubernetes: &Kubernetes) {
        effect::wait(self, prior, kubernetes).await;
    }

    fn keep(planned: &mut RbacBindingPartial, prior: &Self) {
        planned.id = prior.id.clone();
        planned.uid = prior.uid.clone();
    }

    fn refuse_to_adopt(&self, id: &str, found: &Object<Binding>) -> Result<(), Error> {
        let wanted = self.role_ref();
        if found.content.role == wanted {
            return Ok(());
        }
        Err(errors::binding_of_another_role(self.namespace.is_some(), id, &found.content.role, &wanted))
    }

    async fn check_plan(planned: &Self, prior: Option<&Self>, context: &Context<Clusters>) {
        rbac_dry_run::check_plan(planned, prior, context).await;
    }
}

impl RightsResource for RbacBinding {
    fn bound_role(&self) -> Option<Place> {
        match (&self.cluster_role, &self.role) {
            (Some(name), _) => Some(Place::cluster(name)),
            (None, Some(name)) => Some(Place { namespace: self.namespace.clone(), name: name.clone() }),
            (None, None) => None,
        }
    }
}

impl RbacBinding {
    fn role_ref(&self) -> RoleRef {
        let (kind, name) = match (&self.cluster_role, &self.role) {
            (None, Some(role)) => ("Role", role.clone()),
            (cluster_role, _) => ("ClusterRole", cluster_role.clone().unwrap_or_default()),
        };
        RoleRef { kind: kind.to_owned(), name }
    }
}
