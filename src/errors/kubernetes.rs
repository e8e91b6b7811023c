//! From Kubernetes' refusals to what users read.

use kubernetes::{Action, Changer, Difference, Error as E};
use tfplugin::{Diagnostic, Error};

use super::{ClientError, sentence};

impl ClientError for E {
    fn into_diagnostics(self) -> Error {
        let error = self;
        let what = sentence(&error);
        match error {
            E::Unusable { .. } => Error::new(
                "Kubernetes connection cannot be used",
                format!(
                    "{what} Nothing was sent. Correct that where it comes from: the provider's `kubernetes`, or the value that was given here."
                ),
            ),
            E::Unreachable { reached, cause, .. } => {
                Error::new("Kubernetes cannot be reached", unreachable(&what, reached, &cause))
            }
            E::Unauthorized { credentials, .. } => Error::new(
                "Credentials refused by Kubernetes",
                format!(
                    "{what} The managed endpoint takes CoreWeave API tokens only, the unmanaged one all but those. Check {credentials}: it may have \
                     expired, or belong to the other endpoint or another cluster."
                ),
            ),
            E::Forbidden { action, message } => forbidden(&what, &action, &message),
            E::Escalation { action, missing } => escalation(&action, &missing),
            E::NotFound { action } => Error::new(
                format!("{} not found", action.api.kind),
                format!(
                    "{what} Somebody may have deleted it since the plan: make a new plan and apply that."
                ),
            ),
            E::Missing { action, kind, name } => missing(&action, &kind, &name),
            E::AlreadyExists { action } => Error::new(
                format!("{} exists already", action.api.kind),
                format!("{what} Import it, or give another name."),
            ),
            E::Conflict { .. } => Error::new(
                "Changed by someone else at the same time",
                format!("{what} Make a new plan to see what it is now, and apply that."),
            ),
            E::Invalid { message, causes, action } => {
                let listed: Vec<_> =
                    causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
                let why = if listed.is_empty() { message } else { listed.join("; ") };
                Error::new(
                    format!("{} refused by Kubernetes", action.api.kind),
                    format!(
                        "Kubernetes does not accept what was sent to {action}: {}.",
                        why.trim_end_matches('.')
                    ),
                )
            }
            E::ChangedMeanwhile { action, differences, by } => changed(&action, &differences, by.as_ref()),
            E::ReplacedMeanwhile { action, by } => Error::new(
                format!("{} made anew by someone else", action.api.kind),
                format!(
                    "{} {} is not the object that this plan was made from{}, so nothing was written. Make a new plan and apply that.",
                    action.api.kind,
                    place(&action),
                    who(by.as_ref())
                ),
            ),
            E::Timeout { .. } => Error::new(
                "Not done in time",
                format!(
                    "{what} Raise the resource's `timeouts`, or look at what holds it up with kubectl, and apply again."
                ),
            ),
            E::Cancelled => super::interrupted(),
            E::Unexpected { .. } => Error::new(
                "Unexpected answer of Kubernetes",
                format!(
                    "{what} Check that the address is a Kubernetes API and that no proxy answers in its place."
                ),
            ),
        }
    }
}

fn place(action: &Action) -> String {
    action.place.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn unreachable(what: &str, reached: bool, cause: &str) -> String {
    if reached {
        return format!("{what} Nothing was taken out of the state for this: try again later.");
    }
    if cause.contains("peer certificate") {
        return format!(
            "{what} Its certificate is not trusted here, so nothing was sent. Is it of a CA of your own? Then give that as `ca_certificate`, in the \
             provider block or in its `kubernetes`. Is it for another name than the address has? Then give that name as `tls_server_name`. \
             Otherwise something in between intercepts the connection."
        );
    }
    format!(
        "{what} Nothing was taken out of the state for this. Is the cluster private (`public = false`)? Then run Terraform where its network is \
         reached, or give `kubernetes` with `proxy_url`. Is its endpoint still being made? Then try again in a few minutes. Otherwise \
         check HTTPS_PROXY and the provider's `proxy_url` and `ca_certificate`."
    )
}

fn forbidden(what: &str, action: &Action, message: &str) -> Error {
    // As RBAC says it: `pods is forbidden: User "ada" cannot list resource "pods" …`.
    let is_about_rights = message.is_empty() || message.contains("forbidden: User ");
    if !is_about_rights && (message.contains("forbidden: ") || message.contains("admission webhook")) {
        return Error::new(
            "Not allowed by a rule of the cluster",
            format!(
                "{what} That is not about roles: an admission rule of the cluster refuses it. Change what it objects to, or have an administrator \
                 change the rule."
            ),
        );
    }
    if !is_about_rights {
        return Error::new(
            "Rejected by the cluster's endpoint",
            format!(
                "{what} These are not Kubernetes' own words, so it is not about roles. The managed endpoint answers so when the CoreWeave API token \
                 has expired, or belongs to another organisation: make a new one in CoreWeave's console and give it in the same place."
            ),
        );
    }
    let group = action.api.group_version.split_once('/').map_or("", |(group, _)| group);
    let namespace = action.place.as_ref().and_then(|place| place.namespace.as_deref());
    let scope = namespace
        .map_or("for the whole cluster".to_owned(), |namespace| format!("in namespace {namespace:?}"));
    Error::new(
        "Not allowed by Kubernetes",
        format!(
            "{what} The caller needs, {scope}, the rule: apiGroups [{group:?}], resources [{:?}], verbs [{:?}]. Have an administrator bind a role \
             with it to the caller, or use other credentials.",
            action.resource(),
            action.verb
        ),
    )
}

fn escalation(action: &Action, missing: &[String]) -> Error {
    Error::new(
        "Not allowed to give these rights",
        format!("{}\n\n{}", escalation_text(action, missing), remedy(action)),
    )
}

/// What Kubernetes refuses, and why.
pub(super) fn escalation_text(action: &Action, missing: &[String]) -> String {
    format!(
        "You can grant only rights that you hold. To {action}, the caller lacks:\n  {}",
        missing.join("\n  ")
    )
}

/// What to do about it.
pub(super) fn remedy(action: &Action) -> &'static str {
    if matches!(action.api.kind, "Role" | "ClusterRole") { ESCALATE_REMEDY } else { BIND_REMEDY }
}

/// For bindings.
const BIND_REMEDY: &str = "Either give the caller these rights, or the verb `bind` on the role that is bound: apiGroups \
     [\"rbac.authorization.k8s.io\"], resources [\"clusterroles\", \"roles\"], verbs [\"bind\"], resourceNames [the role]. A caller bound to \
     cluster-admin has it.";

/// For roles.
const ESCALATE_REMEDY: &str = "Either give the caller these rights, or the verb `escalate` on the role: apiGroups \
     [\"rbac.authorization.k8s.io\"], resources [\"clusterroles\", \"roles\"], verbs [\"escalate\"], resourceNames [the role]. A caller bound to \
     cluster-admin has it.";

fn missing(action: &Action, kind: &str, name: &str) -> Error {
    let (what, advice) = match kind {
        "clusterroles" => (
            format!("ClusterRole {name}"),
            "Create it first, with cks_rbac_role or otherwise, or correct `cluster_role`.",
        ),
        "roles" => (
            format!("Role {name}"),
            "Create it first in that namespace, with cks_rbac_role or otherwise, or correct `role`.",
        ),
        "clusterrolebindings" | "rolebindings" => (
            format!("role {name} to be bound"),
            "Create it first, with cks_rbac_role or otherwise, or correct `cluster_role` or `role`.",
        ),
        "namespaces" => (
            format!("namespace {name}"),
            "Create it first, with cks_namespace or otherwise, or correct `namespace`.",
        ),
        "serviceaccounts" => {
            (format!("ServiceAccount {name}"), "Create it first, with cks_service_account or otherwise.")
        }
        other => (format!("{name:?} among the {other}"), "Create it first."),
    };
    Error::new(
        format!("{} needs what does not exist", action.api.kind),
        format!(
            "Cannot {action}: there is no {what}. {advice} A reference to the resource that makes it puts the two in order."
        ),
    )
}

fn changed(action: &Action, differences: &[Difference], by: Option<&Changer>) -> Error {
    let shown: Vec<_> = differences.iter().map(shown).collect();
    Error::new(
        "Changed by someone else since the plan",
        format!(
            "{} {} is no longer what this plan was made from{}, so nothing was written: {}. Make a new plan to see both changes, and apply that.",
            action.api.kind,
            place(action),
            who(by),
            shown.join("; ")
        ),
    )
}

/// A field that was one thing and is another.
pub(super) fn shown(difference: &Difference) -> String {
    let Difference { field, expected, found } = difference;
    format!("{field} was {} and is {}", super::quoted(expected), super::quoted(found))
}

fn who(by: Option<&Changer>) -> String {
    by.map(|by| format!(" ({} changed it at {})", by.manager, by.time)).unwrap_or_default()
}

/// What a server warned of.
pub(crate) fn server_warning(text: &str) -> Diagnostic {
    Diagnostic::warning("Kubernetes warns", format!("{}.", text.trim_end_matches('.')))
}

#[cfg(test)]
mod tests;
