//! List resources: what `terraform query` finds of each resource. One file for each, named after the resource.

pub(crate) mod cluster_authn_webhook;
pub(crate) mod cluster_authz_webhook;
pub(crate) mod cluster_oidc;
pub(crate) mod namespace;
pub(crate) mod rbac_binding;
pub(crate) mod rbac_role;
pub(crate) mod service_account;
