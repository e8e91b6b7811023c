//! Why a cluster could not be read or written.

use super::{Claim, organisation::Doubt};
use crate::cks;

/// Facts only: the messages that users read are made from them in one place, `src/errors.rs`.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// CoreWeave's API could not be used, or refused.
    #[error(transparent)]
    Api(#[from] cks::Error),
    /// Attributes of the provider block are known only after apply.
    #[error("the provider's {} not known yet", .attributes.join(", "))]
    UnknownConfiguration { attributes: Vec<&'static str> },
    /// Nobody gave a token.
    #[error("there is no CoreWeave API token")]
    MissingToken,
    /// The API has no such cluster.
    #[error("there is no cluster {id}")]
    NotFound { id: String },
    /// The API has no such cluster, but it may have been the wrong one to ask.
    #[error("the answer that there is no cluster {id} is not certain")]
    Uncertain { id: String, why: Doubt },
    /// Two resources of this run manage the same thing.
    #[error("{} of cluster {} is declared twice", .0.resource, .0.cluster_id)]
    DeclaredTwice(Claim),
}
