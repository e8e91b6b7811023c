//! The scope of a role or binding: one namespace, or the whole cluster. A `namespace` that turns out null must not
//! widen it without a plan that shows it.

use clusters::Clusters;
use kubernetes::{Kind, ObjectPlace};
use tfplugin::{Context, Error, Schema, Value};

use super::object::kind_at;
use crate::checks;

/// Key of the planned private.
const KEY: &str = "scope";

/// The attributes that roles and bindings have in addition to those of all objects.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct ScopeFields {
    /// Name of the object. Changing it creates a new object.
    #[schema(required, replace, validate(checks::path_segment))]
    pub(super) name: String,
    /// Namespace in which the permissions hold. If not set, they hold in the whole cluster, and the object is cluster-wide (see
    /// `kind`). Changing it creates a new object.
    #[schema(optional, replace_if = changes, validate(checks::dns_label))]
    pub(super) namespace: Option<String>,
    /// Kind of the object: `Role` or `RoleBinding` in a namespace, else `ClusterRole` or `ClusterRoleBinding`. Shown at plan, so that a
    /// `namespace` that is missing by mistake is noticed.
    #[schema(computed)]
    pub(super) kind: Value<String>,
}

impl ScopeFields {
    /// The place of the object.
    pub(super) fn place(&self) -> ObjectPlace {
        ObjectPlace { namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// The attributes of an object at this place.
    pub(super) fn at(place: ObjectPlace) -> Self {
        Self { name: place.name, namespace: place.namespace, kind: Value::Unknown }
    }

    /// The same with the kind.
    pub(super) fn with_kind<K: Kind>(self) -> Self {
        let kind = kind_at::<K>(&self.place());
        Self { kind: Value::Known(kind.to_owned()), ..self }
    }
}

impl ScopeFieldsPartial {
    /// Sets the kind, which is known at plan: with a namespace that is known only after apply it is that of objects in a namespace, and
    /// if that turns out null, the apply fails, unless `prior` is cluster-wide already. Terraform 1.16 and later pass the private state of
    /// the first plan to the second; other hosts fail by themselves, since the kind then differs from the plan.
    pub(super) fn plan_kind<K: Kind>(
        &mut self,
        prior: Option<&ScopeFields>,
        context: &Context<Clusters>,
    ) -> Result<(), Error> {
        let [namespaced, whole] = [true, false].map(|namespaced| K::api(namespaced).kind);
        let was_unknown: Option<bool> = context.planned_private(KEY);
        context.set_planned_private(KEY, &self.namespace.is_unknown());
        let widens = prior.is_none_or(|prior| prior.namespace.is_some());
        if self.namespace.is_null() && was_unknown == Some(true) && widens {
            return Err(Error::new(
                "namespace turned out null",
                format!(
                    "During plan `namespace` was unknown, so a {namespaced} was planned. It is null now, which would create a {whole} for the \
                     whole cluster, so nothing was written. Set a namespace, or, for the whole cluster, a null that is known during plan."
                ),
            )
            .at("namespace"));
        }
        let kind = if self.namespace.is_null() { whole } else { namespaced };
        self.kind = Value::Known(kind.to_owned());
        Ok(())
    }
}

/// For `replace_if`: any change requires a new object, also one from or to null.
fn changes(_prior: &Value, _planned: &Value) -> bool {
    true
}
