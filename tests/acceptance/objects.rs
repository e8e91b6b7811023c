//! Kubernetes objects of a cluster: `cks_namespace`, `cks_service_account`, `cks_rbac_role`, `cks_rbac_binding`.
//!
//! Promises about all of them are tested for all of them in one configuration: [`kinds`] describes each once. A kube-apiserver takes
//! seconds to start, so that each function tests its whole promise on one.

mod access;
mod adoption;
mod concurrency;
mod drift;
mod faults;
mod imports;
mod kinds;
mod lifecycle;
mod moves;
mod names;
mod namespaces;
mod renames;
mod replacement;
mod rights;
mod roles;
mod scope;
mod subjects;
mod unknown_again;
mod unknowns;
