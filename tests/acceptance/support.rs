//! Support for the acceptance tests: hosts, a local CKS with a workspace, and typed results of runs.

mod archive;
mod bed;
mod blocks;
mod caller;
mod configuration;
mod diagnostic;
mod entries;
mod github;
mod host;
mod kubectl;
mod process;
mod repeats;
mod reviews;
mod run;
mod secrets;
mod share;
mod workspace;

pub(crate) use bed::{Bed, CLUSTER_ID, block_on};
pub(crate) use blocks::{AUTHN_WEBHOOK, AUTHZ_WEBHOOK, Block, CLIENT, Content, ISSUER, OIDC};
pub(crate) use caller::Caller;
pub(crate) use configuration::{base64, full_block, full_resource, minimal_block, oidc, oidc_named, trust};
pub(crate) use diagnostic::Diagnostic;
pub(crate) use entries::{ADMINISTRATOR, Administrator, provider, secret_variables};
pub(crate) use github::{GithubJob, Response};
pub(crate) use host::{Host, Kind, Part};
pub(crate) use kubectl::Kubectl;
pub(crate) use process::{LIMIT, wait_until};
pub(crate) use repeats::repeated_reads;
pub(crate) use reviews::{account, who_am_i, who_am_i_in};
pub(crate) use run::Run;
pub(crate) use share::prove;
pub(crate) use workspace::Workspace;
