//! Data sources: one file per type, named after it.

pub(crate) mod cluster;
pub(crate) mod clusters;
pub(crate) mod kubeconfig;
pub(crate) mod oidc_discovery;
pub(crate) mod rbac_bindings;
pub(crate) mod self_subject_review;
pub(crate) mod service_accounts;
pub(crate) mod subject_access_review;
