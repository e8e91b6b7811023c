//! The plain objects of a cluster's Kubernetes: `cks_namespace`, `cks_service_account`, `cks_rbac_role`, `cks_rbac_binding`.
//!
//! What holds for all of them is proved for all of them, in one configuration: [`things`] describes each once. A kube-apiserver
//! takes its time to start, so a function proves all that its name says on one.

mod access;
mod drifting;
mod existing;
mod faults;
mod importing;
mod life;
mod meanwhile;
mod names;
mod namespaces;
mod replacing;
mod rights;
mod roles;
mod scope;
mod subjects;
mod things;
mod unknowns;
