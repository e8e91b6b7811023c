//! Why a token could not be made.

use kubernetes::ObjectPlace;

/// Facts only: `src/errors` makes messages of them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    /// Kubernetes could not be reached, or rejected a request.
    Kubernetes(Box<kubernetes::Error>),
    /// There is none, or it is being deleted.
    #[error("there is no ServiceAccount {account}")]
    NoAccount {
        /// The ServiceAccount.
        account: ObjectPlace,
    },
    /// Another one has the name now.
    #[error("ServiceAccount {account} does not have the uid {expected}")]
    OtherAccount {
        /// The ServiceAccount.
        account: ObjectPlace,
        /// UID that the plan was made for.
        expected: String,
        /// The uid that it has, if that is known.
        found: Option<String>,
    },
}

impl From<kubernetes::Error> for Error {
    fn from(error: kubernetes::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}
