//! From the clients' errors to what users read: what happened, why, what to do now. The one place where the two meet.

mod account_tokens;
mod blocks;
mod issuers;
mod kubernetes;
mod objects;
mod rbac;

use tfplugin::{Diagnostic, Error, Schema};

pub(crate) use self::account_tokens::{
    leftovers_stay, previous_not_revoked, token_import, token_lives_on, unfinished_token_revoked,
};
pub(crate) use kubernetes::server_warning;
pub(crate) use objects::{
    another_left_in_place, imported_key_left, no_object_to_import, object_changed_outside,
    object_claimed_by_this_run, object_exists, object_taken_over, object_will_exist,
};
pub(crate) use rbac::{
    binding_of_another_role, callers_own_access, last_administrators, names_lack_prefix, rights_will_lack,
    role_is_aggregated, role_is_missing,
};

use clusters::Doubt;
use coreweave::Violation;

use self::kubernetes::shown;

#[cfg(test)]
pub(crate) use blocks::attribute_of;
pub(crate) use blocks::{
    already_exists, changed_outside, claimed_by_this_run, exists_already, nothing_to_import, taken_over,
    will_be_overwritten,
};

/// An error of a client, which users read as diagnostics. The clients do not depend on `tfplugin`, so `From` cannot do this.
pub(crate) trait ClientError {
    /// What happened, why, and what to do now.
    fn into_diagnostics(self) -> Error;
}

/// `?` for the results of clients: `client.read().await.into_diagnostics()?`.
pub(crate) trait IntoDiagnostics<T> {
    /// The same result, with what users read as its error.
    fn into_diagnostics(self) -> Result<T, Error>;
}

impl<T, E: ClientError> IntoDiagnostics<T> for Result<T, E> {
    fn into_diagnostics(self) -> Result<T, Error> {
        self.map_err(ClientError::into_diagnostics)
    }
}

/// The private note of which organisation a cluster belongs to ([`clusters::Organisation`]).
pub(crate) const ORGANISATION_NOTE: &str = "organisation";

impl ClientError for clusters::Error {
    fn into_diagnostics(self) -> Error {
        use clusters::Error as E;
        match self {
            E::Api(error) => error.into_diagnostics(),
            E::UnknownConfiguration { attributes } => Error::unknown_configuration(
                "Provider configuration not known yet",
                format!(
                    "The provider's {} will be known only after apply, and they are required during plan. For a data source or an \
                     import add depends_on with what the value comes from, or give a value that is known during plan.",
                    listed(&attributes)
                ),
            ),
            E::Kubernetes(error) => (*error).into_diagnostics(),
            E::NoEndpoint { id, problem } => Error::new(
                "Cluster without an endpoint",
                format!(
                    "The Kubernetes API of cluster {id} cannot be reached: {problem}. Apply again once the cluster is STATUS_RUNNING."
                ),
            ),
            E::WrongEndpoint { id, endpoint, why } => Error::new(
                "Credentials for the other endpoint",
                format!("The {endpoint} endpoint of cluster {id} was not asked. {why}"),
            ),
            E::OtherCluster { id, expected, found } => Error::new(
                "Another cluster was asked",
                format!(
                    "The provider's `kubernetes` entry for cluster {id} leads to another cluster: its kube-system has the uid {found}, and \
                     the state remembers {expected}. Nothing was taken out of the state. Correct the entry; if the cluster was really made \
                     anew behind the same address, take the resource out of the state with `terraform state rm`."
                ),
            ),
            E::UncertainCluster { id } => Error::new(
                "Not found, but perhaps the wrong cluster was asked",
                format!(
                    "The provider's `kubernetes` entry for cluster {id} leads to a Kubernetes API that does not have the object, and nothing tells \
                     whether it is the right one: the caller may not see the namespace kube-system, or the state does not remember its \
                     uid. The state is kept. Let the caller `get` the namespace kube-system, or take the resource out of the state with \
                     `terraform state rm`."
                ),
            ),
            E::MissingToken => Error::new(
                "No CoreWeave API token",
                "CoreWeave's API is needed here and no token was given. Set the environment variable COREWEAVE_API_TOKEN, or `token` in the \
                 provider block, to an API access token (it begins with CW-SECRET-).",
            ),
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
                "CoreWeave API token refused",
                format!(
                    "{what} Make a new API access token in CoreWeave's console, and give it in the same place."
                ),
            ),
            E::Forbidden { .. } => Error::new(
                "Not allowed by CoreWeave",
                format!(
                    "{what} Have an administrator of the organisation grant that role, or use another user's token."
                ),
            ),
            E::NotFound { id } => not_found(id),
            E::Invalid { violations, .. } if !violations.is_empty() => refused_fields(&error, violations),
            // Most often the cluster's state violates a precondition, and that is not a field.
            E::Conflict { violations, .. } if violations.iter().any(|violation| violation.path.is_some()) => {
                refused_fields(&error, violations)
            }
            E::Invalid { .. } => Error::new("Rejected by CoreWeave's API", what),
            E::Conflict { .. } => Error::new(
                "Cluster busy",
                format!("{what} Somebody else is changing the cluster: apply again when that is done."),
            ),
            E::Unavailable { reached, .. } => {
                let advice = if *reached {
                    "Nothing was taken out of the state for this: try again later."
                } else {
                    "Check `endpoint`, `proxy_url`, `ca_certificate` and the network. Nothing was taken out of the state for this."
                };
                Error::new("CoreWeave's API cannot be reached", format!("{what} {advice}"))
            }
            E::ChangedMeanwhile { phase, block, differences } => {
                blocks::changed_meanwhile(*phase, *block, differences)
            }
            E::Timeout { .. } => Error::new(
                "Cluster not ready in time",
                format!(
                    "{what} Raise the resource's `timeouts`, or look at the cluster in CoreWeave's console, and apply again."
                ),
            ),
            E::EndedIn { .. } => Error::new(
                "Cluster entered a terminal state",
                format!(
                    "{what} Look at the cluster in CoreWeave's console; apply again once it is STATUS_RUNNING."
                ),
            ),
            E::Cancelled => interrupted(),
            E::Unexpected { .. } => Error::new(
                "Unexpected answer of CoreWeave's API",
                format!(
                    "{what} Check that `endpoint` is CoreWeave's API and that no proxy answers in its place."
                ),
            ),
        }
    }
}

/// Two resources of one run that manage the same thing: the object at `place`, or what a cluster has once.
pub(crate) fn declared_twice<R: Schema>(cluster_id: &str, place: Option<&str>) -> Error {
    let resource = R::NAME;
    let title = format!("{resource} declared twice");
    match place {
        Some(place) => Error::new(
            title,
            format!(
                "{place} in cluster {cluster_id} has been made or adopted by another {resource} of this run. Keep one of the two \
                 resources, or give one another name."
            ),
        )
        .at("name"),
        None => Error::new(
            title,
            format!(
                "Cluster {cluster_id} can have one {resource}, and this run has made or adopted it already for another resource. Keep one \
                 of the two resources."
            ),
        )
        .at("cluster_id"),
    }
}

/// An error's own words as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    format!("{}.", capitalised(error.to_string().trim_end_matches('.')))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

fn interrupted() -> Error {
    Error::new("Interrupted", "The operation was interrupted before it was done. Apply again to go on.")
}

fn not_found(id: &str) -> Error {
    Error::new(
        "Cluster not found",
        format!(
            "CoreWeave's API has no cluster {id} that this token can see. Check the id (a UUID, not the name) and that the token \
             belongs to the cluster's organisation."
        ),
    )
}

fn uncertain(id: &str, why: &Doubt) -> Error {
    let why = match why {
        Doubt::OtherOrganisation { expected, found } => format!(
            "the cluster belongs to the organisation {expected}, and the token to {found}. Use a token of {expected}"
        ),
        Doubt::CannotTell => "the API does not say which organisation the token belongs to".to_owned(),
        Doubt::NotRemembered => {
            "the state does not say which organisation the cluster belonged to".to_owned()
        }
    };
    Error::new(
        "Cluster not found, but perhaps the wrong organisation was asked",
        format!(
            "CoreWeave's API answers that there is no cluster {id}. That is not believed, since a token of another organisation gets the \
             same answer: {why}. The state is kept. If the cluster is really gone, take the resource out of the state with `terraform state rm`."
        ),
    )
}

fn refused_fields(error: &coreweave::Error, violations: &[Violation]) -> Error {
    let messages = violations.iter().map(|violation| {
        let attribute = violation.path.and_then(blocks::attribute_of_field);
        let name = attribute.unwrap_or(&violation.field);
        let message = Diagnostic::error(
            format!("{name} rejected by CoreWeave's API"),
            format!(
                "CoreWeave's API rejects {}: {}.",
                violation.field,
                violation.description.trim_end_matches('.')
            ),
        );
        attribute.map_or(message.clone(), |attribute| message.at(attribute))
    });
    Error::all(messages).unwrap_or_else(|| Error::new("Rejected by CoreWeave's API", error.to_string()))
}

fn quoted(value: &str) -> String {
    const LONG: usize = 120;
    match value {
        "" => "unset".to_owned(),
        long if long.chars().count() > LONG => format!("{:?}…", long.chars().take(LONG).collect::<String>()),
        short => format!("{short:?}"),
    }
}

fn listed(attributes: &[String]) -> String {
    attributes.iter().map(|attribute| format!("`{attribute}`")).collect::<Vec<_>>().join(", ")
}

/// An import by something else than an id.
pub(crate) fn import_by_id_only<R: Schema>(form: &str) -> Error {
    Error::new("Import by id", format!("{} is imported by id, of the form {form}.", R::NAME))
}

/// An id that is none.
pub(crate) fn bad_import_id<R: Schema>(form: &str, why: &str) -> Error {
    Error::new("Invalid import id", format!("{why} The id of a {} has the form {form}.", R::NAME))
}

#[cfg(test)]
mod tests;
