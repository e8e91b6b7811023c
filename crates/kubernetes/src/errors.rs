//! Why a request failed, as facts. The provider builds the messages.

use std::{fmt, time::Duration};

use request_pipeline::{Ended, GaveUp, TlsProblem};

use super::{
    connection::NamedBy,
    difference::{Changer, Difference},
    identity::Mismatch,
    object::{Api, ObjectPlace},
};

/// A request, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Verb of RBAC: `get`, `create`, `patch`, `delete`, `list`.
    pub verb: &'static str,
    /// Kind and API group of the object.
    pub api: Api,
    /// `None` for a whole collection.
    pub place: Option<ObjectPlace>,
    /// Subresource, such as `token`.
    pub subresource: Option<&'static str>,
}

/// What `/version` answers without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// A Kubernetes API of this version: address and network are right.
    Kubernetes {
        /// Such as `v1.36.1`.
        version: String,
    },
    /// Something else, such as a proxy.
    Other {
        /// HTTP status.
        status: u16,
        /// Beginning of the body; may be empty.
        message: String,
    },
}

/// Why a request to a cluster's Kubernetes API failed. No variant holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The connection's settings are invalid, or its exec plugin fails.
    #[error("{title} cannot be used: {problem}")]
    Unusable {
        /// How the connection is named in messages, such as "the unmanaged endpoint".
        title: String,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// No attempt got a useful response.
    #[error("no useful response from {title} ({server}) in {attempts} attempts over {} to {action}: {cause}", seconds(*lasted))]
    Unreachable {
        /// What was requested, of which object.
        action: Box<Action>,
        /// How the connection is named in messages, such as "the unmanaged endpoint".
        title: String,
        /// URL of the server.
        server: String,
        /// How often the request was sent.
        attempts: u32,
        /// How long it took in all.
        lasted: Duration,
        /// Whether a connection succeeded at least once, so that the address is right.
        reached: bool,
        /// The last failure, as a clause.
        cause: String,
        /// What else may explain it, as a clause: `cluster 8154… is STATUS_ERROR`.
        explained: Option<Box<str>>,
    },
    /// TLS failed for good: no repetition would help.
    #[error("no request was sent to {title} ({server}), because {problem}")]
    Tls {
        /// How the connection is named in messages, such as "the unmanaged endpoint".
        title: String,
        /// URL of the server.
        server: String,
        /// What is wrong.
        problem: TlsProblem,
    },
    /// The server rejected the credentials (401).
    #[error("{title} does not accept {credentials}{}", also(message))]
    Unauthorized {
        /// How the connection is named in messages, such as "the unmanaged endpoint".
        title: String,
        /// Where the credentials come from.
        credentials: String,
        /// The API server's own message, shortened and without secrets.
        message: String,
        /// What the same address answers without credentials, as far as that tells something.
        anonymous: Option<Anonymous>,
    },
    /// The caller lacks the permission (403).
    #[error("the caller may not {action}{}", also(message))]
    Forbidden {
        /// What was requested, of which object.
        action: Box<Action>,
        /// The API server's own message, shortened and without secrets.
        message: String,
    },
    /// The caller lacks permissions that it would grant (403).
    #[error("the caller may not {action}, since it lacks permissions that this would grant: {}", missing.join("; "))]
    Escalation {
        /// What was requested, of which object.
        action: Box<Action>,
        /// The rules that the caller lacks, as Kubernetes writes them.
        missing: Vec<String>,
    },
    /// The object does not exist.
    #[error("there is no {} {}", action.api.kind, action.place_text())]
    NotFound {
        /// What was requested, of which object.
        action: Box<Action>,
    },
    /// Another object that is required does not exist: the role of a binding, or the namespace.
    #[error("cannot {action}: there is no {kind} {name}")]
    Missing {
        /// What was requested, of which object.
        action: Box<Action>,
        /// Plural, as the server names it: `namespaces`. For a role it may be that of the binding.
        kind: String,
        /// Name of the missing object.
        name: String,
    },
    /// The object already exists.
    #[error("{} {} exists already", action.api.kind, action.place_text())]
    AlreadyExists {
        /// What was requested, of which object.
        action: Box<Action>,
    },
    /// Another client changed the object at the same time.
    #[error("cannot {action}: {message}")]
    Conflict {
        /// What was requested, of which object.
        action: Box<Action>,
        /// The API server's own message, shortened and without secrets.
        message: String,
    },
    /// The server rejected the content (400, 422).
    #[error("cannot {action}: {message}")]
    Invalid {
        /// What was requested, of which object.
        action: Box<Action>,
        /// The API server's own message, shortened and without secrets.
        message: String,
        /// The fields that were rejected.
        causes: Vec<Cause>,
    },
    /// The object differs from the plan's prior state; nothing was written.
    #[error("{} {} was changed by another client", action.api.kind, action.place_text())]
    ChangedMeanwhile {
        /// What was requested, of which object.
        action: Box<Action>,
        /// The fields that differ.
        differences: Vec<Difference>,
        /// The client that changed it last, as far as `managedFields` names one.
        by: Option<Changer>,
    },
    /// Another object has the name now; nothing was written.
    #[error("{} {} was deleted and re-created by another client", action.api.kind, action.place_text())]
    ReplacedMeanwhile {
        /// What was requested, of which object.
        action: Box<Action>,
        /// The client that changed it last, as far as `managedFields` names one.
        by: Option<Changer>,
    },
    /// The connection leads to another cluster than expected; nothing was read or written there.
    #[error("{server} is not cluster {id}: {mismatch}")]
    OtherCluster {
        /// Id of the expected cluster.
        id: String,
        /// URL of the server.
        server: String,
        /// What names its address.
        named_by: NamedBy,
        /// What shows it.
        mismatch: Box<Mismatch>,
    },
    /// It cannot be told whether the connection leads to the expected cluster.
    #[error("nothing shows whether {server} is cluster {id}")]
    UncertainCluster {
        /// Id of the expected cluster.
        id: String,
        /// URL of the server.
        server: String,
        /// What names its address.
        named_by: NamedBy,
        /// Whether the state remembers the uid of the cluster's `kube-system`.
        remembers: bool,
    },
    /// A wait timed out.
    #[error("{what} did not end within {}", seconds(*lasted))]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long it took in all.
        lasted: Duration,
    },
    /// The caller cancelled. A write that was sent may have taken effect.
    #[error("cancelled while {what}")]
    Cancelled {
        /// What it was doing or waiting for: `waiting for the deletion of Namespace team`.
        what: String,
    },
    /// An unexpected response, usually not from Kubernetes.
    #[error("unexpected response from {title} to {action}: HTTP {status}{}", also(message))]
    Unexpected {
        /// How the connection is named in messages, such as "the unmanaged endpoint".
        title: String,
        /// What was requested, of which object.
        action: Box<Action>,
        /// HTTP status of the response.
        status: u16,
        /// The API server's own message, shortened and without secrets.
        message: String,
    },
}

/// Rejection of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Field of the object, such as `subjects[0].name`; may be empty.
    pub field: String,
    /// The API server's own message, shortened and without secrets.
    pub message: String,
}

impl Action {
    pub(super) fn on(verb: &'static str, api: Api, place: &ObjectPlace) -> Self {
        Self { verb, api, place: Some(place.clone()), subresource: None }
    }

    pub(super) fn place_text(&self) -> String {
        self.place.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// The resource as RBAC names it: `serviceaccounts/token`.
    pub fn resource(&self) -> String {
        match self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.api.plural),
            None => self.api.plural.to_owned(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, api, place, subresource } = self;
        write!(out, "{verb} ")?;
        if let Some(subresource) = subresource {
            write!(out, "a {subresource} of ")?;
        }
        match place {
            Some(place) => write!(out, "{} {place}", api.kind),
            None => write!(out, "any {}", api.kind),
        }
    }
}

impl Error {
    /// The error of a request that is not repeated any more.
    pub(super) fn ended(ended: Ended, action: &Action, title: &str, server: &str) -> Self {
        match ended {
            Ended::Cancelled => Self::cancelled_in(action, title),
            Ended::Tls(problem) => Self::Tls { title: title.to_owned(), server: server.to_owned(), problem },
            Ended::GaveUp(GaveUp { attempts, lasted, reached, cause, explained }) => Self::Unreachable {
                action: Box::new(action.clone()),
                title: title.to_owned(),
                server: server.to_owned(),
                attempts,
                lasted,
                reached,
                cause,
                explained: explained.map(Into::into),
            },
        }
    }

    /// The error of a request that the caller cancelled.
    pub(super) fn cancelled_in(action: &Action, title: &str) -> Self {
        Self::Cancelled { what: format!("waiting for the response of {title} to {action}") }
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

fn also(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
