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
}

impl From<kubernetes::Error> for Error {
    fn from(error: kubernetes::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}
