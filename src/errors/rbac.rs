//! What users read about roles and bindings: rights that would be given or lost, and names that mean nobody.

use kubernetes::{Action, GROUPS, Place, RoleRef};
use tfplugin::{Diagnostic, Error};

use super::{
    kubernetes::{escalation_text, remedy},
    quoted,
};

/// A plan that will be refused for want of rights.
pub(crate) fn rights_will_lack(action: &Action, missing: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Not allowed to give these rights",
        format!(
            "{}\n\n{} Until then the apply will be refused, unless somebody with more rights applies.",
            escalation_text(action, missing),
            remedy(action)
        ),
    )
}

/// A role that is bound and does not exist.
pub(crate) fn role_is_missing(role: &Place) -> Diagnostic {
    let (kind, attribute) = match role.namespace {
        Some(_) => ("Role", "role"),
        None => ("ClusterRole", "cluster_role"),
    };
    Diagnostic::warning(
        format!("{kind} does not exist"),
        format!(
            "There is no {kind} {role} yet, and no cks_rbac_role of this plan makes it. A binding to it gives nobody anything, and some callers \
             may not even write it. Create the role first, or correct `{attribute}`."
        ),
    )
    .at(attribute)
}

/// A role that Kubernetes writes by itself.
pub(crate) fn role_is_aggregated(role: &Place) -> Error {
    Error::new(
        "Aggregated ClusterRole",
        format!(
            "ClusterRole {role} has an aggregationRule: kube-controller-manager gathers its rules from other ClusterRoles by their labels and \
             overwrites whatever is written here, so it cannot be managed by cks_rbac_role. Give the labels that it looks for to a role of \
             your own, whose rules are then in it. If the state has it, take it out with `terraform state rm`."
        ),
    )
    .at("name")
}

/// A binding that is there and cannot become this one.
pub(crate) fn binding_of_another_role(
    is_namespaced: bool,
    id: &str,
    found: &RoleRef,
    wanted: &RoleRef,
) -> Error {
    let kind = if is_namespaced { "RoleBinding" } else { "ClusterRoleBinding" };
    let attribute = if wanted.kind == "Role" { "role" } else { "cluster_role" };
    let (cluster, place) = id.split_once('/').unwrap_or(("", id));
    Error::new(
        format!("{kind} exists already, of another role"),
        format!(
            "{kind} {place} in cluster {cluster} gives {} {}, and the plan wants {} {}. Kubernetes does not let the role of a binding (its \
             roleRef) change, so it cannot be adopted. Give this one another name; or delete the one that is there; or import it, and let the \
             next apply replace it.",
            found.kind,
            quoted(&found.name),
            wanted.kind,
            quoted(&wanted.name),
        ),
    )
    .at(attribute)
}

/// Names that nobody has who logs in with the cluster's OIDC issuer.
pub(crate) fn names_lack_prefix(
    attribute: &str,
    issuer: &str,
    prefix: &str,
    names: &[&String],
) -> Diagnostic {
    let (what, function) =
        if attribute == GROUPS { ("group", "oidc_group") } else { ("user", "oidc_username") };
    let listed: Vec<_> =
        names.iter().map(|name| format!("{:?} in place of {name:?}", format!("{prefix}{name}"))).collect();
    Diagnostic::warning(
        format!("No {what} of the OIDC issuer has this name"),
        format!(
            "The cluster puts {prefix:?} before each {what} name of the issuer {issuer}, so Kubernetes will see {}. Write it like that (the \
             function {function} computes it). If it is no {what} of that issuer, but of a webhook, a certificate or the managed endpoint, it is \
             right as it is.",
            listed.join(", ")
        ),
    )
    .at(attribute)
}

/// A change after which the caller may be locked out.
pub(crate) fn callers_own_access(caller: &str, binding: &str, role: &RoleRef) -> Diagnostic {
    Diagnostic::warning(
        "The caller's own access is taken away",
        format!(
            "These credentials are {caller:?} in the cluster, who has {} {:?} by the binding {binding}, and will no longer have it by that. Unless \
             another binding gives the same, what comes after it in this apply, and the next plan, may be refused.",
            role.kind, role.name
        ),
    )
}

/// A change after which nobody is administrator by this provider.
pub(crate) fn last_administrators(binding: &str) -> Diagnostic {
    Diagnostic::warning(
        "Removes the last cluster-admin binding",
        format!(
            "{binding} is the last binding to cluster-admin that this provider wrote and that is not going. Make sure that somebody else can \
             administer the cluster: through CoreWeave's own access, or `admin_group_binding` of cks_cluster_oidc."
        ),
    )
}

#[cfg(test)]
mod tests;
