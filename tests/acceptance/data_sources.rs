//! Data sources, and functions for the names of OIDC users in Kubernetes.

mod access_reviews;
mod cluster;
mod clusters;
mod job_kubeconfig;
mod kubeconfig;
mod oidc_discovery;
mod oidc_names;
