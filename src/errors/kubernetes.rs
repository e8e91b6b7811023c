//! Messages for errors of Kubernetes.

use kubernetes::{Action, Anonymous, Changer, Difference, Error as E, Mismatch, NamedBy, SubjectList};
use request_pipeline::{Peer, TlsFailure, TlsProblem};
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
                    "{what} No request was sent. Correct the provider's `kubernetes` entry, or the value in this configuration."
                ),
            ),
            E::Unreachable { explained: Some(explained), .. } => Error::new(
                "Kubernetes of a cluster that is not running cannot be reached",
                format!(
                    "{what} {} The state is kept. Look at the cluster in CoreWeave's console, and apply again once it is STATUS_RUNNING.",
                    sentence(&explained)
                ),
            ),
            E::Unreachable { reached, .. } => {
                Error::new("Kubernetes cannot be reached", unreachable(&what, reached))
            }
            E::Tls { problem, .. } => {
                Error::new("TLS connection to Kubernetes failed", format!("{what} {}", tls_advice(&problem)))
            }
            E::Unauthorized { credentials, anonymous, .. } => Error::new(
                "Credentials rejected by Kubernetes",
                format!("{what} {}", rejected(&credentials, anonymous.as_ref())),
            ),
            E::Forbidden { action, message } => forbidden(&what, &action, &message),
            E::Escalation { action, missing } => escalation(&action, &missing),
            E::NotFound { action } => Error::new(
                format!("{} no longer exists", action.api.kind),
                format!("{what} It may have been deleted since the plan. Create a new plan and apply it."),
            ),
            E::Missing { action, kind, name } => missing(&action, &kind, &name),
            E::AlreadyExists { action } => Error::new(
                format!("{} exists already", action.api.kind),
                format!("{what} Import it, or change the name."),
            ),
            E::Conflict { .. } => Error::new(
                "Concurrent change by another client",
                format!("{what} Create a new plan, which shows the other change, and apply it."),
            ),
            E::Invalid { message, causes, action } => {
                let listed: Vec<_> = causes
                    .iter()
                    .map(|cause| format!("{}: {}", cause.field, without_values(&cause.message)))
                    .collect();
                let why = if listed.is_empty() { without_values(&message) } else { listed.join("; ") };
                Error::new(
                    format!("{} rejected by Kubernetes", action.api.kind),
                    format!(
                        "Kubernetes rejected the request to {action}: {}. Correct the configuration, and apply again.",
                        why.trim_end_matches('.')
                    ),
                )
            }
            E::ChangedMeanwhile { action, differences, by } => changed(&action, &differences, by.as_ref()),
            E::ReplacedMeanwhile { action, by } => Error::new(
                format!("{} re-created by another client", action.api.kind),
                format!(
                    "{} {} is not the object that this plan was created from{}, so nothing was written. Create a new plan and apply it.",
                    action.api.kind,
                    place(&action),
                    who(by.as_ref())
                ),
            ),
            E::OtherCluster { id, server, named_by, mismatch } => {
                other_cluster(&id, &server, named_by, &mismatch)
            }
            E::UncertainCluster { id, server, named_by, remembers } => {
                uncertain_cluster(&id, &server, named_by, remembers)
            }
            E::Timeout { .. } => Error::new(
                "Kubernetes operation timed out",
                format!(
                    "{what} Find the cause with `kubectl describe`, raise the resource's `timeouts` if it needs longer, and apply again."
                ),
            ),
            E::Cancelled { what } => super::interrupted(&what),
            E::Unexpected { .. } => Error::new(
                "Unexpected response from Kubernetes",
                format!(
                    "{what} Check that the address is a Kubernetes API, and that no proxy responds in its place."
                ),
            ),
        }
    }
}

/// What to do about rejected credentials, by what the same address answers without any.
fn rejected(credentials: &str, anonymous: Option<&Anonymous>) -> String {
    let network = match anonymous {
        Some(Anonymous::Other { status, message }) => {
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            return format!(
                "Without credentials the same address does not answer as Kubernetes either (/version returns HTTP {status}{message}): a proxy or \
                 another server answers in its place. Check the address, HTTPS_PROXY and the provider's `proxy_url`."
            );
        }
        Some(Anonymous::Kubernetes { version }) => format!(
            "Without credentials the same address answers as Kubernetes {version}, so that address and network are right, and the credentials \
             are not. "
        ),
        None => String::new(),
    };
    format!(
        "{network}The credentials may have expired, or belong to the other endpoint or another cluster: the managed endpoint accepts CoreWeave \
         API tokens only, the unmanaged endpoint every credential except those, and ID tokens only with the issuer, audience and required claims \
         of its `oidc`. Renew or replace {credentials}."
    )
}

fn other_cluster(id: &str, server: &str, named_by: NamedBy, mismatch: &Mismatch) -> Error {
    let (title, subject, correct) = match named_by {
        NamedBy::Configuration => (
            "`kubernetes` entry leads to another cluster",
            format!("The provider's `kubernetes` entry for cluster {id}"),
            "Correct the entry.",
        ),
        NamedBy::Api => (
            "API names the endpoint of another cluster",
            format!("The host that the API names for cluster {id}"),
            "Check the provider's `endpoint` or COREWEAVE_API_ENDPOINT.",
        ),
    };
    let (why, recreated) = match mismatch {
        Mismatch::Issuer { found } => (format!("its API server's issuer is that of cluster {found}"), ""),
        Mismatch::Uid { expected, found } => (
            format!("the uid of its namespace kube-system is {found}, and the state has {expected}"),
            " If the cluster was re-created behind the same address, remove the resource from the state with `terraform state rm`.",
        ),
    };
    Error::new(
        title,
        format!(
            "{subject} leads to another cluster at {server}: {why}. Nothing was written there. The state is kept. {correct}{recreated}"
        ),
    )
}

fn uncertain_cluster(id: &str, server: &str, named_by: NamedBy, remembers: bool) -> Error {
    let named = match named_by {
        NamedBy::Configuration => {
            format!("The provider's `kubernetes` entry for cluster {id} sets the address {server}")
        }
        NamedBy::Api => {
            format!("The API names {server} for cluster {id}, which is not a host of CoreWeave's")
        }
    };
    let (why, advice) = if remembers {
        (
            "the caller may read neither the API server's issuer nor the namespace kube-system",
            "Grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery) or on \
             the namespace kube-system, or remove the resource from the state with `terraform state rm`.",
        )
    } else {
        (
            "the caller may not read the API server's issuer, and the state does not have the uid of its namespace kube-system",
            "Grant the caller `get` on the URL /.well-known/openid-configuration (ClusterRole system:service-account-issuer-discovery), or \
             remove the resource from the state with `terraform state rm`.",
        )
    };
    Error::new(
        "Cluster cannot be verified, state kept",
        format!(
            "{named}, and nothing shows that it leads to this cluster: {why}. So a \"not found\" from there does not count, and nothing was written. The state is kept. {advice}"
        ),
    )
}

fn place(action: &Action) -> String {
    action.place.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// What may help if nothing at the address of a cluster responds.
pub(super) const PRIVATE_CLUSTER: &str = "If the cluster is private (`public = false`), run Terraform inside its network, or add a \
     `kubernetes` entry with `proxy_url`. Otherwise check HTTPS_PROXY and the provider's `proxy_url` and `ca_certificate`.";

fn unreachable(what: &str, reached: bool) -> String {
    if reached {
        return format!("{what} The state is kept. Apply again later.");
    }
    format!(
        "{what} The state is kept. If the cluster was just created, apply again in a few minutes. {PRIVATE_CLUSTER}"
    )
}

fn tls_advice(problem: &TlsProblem) -> &'static str {
    match &problem.failure {
        _ if problem.peer == Peer::Proxy => super::PROXY_ADVICE,
        TlsFailure::NotTrusted => {
            "If a private CA signed it, set that CA's certificate as `ca_certificate`, in the provider block or in its `kubernetes` entry. \
             Otherwise check whether a proxy intercepts the connection."
        }
        TlsFailure::OtherName { .. } => {
            "If it is the right server, set a name that its certificate has as `tls_server_name` in the `kubernetes` entry. Otherwise \
             correct the address."
        }
        TlsFailure::ClientRejected(_) => "Correct `client_certificate` and `client_key`, or the kubeconfig.",
        TlsFailure::Expired(_) | TlsFailure::NotValidYet(_) | TlsFailure::Unusable(_) | TlsFailure::NoTls => {
            "Correct the server's certificate, or the address in the `kubernetes` entry."
        }
    }
}

fn forbidden(what: &str, action: &Action, message: &str) -> Error {
    // RBAC's wording: `pods is forbidden: User "ada" cannot list resource "pods" …`.
    let is_rbac = message.is_empty() || message.contains("forbidden: User ");
    if !is_rbac && (message.contains("forbidden: ") || message.contains("admission webhook")) {
        return Error::new(
            "Rejected by an admission rule of the cluster",
            format!(
                "{what} An admission rule of the cluster rejected the request, not RBAC. Change the configuration to comply with the rule, or ask an \
                 administrator to change the rule."
            ),
        );
    }
    if !is_rbac {
        return Error::new(
            "Rejected by the cluster's endpoint",
            format!(
                "{what} The response is not from RBAC. The managed endpoint rejects requests like this for two reasons: the CoreWeave API \
                 token has expired or belongs to another organisation, or its user lacks a CKS role. Create a new token in CoreWeave's \
                 console and set it in the same place, or ask an administrator of the organisation to grant the user CKS Viewer (to read) or \
                 CKS Admin (to change)."
            ),
        );
    }
    let namespace = action.place.as_ref().and_then(|place| place.namespace.as_deref());
    let scope = namespace
        .map_or("for the whole cluster".to_owned(), |namespace| format!("in namespace {namespace:?}"));
    Error::new(
        "Not allowed by Kubernetes",
        format!(
            "{what} The caller needs this rule {scope}: apiGroups [{:?}], resources [{:?}], verbs [{:?}]. Ask an administrator to bind a \
             role with it to the caller, or use other credentials.",
            action.api.group(),
            action.resource(),
            action.verb
        ),
    )
}

fn escalation(action: &Action, missing: &[String]) -> Error {
    Error::new(
        "Not allowed to grant these permissions",
        format!("{}\n\n{}", escalation_text(action, missing), remedy(action)),
    )
}

/// The permissions that the caller lacks.
pub(crate) fn escalation_text(action: &Action, missing: &[String]) -> String {
    format!(
        "You can grant only permissions that you hold. To {action}, the caller lacks:\n  {}",
        missing.join("\n  ")
    )
}

/// How to get them.
pub(crate) fn remedy(action: &Action) -> &'static str {
    if matches!(action.api.kind, "Role" | "ClusterRole") { ESCALATE_REMEDY } else { BIND_REMEDY }
}

/// For bindings.
const BIND_REMEDY: &str = "Grant the caller these permissions, or the verb `bind` on the role to be bound: apiGroups \
     [\"rbac.authorization.k8s.io\"], resources [\"clusterroles\", \"roles\"], verbs [\"bind\"], resourceNames [the role]. A caller bound to \
     cluster-admin has it.";

/// For roles.
const ESCALATE_REMEDY: &str = "Grant the caller these permissions, or the verb `escalate` on the role: apiGroups \
     [\"rbac.authorization.k8s.io\"], resources [\"clusterroles\", \"roles\"], verbs [\"escalate\"], resourceNames [the role]. A caller bound to \
     cluster-admin has it.";

fn missing(action: &Action, kind: &str, name: &str) -> Error {
    let (what, advice) = match kind {
        "clusterroles" => (
            format!("ClusterRole {name}"),
            "Create it first, such as with cks_rbac_role, or correct `cluster_role`.",
        ),
        "roles" => (
            format!("Role {name}"),
            "Create it first in that namespace, such as with cks_rbac_role, or correct `role`.",
        ),
        "clusterrolebindings" | "rolebindings" => (
            format!("Role or ClusterRole {name}"),
            "Create it first, such as with cks_rbac_role, or correct `cluster_role` or `role`.",
        ),
        "namespaces" => (
            format!("Namespace {name}"),
            "Create it first, such as with cks_namespace, or correct `namespace`.",
        ),
        "serviceaccounts" => {
            (format!("ServiceAccount {name}"), "Create it first, such as with cks_service_account.")
        }
        other => (format!("{name:?} in {other}"), "Create it first."),
    };
    Error::new(
        format!("{what} not found"),
        format!(
            "Cannot {action}: there is no {what}. {advice} If this configuration creates it, refer to that resource, so that Terraform \
             creates it first."
        ),
    )
}

fn changed(action: &Action, differences: &[Difference], by: Option<&Changer>) -> Error {
    Error::new(
        format!("{} changed by another client since the plan", action.api.kind),
        format!(
            "{} {} differs from what this plan was created from in {}{}, so nothing was written. Create a new plan, which shows both \
             changes, and apply it.",
            action.api.kind,
            place(action),
            named(differences),
            who(by)
        ),
    )
}

/// The fields that differ, by the names of their attributes: only Terraform knows which values are sensitive, and shows the others
/// itself.
pub(crate) fn named(differences: &[Difference]) -> String {
    let name = |difference: &Difference| match difference {
        Difference::ClusterRole => "cluster_role".to_owned(),
        Difference::Role => "role".to_owned(),
        Difference::Subjects(list) => attribute_of_subjects(*list).to_owned(),
        Difference::Rules => "rules".to_owned(),
        // No attribute: an aggregated ClusterRole is refused.
        Difference::AggregationRule => "aggregationRule".to_owned(),
        Difference::AutomountToken => "automount_service_account_token".to_owned(),
        Difference::Label(key) => format!("labels[{key:?}]"),
        Difference::Annotation(key) => format!("annotations[{key:?}]"),
    };
    differences.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The attribute with the subjects of one kind.
pub(crate) fn attribute_of_subjects(list: SubjectList) -> &'static str {
    match list {
        SubjectList::Users => "users",
        SubjectList::Groups => "groups",
        SubjectList::ServiceAccounts => "service_accounts",
    }
}

/// A server's message about invalid fields, without the values that it repeats: `Invalid value: "…": must be no more than 63 characters`.
fn without_values(message: &str) -> String {
    const MARKS: [&str; 3] = ["Invalid value: ", "Unsupported value: ", "Duplicate value: "];
    let mut rest = message;
    let mut text = String::new();
    while let Some((start, mark)) = MARKS.into_iter().filter_map(|mark| Some((rest.find(mark)?, mark))).min()
    {
        let (before, after) = rest.split_at(start + mark.len());
        text += before.trim_end_matches(": ");
        rest = without_quoted(after);
    }
    text + rest
}

/// What comes after a value at the beginning: a quoted text as Go writes it, or anything up to a colon.
fn without_quoted(text: &str) -> &str {
    let Some(inside) = text.strip_prefix('"') else {
        return text.find(": ").map_or("", |end| text.get(end..).unwrap_or_default());
    };
    let mut is_escaped = false;
    for (place, sign) in inside.char_indices() {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return inside.get(place + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}

fn who(by: Option<&Changer>) -> String {
    by.map(|by| format!(" (last modified by client {} at {})", by.manager, by.time)).unwrap_or_default()
}

/// A warning of the API server.
pub(crate) fn server_warning(text: &str) -> Diagnostic {
    Diagnostic::warning("Warning from Kubernetes", format!("{}.", text.trim_end_matches('.')))
}

#[cfg(test)]
mod tests;
