//! The modules of `modules/`: their own tests with a mocked provider, and each of them on a real Kubernetes.

mod access_map;
mod checks;
mod mermaid;
mod own_tests;
mod people_and_ci;
pub(crate) mod use_of_modules;
