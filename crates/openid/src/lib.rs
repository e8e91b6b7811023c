//! Client of OpenID providers: the discovery document of an issuer, and the ids of its keys, for which it sends no credentials; and ID tokens
//! that GitHub Actions issues to the job. It does not depend on Terraform.
//!
//! Rule: OpenID Connect Discovery 1.0, as kube-apiserver implements it (go-oidc's `NewProvider`): the URL of the document, the comparison
//! of its `issuer` byte for byte, and the number of redirects.

mod client;
mod document;
mod errors;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod github_actions;
mod id_token;
mod kept_token;
mod keys;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
mod transport;

pub use self::{
    client::{Client, Issuer, RetryLimit},
    errors::{Error, NoResponse},
    github_actions::{GithubError, GithubRequest, REQUEST_TOKEN, REQUEST_URL},
    id_token::{Lifetime, Origin},
    kept_token::{IdToken, KeptToken},
    keys::KeysError,
};
