//! The plain objects of a cluster's Kubernetes: `cks_namespace`, `cks_service_account`, `cks_rbac_role`, `cks_rbac_binding`.
//!
//! What holds for all of them is proved for all of them, in one configuration: [`kinds`] describes each once. A kube-apiserver
//! takes its time to start, so a function proves all that its name says on one.

mod access;
mod adoption;
mod concurrency;
mod drift;
mod faults;
mod imports;
mod kinds;
mod lifecycle;
mod names;
mod namespaces;
mod replacement;
mod rights;
mod roles;
mod scope;
mod subjects;
mod unknown_again;
mod unknowns;
