//! Messages that users read: what happened, why, what to do now.
//!
//! Where a message is built:
//! - The error of a client becomes a message here, in the `ClientError` implementation of its type, for all resources.
//! - The message of a rule is in the file of the rule: `checks` for single values, the file of the resource or data source for
//!   combinations of values and for findings at plan.
//! - A message or a part of one that several files use is here. One with a single caller is in the caller's file; those of a
//!   lifecycle are in its `messages.rs`.
//!
//! A title says what failed or will happen, with the name of the thing, and no two different messages share one. The detail
//! begins with the fact and its ids, continues with the cause as far as known, and ends with what to do, as an imperative.

pub(crate) mod account_tokens;
pub(crate) mod blocks;
mod causes;
mod issuers;
mod kubernetes;
#[cfg(test)]
pub(crate) mod testing;

use clusters::Doubt;
use coreweave::Violation;
use request_pipeline::{COREWEAVE_TOKEN_VARIABLES, Peer, TlsFailure};
use tfplugin::{Diagnostic, Error, Schema};

#[cfg(test)]
pub(crate) use self::blocks::attribute_of;
pub(crate) use self::{
    blocks::import_block,
    causes::cause_of,
    kubernetes::{attribute_of_subjects, escalation_text, named, remedy, server_warning},
};

/// What to do about the TLS connection to an https proxy.
const PROXY_ADVICE: &str = "Set the CA's certificate of the proxy as the provider's `ca_certificate`, or correct the proxy's address \
     (`proxy_url`, the kubeconfig's proxy-url, or HTTPS_PROXY).";

/// An error of a client that has a message for users. The clients do not depend on `tfplugin`, so `From` cannot do this.
pub(crate) trait ClientError {
    /// What happened, why, and what to do now.
    fn into_diagnostics(self) -> Error;
}

/// `?` for the results of clients: `client.read().await.into_diagnostics()?`.
pub(crate) trait IntoDiagnostics<T> {
    /// The same result, with diagnostics as its error.
    fn into_diagnostics(self) -> Result<T, Error>;
}

impl<T, E: ClientError> IntoDiagnostics<T> for Result<T, E> {
    fn into_diagnostics(self) -> Result<T, Error> {
        self.map_err(ClientError::into_diagnostics)
    }
}

impl ClientError for clusters::Error {
    fn into_diagnostics(self) -> Error {
        use clusters::Error as E;
        match self {
            E::Api(error) => error.into_diagnostics(),
            E::UnknownConfiguration { attributes } => Error::unknown_configuration(
                "Provider configuration not known yet",
                format!(
                    "The provider's {} will be known only after apply, but this operation requires them during plan. Set values that are \
                     known during plan, or add depends_on with the source of the value to the block that needs it.",
                    listed(&attributes)
                ),
            ),
            E::Kubernetes(error) => (*error).into_diagnostics(),
            E::NoEndpoint { id, problem } => Error::new(
                "Cluster has no endpoint yet",
                format!(
                    "The Kubernetes API of cluster {id} has no address: {problem}. Apply again once the cluster is STATUS_RUNNING."
                ),
            ),
            E::WrongEndpoint { id, endpoint, why } => Error::new(
                "Credentials not accepted by this endpoint",
                format!("No request was sent to the {endpoint} endpoint of cluster {id}. {why}"),
            ),
            E::ForeignHost { id, endpoint, host } => Error::new(
                "No credentials sent to this host",
                format!(
                    "CoreWeave's API names {host} as the {endpoint} endpoint of cluster {id}, which does not have the form of CoreWeave's hosts, \
                     *.k8s.*.coreweave.com. No request was sent. If the cluster has a private address, add a `kubernetes` entry for it with \
                     `host` and credentials of its own. Otherwise report the host to CoreWeave."
                ),
            ),
            E::MissingToken => {
                missing_token(&|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
            }
            E::NotFound { id } => not_found(&id),
            E::Uncertain { id, why } => uncertain(&id, &why),
        }
    }
}

impl ClientError for coreweave::Error {
    fn into_diagnostics(self) -> Error {
        use coreweave::Error as E;
        let error = self;
        let what = sentence(&error);
        match &error {
            E::Unauthorized { .. } => Error::new(
                "CoreWeave API token rejected",
                format!(
                    "{what} Create a new API access token in CoreWeave's console, and set it in the same place."
                ),
            ),
            E::NoToken { .. } => Error::new(
                "CoreWeave API token cannot be read",
                format!(
                    "{what} No request was sent. Write a CoreWeave API access token, which begins with CW-SECRET-, to that file, or correct \
                     the path in the same place."
                ),
            ),
            E::Forbidden { .. } => Error::new(
                "Not allowed by CoreWeave",
                format!(
                    "{what} Ask an administrator of the organisation to grant that role, or use the token of a user who has it."
                ),
            ),
            E::NotFound { id } => not_found(id),
            E::Invalid { violations, .. } if !violations.is_empty() => refused_fields(&error, violations),
            // A violated precondition is most often the cluster's status, which is not a field of the request.
            E::Conflict { violations, .. } if violations.iter().any(|violation| violation.path.is_some()) => {
                refused_fields(&error, violations)
            }
            E::Invalid { .. } => Error::new(
                "Request rejected by CoreWeave's API",
                format!("{what} Correct the configuration, and apply again."),
            ),
            E::Conflict { .. } => {
                Error::new("Cluster busy", format!("{what} Apply again once the cluster is STATUS_RUNNING."))
            }
            E::Unavailable { reached, endpoint_source, .. } => {
                let advice = if *reached {
                    "The state is kept. Apply again later.".to_owned()
                } else {
                    format!(
                        "The state is kept. Check `endpoint` (it is from {endpoint_source}), `proxy_url`, `ca_certificate` and the network, \
                         and apply again."
                    )
                };
                Error::new("CoreWeave's API cannot be reached", format!("{what} {advice}"))
            }
            E::Tls { problem, .. } => {
                let advice = match (problem.peer, &problem.failure) {
                    (Peer::Proxy, _) => PROXY_ADVICE,
                    (Peer::Server, TlsFailure::NotTrusted) => {
                        "If a proxy intercepts the connection, set its CA's certificate as the provider's `ca_certificate`. Otherwise \
                         check `endpoint`."
                    }
                    (Peer::Server, _) => "Check `endpoint`, and whether a proxy responds in its place.",
                };
                Error::new(
                    "TLS connection to CoreWeave's API failed",
                    format!("{what} The state is kept. {advice}"),
                )
            }
            E::ChangedMeanwhile { phase, block, differences } => {
                blocks::changed_meanwhile(*phase, *block, differences)
            }
            E::Timeout { .. } => Error::new(
                "Cluster not ready in time",
                format!(
                    "{what} Look at the cluster in CoreWeave's console, raise the resource's `timeouts` if it needs longer, and apply again."
                ),
            ),
            E::EndedIn { .. } => Error::new(
                "Cluster entered a terminal state",
                format!(
                    "{what} Look at the cluster in CoreWeave's console, and apply again once it is STATUS_RUNNING."
                ),
            ),
            E::Cancelled { what } => interrupted(what),
            E::Unexpected { .. } => Error::new(
                "Unexpected response from CoreWeave's API",
                format!(
                    "{what} Check that `endpoint` is CoreWeave's API, and that no proxy responds in its place."
                ),
            ),
        }
    }
}

/// The same messages, each with a further paragraph.
pub(crate) fn with_note(error: Error, note: &str) -> Error {
    let with_note =
        |message: Diagnostic| Diagnostic { detail: format!("{}\n\n{note}", message.detail), ..message };
    let noted = Error::all(error.messages().iter().cloned().map(with_note));
    noted.unwrap_or(error)
}

/// Two resources of one run that manage the object at `place`, or one block of a cluster.
pub(crate) fn declared_twice<R: Schema>(cluster_id: &str, place: Option<&str>) -> Error {
    let resource = R::NAME;
    let title = format!("{resource} declared twice");
    match place {
        Some(place) => Error::new(
            title,
            format!(
                "{place} in cluster {cluster_id} was created, adopted or changed by another {resource} of this run. Keep one of the two \
                 resources, or change the name of one. To drop one that is in the state without deleting what it manages, use a \
                 `removed` block with `destroy = false`, or `terraform state rm`."
            ),
        )
        .at("name"),
        None => Error::new(
            title,
            format!(
                "Cluster {cluster_id} can have one {resource}, and another resource of this run created, adopted or changed it. Keep one \
                 of the two resources. To drop one that is in the state without clearing what it manages, use a `removed` block with \
                 `destroy = false`, or `terraform state rm`."
            ),
        )
        .at("cluster_id"),
    }
}

/// The text of an error as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    format!("{}.", capitalised(error.to_string().trim_end_matches('.')))
}

/// After a create that took over what existed. Resources of one provider process wait for each other; no process sees the others.
pub(crate) fn other_owner(removes: &str) -> String {
    format!(
        "If a resource at another address, of another provider alias or in another state still manages it, whichever of them is destroyed, \
         also by this apply, {removes} it for both. Keep one of them, and remove the other one from its state without destroying it: `terraform state rm`, or a \
         `removed` block with `destroy = false`."
    )
}

/// The text with a capital letter.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// `what`: what was done or waited for, as a clause.
fn interrupted(what: &str) -> Error {
    Error::new("Interrupted", format!("The operation was interrupted while {what}. Apply again to continue."))
}

/// `is_set`: whether a variable of the environment has a value.
fn missing_token(is_set: &dyn Fn(&str) -> bool) -> Error {
    let other = COREWEAVE_TOKEN_VARIABLES.into_iter().skip(1).find(|name| is_set(name));
    let hint = other.map_or_else(String::new, |name| {
        format!(" The environment variable {name} is set, and is not read: the name is COREWEAVE_API_TOKEN.")
    });
    Error::new(
        "No CoreWeave API token",
        format!(
            "CoreWeave's API is required, and no token is set.{hint} Set the environment variable COREWEAVE_API_TOKEN, or `token` in the \
             provider block, to an API access token, which begins with CW-SECRET-, or COREWEAVE_API_TOKEN_FILE or `token_file` to the path \
             of a file with one."
        ),
    )
}

fn not_found(id: &str) -> Error {
    Error::new(
        "Cluster not found",
        format!(
            "CoreWeave's API has no cluster {id} in the organisation of this token. Check that the id is the cluster's UUID, not the name, \
             and that the token belongs to the cluster's organisation."
        ),
    )
}

fn uncertain(id: &str, why: &Doubt) -> Error {
    let advice = match why {
        Doubt::OtherOrganisation { expected, .. } => format!("Use a token of the organisation {expected}."),
        Doubt::CannotTell | Doubt::NotRemembered => "Use a token of the cluster's organisation.".to_owned(),
        Doubt::Listed => "Apply again later.".to_owned(),
    };
    Error::new(
        "Cluster not found, state kept",
        format!(
            "{} The state is kept. {advice} If the cluster was deleted, remove the resource from the state with `terraform state rm`.",
            not_certainly_deleted(id, why)
        ),
    )
}

/// Why a cluster that was not found is not taken for deleted.
pub(crate) fn not_certainly_deleted(id: &str, why: &Doubt) -> String {
    let why = match why {
        Doubt::OtherOrganisation { expected, found } => {
            format!("the cluster belongs to the organisation {expected}, and the token to {found}")
        }
        Doubt::CannotTell => "the API does not return the organisation of the token".to_owned(),
        Doubt::NotRemembered => "the organisation of the cluster is not remembered".to_owned(),
        Doubt::Listed => "the API's list of the organisation's clusters has it".to_owned(),
    };
    format!(
        "CoreWeave's API has no cluster {id} in the organisation of this token. That does not show that it was deleted: {why}."
    )
}

fn refused_fields(error: &coreweave::Error, violations: &[Violation]) -> Error {
    let messages = violations.iter().map(|violation| {
        let attribute = violation.path.and_then(blocks::attribute_of_field);
        let name = attribute.unwrap_or(&violation.field);
        let message = Diagnostic::error(
            format!("{name} rejected by CoreWeave's API"),
            format!(
                "CoreWeave's API rejected {}: {}. Correct the value, and apply again.",
                violation.field,
                violation.description.trim_end_matches('.')
            ),
        );
        attribute.map_or(message.clone(), |attribute| message.at(attribute))
    });
    Error::all(messages)
        .unwrap_or_else(|| Error::new("Request rejected by CoreWeave's API", error.to_string()))
}

fn listed(attributes: &[String]) -> String {
    attributes.iter().map(|attribute| format!("`{attribute}`")).collect::<Vec<_>>().join(", ")
}

/// An import with something other than an id or an identity.
pub(crate) fn unknown_import<R: Schema>() -> Error {
    Error::new(
        format!("{} is imported by id or identity", R::NAME),
        "Set `id` or `identity` in the import block, and nothing else.",
    )
}

/// An identity that cannot be of an object.
pub(crate) fn bad_import_identity<R: Schema>(why: &str) -> Error {
    Error::new(
        "Invalid identity to import",
        format!("{why} Correct the `identity` of the {} in the import block.", R::NAME),
    )
}

/// An import id of another form.
pub(crate) fn bad_import_id<R: Schema>(form: &str, why: &str) -> Error {
    Error::new("Invalid import id", format!("{why} Write the id of a {} in the form {form}.", R::NAME))
}

#[cfg(test)]
mod tests;
