//! Data sources: one file per type, named after it.

pub(crate) mod cluster;
pub(crate) mod clusters;
pub(crate) mod oidc_discovery;
