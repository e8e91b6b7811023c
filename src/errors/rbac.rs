//! Messages about roles and bindings: permissions that are granted or removed, and subjects that no caller has.

use kubernetes::{Action, GROUPS, Place, RoleRef};
use tfplugin::{Diagnostic, Error};

use super::{
    kubernetes::{escalation_text, remedy},
    quoted,
};

/// A plan whose apply will be rejected, since the caller lacks permissions.
pub(crate) fn rights_will_lack(action: &Action, missing: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Not allowed to grant these permissions",
        format!(
            "{}\n\n{} Otherwise Kubernetes rejects the apply, unless a caller with these permissions runs it.",
            escalation_text(action, missing),
            remedy(action)
        ),
    )
}

/// A binding to a role that does not exist.
pub(crate) fn role_is_missing(role: &Place) -> Diagnostic {
    let (kind, attribute) = match role.namespace {
        Some(_) => ("Role", "role"),
        None => ("ClusterRole", "cluster_role"),
    };
    Diagnostic::warning(
        format!("{kind} does not exist"),
        format!(
            "There is no {kind} {role}, and no cks_rbac_role of this plan creates it. A binding to it grants no permissions, and Kubernetes rejects \
             it from callers without the verb `bind`. Create the role first, or correct `{attribute}`."
        ),
    )
    .at(attribute)
}

/// A role whose rules kube-controller-manager writes.
pub(crate) fn role_is_aggregated(role: &Place) -> Error {
    Error::new(
        "Aggregated ClusterRole cannot be managed",
        format!(
            "ClusterRole {role} has an aggregationRule: kube-controller-manager collects its rules from other ClusterRoles by label, and overwrites \
             all others. To add rules to it, create a cks_rbac_role with the labels that the aggregationRule selects. If the state has this \
             role, remove it with `terraform state rm`."
        ),
    )
    .at("name")
}

/// A create of a binding that already exists, with another role.
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
        format!("{kind} exists already, with another role"),
        format!(
            "{kind} {place} in cluster {cluster} grants {} {}, and the plan has {} {}. The role of a binding (its roleRef) is immutable, so it \
             cannot be adopted. Set another `name`, delete the existing binding, or import it, so that the next apply replaces it.",
            found.kind,
            quoted(&found.name),
            wanted.kind,
            quoted(&wanted.name),
        ),
    )
    .at(attribute)
}

/// Subjects without the prefix of the cluster's OIDC issuer.
pub(crate) fn names_lack_prefix(
    attribute: &str,
    issuer: &str,
    prefix: &str,
    names: &[&String],
) -> Diagnostic {
    let (what, function) =
        if attribute == GROUPS { ("group", "oidc_group") } else { ("user", "oidc_username") };
    let listed: Vec<_> =
        names.iter().map(|name| format!("{:?} instead of {name:?}", format!("{prefix}{name}"))).collect();
    Diagnostic::warning(
        format!("No {what} of the OIDC issuer has this name"),
        format!(
            "The cluster puts the prefix {prefix:?} before each {what} name of the issuer {issuer}: bind {} (the function {function} computes it). If \
             it is a {what} of a webhook, a certificate or the managed endpoint, keep it as it is.",
            listed.join(", ")
        ),
    )
    .at(attribute)
}

/// A change that removes a permission of the caller.
pub(crate) fn callers_own_access(caller: &str, binding: &str, role: &RoleRef) -> Diagnostic {
    Diagnostic::warning(
        "Removes the caller's own access",
        format!(
            "The provider's caller is {caller:?} in the cluster, and the binding {binding} grants it {} {:?}. After this change Kubernetes may reject \
             the rest of this apply, and the next plan. Keep the subject, or make sure that another binding grants the same role.",
            role.kind, role.name
        ),
    )
}

/// A change that removes the last binding to cluster-admin.
pub(crate) fn last_administrators(binding: &str) -> Diagnostic {
    Diagnostic::warning(
        "Removes the last cluster-admin binding",
        format!(
            "{binding} is the last binding to cluster-admin that this provider wrote and that no plan of this run deletes. Make sure that others can \
             administer the cluster: with CoreWeave API tokens, or by `admin_group_binding` of cks_cluster_oidc."
        ),
    )
}

#[cfg(test)]
mod tests;
