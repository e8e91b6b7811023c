//! Resources: one file per type, named after it.

pub(crate) mod cluster_authn_webhook;
pub(crate) mod cluster_authz_webhook;
mod cluster_block;
pub(crate) mod cluster_oidc;
mod cluster_webhook;
