//! Checks of a `cks_rbac_binding` that need no requests: invalid combinations, and why a plan replaces the binding.

use kubernetes::Subject;
use tfplugin::{Diagnostic, Diagnostics, Plan, Value};

use super::{RbacBinding, RbacBindingPartial};
use crate::checks;

/// The name of a user or group, not a whole subject as JSON, as a state has one of a kind that is unknown here.
pub(super) fn user_or_group(name: &str) -> Result<(), String> {
    if Subject::is_foreign(name) {
        return Err("It is a whole subject as JSON. Write the name alone.".to_owned());
    }
    checks::not_empty(name)
}

/// Rules for combinations of attributes. Unknown values are not reported.
pub(super) fn check(config: &RbacBindingPartial, report: &mut Diagnostics) {
    check_role(config, report);
    let sets = [&config.users, &config.groups, &config.service_accounts];
    let is_empty = |set: &Value<Vec<Value<String>>>| match set {
        Value::Null => true,
        Value::Unknown => false,
        Value::Known(elements) => elements.is_empty(),
    };
    if sets.into_iter().all(is_empty) {
        report.push(
            Diagnostic::error(
                "Binding has no subjects",
                "A binding needs at least one subject. Set `users`, `groups` or `service_accounts`, or remove the resource.",
            )
            .at("users"),
        );
    }
}

fn check_role(config: &RbacBindingPartial, report: &mut Diagnostics) {
    match (&config.cluster_role, &config.role) {
        (Value::Known(_), Value::Known(_)) => report.push(
            Diagnostic::error(
                "role conflicts with cluster_role",
                "A binding grants one role. Set either `cluster_role` or `role`, or write two bindings.",
            )
            .at("role"),
        ),
        (Value::Null, Value::Null) => report.push(
            Diagnostic::error(
                "Binding has no role",
                "A binding needs a role. Set `cluster_role`, the name of a ClusterRole such as \"view\", or `role`, the name of a Role in the same \
                 namespace.",
            )
            .at("cluster_role"),
        ),
        (Value::Null, Value::Known(_)) if config.scope.namespace.is_null() => report.push(
            Diagnostic::error(
                "role requires namespace",
                "A Role is in a namespace. Set `namespace` to it, or set `cluster_role` instead of `role` to grant a ClusterRole in the whole \
                 cluster.",
            )
            .at("role"),
        ),
        _ => {}
    }
}

/// A warning about a replacement, with its reason.
pub(super) fn replacement(plan: &Plan<RbacBinding>) -> Option<Diagnostic> {
    let (attribute, reason) = replaced_for(plan.prior.as_ref()?, &plan.planned)?;
    Some(
        Diagnostic::warning(
            "Binding will be replaced",
            format!(
                "{reason}, so the binding is deleted and created again. In between it grants nothing. To avoid the gap, change `name` too, and add \
                 lifecycle {{ create_before_destroy = true }}."
            ),
        )
        .at(attribute),
    )
}

/// The attribute for which Kubernetes needs another binding, and why. What is unknown replaces nothing yet.
pub(super) fn replaced_for(
    prior: &RbacBinding,
    planned: &RbacBindingPartial,
) -> Option<(&'static str, &'static str)> {
    const ROLE: &str = "The role of a binding (its roleRef) is immutable";
    const PLACE: &str = "The name and namespace of an object are immutable";
    let differs = |prior: Option<&String>, planned: &Value<String>| {
        !planned.is_unknown() && prior != planned.as_known()
    };
    if differs(prior.cluster_role.as_ref(), &planned.cluster_role) {
        Some(("cluster_role", ROLE))
    } else if differs(prior.role.as_ref(), &planned.role) {
        Some(("role", ROLE))
    } else if differs(prior.scope.namespace.as_ref(), &planned.scope.namespace) {
        Some(("namespace", PLACE))
    } else if differs(Some(&prior.scope.name), &planned.scope.name) {
        Some(("name", PLACE))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::rbac_scope::ScopeFieldsPartial;

    fn known(text: &str) -> Value<String> {
        Value::Known(text.to_owned())
    }

    fn binding() -> RbacBindingPartial {
        RbacBindingPartial {
            cluster_role: known("view"),
            users: Value::Known(vec![known("ada")]),
            ..RbacBindingPartial::default()
        }
    }

    #[track_caller]
    fn complaints(config: &RbacBindingPartial, expected: &[&str]) {
        let mut report = Diagnostics::default();
        check(config, &mut report);
        let found: Vec<_> = report.iter().map(|message| message.summary.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_binding_grants_exactly_one_role() {
        complaints(&binding(), &[]);
        complaints(
            &RbacBindingPartial { role: known("edit"), ..binding() },
            &["role conflicts with cluster_role"],
        );
        complaints(&RbacBindingPartial { cluster_role: Value::Null, ..binding() }, &["Binding has no role"]);
        let role = RbacBindingPartial { cluster_role: Value::Null, role: known("edit"), ..binding() };
        complaints(&role, &["role requires namespace"]);
        for namespace in [known("team"), Value::Unknown] {
            let scope = ScopeFieldsPartial { namespace, ..ScopeFieldsPartial::default() };
            complaints(&RbacBindingPartial { scope, ..role.clone() }, &[]);
        }
        complaints(&RbacBindingPartial { cluster_role: Value::Unknown, ..binding() }, &[]);
    }

    #[test]
    fn a_binding_has_subjects() {
        for empty in [Value::Null, Value::Known(Vec::new())] {
            complaints(&RbacBindingPartial { users: empty, ..binding() }, &["Binding has no subjects"]);
        }
        let later = RbacBindingPartial { users: Value::Null, groups: Value::Unknown, ..binding() };
        complaints(&later, &[]);
    }

    #[test]
    fn a_whole_subject_is_not_a_name() {
        assert!(user_or_group("ada").is_ok() && user_or_group("{ada}").is_ok());
        let foreign = "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Robot\",\"name\":\"ada\"}";
        assert!(user_or_group(foreign).is_err_and(|why| why.contains("name alone")));
    }
}
