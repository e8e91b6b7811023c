//! Resources: one file per type, named after it, on a mechanism for each sort: blocks of a cluster, objects of its Kubernetes.

pub(crate) mod cluster_authn_webhook;
pub(crate) mod cluster_authz_webhook;
mod cluster_block;
pub(crate) mod cluster_oidc;
mod cluster_status;
mod cluster_webhook;
pub(crate) mod namespace;
mod object;
pub(crate) mod own_access;
pub(crate) mod plan_checks;
pub(crate) mod provenance;
pub(crate) mod rbac_binding;
mod rbac_dry_run;
pub(crate) mod rbac_role;
mod rbac_scope;
pub(crate) mod service_account;
pub(crate) mod service_account_token;
mod spelling;

pub(crate) use self::{
    cluster_block::{ClusterBlock, of_cluster},
    object::{ObjectResource, Scope, of_object},
};
