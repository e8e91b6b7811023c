//! Data sources, and the names that Kubernetes gives to those who log in by OIDC.

mod access_reviews;
mod cluster;
mod clusters;
mod kubeconfig;
mod oidc_discovery;
mod oidc_names;
