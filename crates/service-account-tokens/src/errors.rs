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
                if matches!(*error, E::Unreachable { reached: true, .. } | E::Cancelled) =>
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn unreachable(reached: bool) -> kubernetes::Error {
        kubernetes::Error::Unreachable {
            title: "the managed endpoint".to_owned(),
            server: "https://k.example.com".to_owned(),
            attempts: 3,
            lasted: Duration::from_secs(30),
            reached,
            cause: "connection reset".to_owned(),
        }
    }

    #[test]
    fn a_request_without_a_response_may_have_issued_a_token_that_nobody_has() {
        for error in [unreachable(true), kubernetes::Error::Cancelled] {
            let error = Error::from(error).of_unbound();
            assert!(matches!(error, Error::MayBeIssued { .. }), "{error:?}");
        }
        let never_sent = Error::from(unreachable(false)).of_unbound();
        assert!(matches!(never_sent, Error::Kubernetes(_)), "{never_sent:?}");
        let account = ObjectPlace::namespaced("ci", "deployer");
        let refused = Error::NoAccount { account }.of_unbound();
        assert!(matches!(refused, Error::NoAccount { .. }), "{refused:?}");
    }
}
