//! What a plan of a `cks_rbac_binding` can tell without asking: mistakes, and why it is a replacement.

use kubernetes::Subject;
use tfplugin::{Diagnostic, Diagnostics, Plan, Value};

use super::{RbacBinding, RbacBindingPartial};
use crate::checks;

/// The name of a user or group; no object with a namespace, as other tools write one.
pub(super) fn user_or_group(name: &str) -> Result<(), String> {
    if Subject::is_foreign(name) {
        return Err(
            "It is a subject as Kubernetes has it, with what only ServiceAccounts have, such as a namespace. Write the name alone."
                .to_owned(),
        );
    }
    checks::not_empty(name)
}

/// What needs more than one attribute. What is not known yet is not complained about.
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
                "Nobody is bound",
                "A binding needs at least one subject: give `users`, `groups` or `service_accounts`. To take the role from everybody, remove the \
                 resource.",
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
                "A binding gives one role: either `cluster_role` or `role`. Make two bindings of it.",
            )
            .at("role"),
        ),
        (Value::Null, Value::Null) => report.push(
            Diagnostic::error(
                "No role",
                "Give `cluster_role`, the name of a ClusterRole such as \"view\", or `role`, the name of a Role in the same namespace.",
            )
            .at("cluster_role"),
        ),
        (Value::Null, Value::Known(_)) if config.scope.namespace.is_null() => report.push(
            Diagnostic::error(
                "Role without a namespace",
                "A Role is in a namespace: give that as `namespace`. What is given in the whole cluster is a ClusterRole: `cluster_role`.",
            )
            .at("role"),
        ),
        _ => {}
    }
}

/// Why it is made anew, and what that means meanwhile.
pub(super) fn replacement(plan: &Plan<RbacBinding>) -> Option<Diagnostic> {
    const ROLE: &str = "Kubernetes does not let the role of a binding (its roleRef) change";
    const PLACE: &str = "Kubernetes does not let the name or namespace of an object change";
    let (prior, planned) = (plan.prior.as_ref()?, &plan.planned);
    let differs =
        |prior: Option<&String>, planned: &Value<String>| planned.is_unknown() || prior != planned.as_known();
    let (attribute, reason) = if differs(prior.cluster_role.as_ref(), &planned.cluster_role) {
        ("cluster_role", ROLE)
    } else if differs(prior.role.as_ref(), &planned.role) {
        ("role", ROLE)
    } else if differs(prior.scope.namespace.as_ref(), &planned.scope.namespace) {
        ("namespace", PLACE)
    } else if differs(Some(&prior.scope.name), &planned.scope.name) {
        ("name", PLACE)
    } else {
        return None;
    };
    Some(
        Diagnostic::warning(
            "Binding will be replaced",
            format!(
                "{reason}, so this one is deleted and another is made. In between, its subjects do not have the role by it. To avoid the gap, give \
                 it another name together with `lifecycle {{ create_before_destroy = true }}`."
            ),
        )
        .at(attribute),
    )
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
    fn a_binding_gives_exactly_one_role() {
        complaints(&binding(), &[]);
        complaints(
            &RbacBindingPartial { role: known("edit"), ..binding() },
            &["role conflicts with cluster_role"],
        );
        complaints(&RbacBindingPartial { cluster_role: Value::Null, ..binding() }, &["No role"]);
        let role = RbacBindingPartial { cluster_role: Value::Null, role: known("edit"), ..binding() };
        complaints(&role, &["Role without a namespace"]);
        for namespace in [known("team"), Value::Unknown] {
            let scope = ScopeFieldsPartial { namespace, ..ScopeFieldsPartial::default() };
            complaints(&RbacBindingPartial { scope, ..role.clone() }, &[]);
        }
        complaints(&RbacBindingPartial { cluster_role: Value::Unknown, ..binding() }, &[]);
    }

    #[test]
    fn a_binding_binds_somebody() {
        for nobody in [Value::Null, Value::Known(Vec::new())] {
            complaints(&RbacBindingPartial { users: nobody, ..binding() }, &["Nobody is bound"]);
        }
        let later = RbacBindingPartial { users: Value::Null, groups: Value::Unknown, ..binding() };
        complaints(&later, &[]);
    }

    #[test]
    fn the_servers_words_for_a_subject_are_no_name() {
        assert!(user_or_group("ada").is_ok() && user_or_group("{ada}").is_ok());
        let foreign = "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":\"ada\",\"namespace\":\"default\"}";
        assert!(user_or_group(foreign).is_err_and(|why| why.contains("name alone")));
    }
}
