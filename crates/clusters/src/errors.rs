//! Why a cluster could not be read or written.

use super::{Endpoint, organisation::Doubt};

/// Facts only: the messages that users read are made from them in one place, `src/errors.rs`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// CoreWeave's API could not be used, or refused.
    #[error(transparent)]
    Api(#[from] coreweave::Error),
    /// Attributes of the provider block are known only after apply.
    #[error("the provider's {} not known yet", .attributes.join(", "))]
    UnknownConfiguration {
        /// Names of the attributes.
        attributes: Vec<String>,
    },
    /// Nobody gave a token.
    #[error("there is no CoreWeave API token")]
    MissingToken,
    /// The API has no such cluster.
    #[error("there is no cluster {id}")]
    NotFound {
        /// The cluster's id.
        id: String,
    },
    /// The API has no such cluster, but it may be that of another organisation.
    #[error("the answer that there is no cluster {id} is not certain")]
    Uncertain {
        /// The cluster's id.
        id: String,
        /// The reason, as a clause.
        why: Doubt,
    },
    /// Kubernetes could not be used, or refused.
    #[error(transparent)]
    Kubernetes(Box<kubernetes::Error>),
    /// The cluster has no address yet.
    #[error("cluster {id} cannot be reached: {problem}")]
    NoEndpoint {
        /// The cluster's id.
        id: String,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// The endpoint would refuse the credentials.
    #[error("the {endpoint} endpoint of cluster {id} was not asked: {why}")]
    WrongEndpoint {
        /// The cluster's id.
        id: String,
        /// The endpoint.
        endpoint: Endpoint,
        /// The reason, as a clause.
        why: String,
    },
    /// CoreWeave's API named a host that is not CoreWeave's, so that no credentials go there.
    #[error("nothing is sent to {host}, which the API names as the {endpoint} endpoint of cluster {id}")]
    ForeignHost {
        /// The cluster's id.
        id: String,
        /// The endpoint.
        endpoint: Endpoint,
        /// The host.
        host: String,
    },
}

impl From<kubernetes::Error> for Error {
    fn from(error: kubernetes::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}
