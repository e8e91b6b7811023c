//! Client of OpenID providers: the discovery document of an issuer, and the ids of its keys. It sends no credentials, and
//! does not depend on Terraform.
//!
//! Rule: OpenID Connect Discovery 1.0, as kube-apiserver implements it (go-oidc's `NewProvider`): the URL of the document, the comparison
//! of its `issuer` byte for byte, and the number of redirects.

mod client;
mod document;
mod errors;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod keys;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
mod transport;

pub use self::{
    client::{Client, Issuer, RetryLimit},
    errors::Error,
    keys::KeysError,
};
