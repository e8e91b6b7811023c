//! Client of the CoreWeave Kubernetes Service API (`coreweave.cks.v1beta1`): reads clusters, and writes the parts of their
//! configuration that decide who can authenticate. It does not depend on Terraform.
//!
//! ```text
//! client   what is read           change   one guarded write     wait    until it is in force
//! http     one request
//! cluster, status, certificates, tolerant                        what the API returns, in one normal form
//! oidc, webhook                                                  the blocks that are written, each one table of leaves
//! leaf, block                                                    what all blocks have in common
//! errors, error_body, fields                                     why a request was rejected, and because of which field
//! ```

mod block;
mod certificates;
mod change;
mod client;
mod cluster;
mod error_body;
mod errors;
mod fields;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hosts;
mod http;
mod leaf;
mod oidc;
mod settings;
mod status;
#[cfg(test)]
mod testing;
mod tolerant;
mod transport;
mod wait;
mod webhook;

pub use self::{
    block::{BlockKind, CaDifference, ConfigBlock, Leaf, LeafDifference, differing_leaves},
    certificates::Ca,
    change::Change,
    client::{Client, ForeignApi, Principal},
    cluster::{
        Cluster, ClusterMember, KubeApiAccess, NamedEndpoint, Network, PublicAccess, ReturnedBy, Tailscale,
    },
    errors::{Error, Phase, TokenShape, Violation},
    fields::Field,
    hosts::{HostError, is_managed_endpoint, service_account_issuer, unmanaged_endpoint},
    leaf::{LeafValue, Leaves},
    oidc::{Oidc, OidcLeaf},
    settings::{Pace, Settings},
    wait::Accepted,
    webhook::{AuthnWebhook, AuthzWebhook, SubjectAccessReview, TokenReview, Webhook, WebhookLeaf},
};
pub use self::{errors::IamRole, status::Status};
