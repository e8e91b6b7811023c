//! The blocks of a cluster: `cks_cluster_oidc`, `cks_cluster_authn_webhook`, `cks_cluster_authz_webhook`.

mod access;
mod adoption;
mod changes;
mod concurrency;
mod creation;
mod drift;
mod faults;
mod imports;
mod unknowns;
mod waits;
