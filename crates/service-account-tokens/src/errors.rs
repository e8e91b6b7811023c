//! Why a token was not issued.

use kubernetes::ObjectPlace;

/// Facts only: `src/errors` builds the messages.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    /// Kubernetes could not be reached, or rejected a request.
    Kubernetes(Box<kubernetes::Error>),
    /// The ServiceAccount does not exist, or is being deleted.
    #[error("there is no ServiceAccount {account}")]
    NoAccount {
        /// The ServiceAccount.
        account: ObjectPlace,
    },
    /// Another ServiceAccount has the name.
    #[error("ServiceAccount {account} does not have the uid {expected}")]
    OtherAccount {
        /// The ServiceAccount.
        account: ObjectPlace,
        /// UID in the plan.
        expected: String,
        /// UID of the other one, if known.
        found: Option<String>,
    },
    /// The request for a token that is not bound to a Secret got no response: the server may have issued one, which nobody has, and which
    /// cannot be revoked.
    #[error("{error}; a token may have been issued")]
    MayBeIssued {
        /// Why there was no response.
        error: Box<kubernetes::Error>,
    },
}

impl Error {
    /// The same, of a request for a token that is not bound to a Secret.
    pub(super) fn of_unbound(self) -> Self {
        use kubernetes::Error as E;
        match self {
            Self::Kubernetes(error)
                if matches!(*error, E::Unreachable { reached: true, .. } | E::Cancelled { .. }) =>
            {
                Self::MayBeIssued { error }
            }
            error => error,
        }
    }
}

impl From<kubernetes::Error> for Error {
    fn from(error: kubernetes::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}
