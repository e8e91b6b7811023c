//! Client of OpenID providers: the discovery document of an issuer, and the ids of its keys. It sends no credential to anyone, and
//! knows nothing of Terraform.
//!
//! Rule: OpenID Connect Discovery 1.0, read as kube-apiserver does (go-oidc's `NewProvider`): where the document is, that its
//! `issuer` is the same text, and how many redirects are followed.

mod client;
mod document;
mod errors;
#[cfg(test)]
mod tests;
mod transport;

pub use self::{
    client::{Client, Issuer, RetryLimit},
    errors::Error,
};
