//! What the acceptance tests stand on: the hosts, a local CKS with a configuration beside it, and typed results of runs.

mod bed;
mod configuration;
mod diagnostic;
mod host;
mod process;
mod run;
mod workspace;

pub(crate) use bed::{Bed, CLUSTER_ID, block_on};
pub(crate) use configuration::{
    CLIENT, ISSUER, base64, full_block, full_resource, minimal_block, oidc, oidc_named,
};
pub(crate) use host::{Host, Kind};
pub(crate) use process::wait_until;
pub(crate) use run::Run;
pub(crate) use workspace::Workspace;
