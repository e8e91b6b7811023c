//! Functions: one file per function, named after it.

pub(crate) mod oidc_group;
pub(crate) mod oidc_username;
pub(crate) mod unmanaged_endpoint;
