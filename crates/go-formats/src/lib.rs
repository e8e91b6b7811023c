//! PEM, X.509 certificates and URLs as Go's standard library reads them.
//!
//! kube-apiserver and kubectl are written in Go. A value that they cannot read stops an API server, so the provider must reject it before it
//! is sent, and must accept all others. Parsers for Rust differ in both directions: rustls reads PEM with lone carriage returns, which Go
//! does not, and rejects X.509 v1 certificates, which Go reads. So the rules are those of Go 1.26, followed line by line.

pub mod certificate;
mod der;
mod extensions;
mod mailbox;
mod names;
mod p224;
pub mod pem;
mod public_key;
pub mod url;

pub use self::{
    certificate::Certificate,
    pem::{Bundle, Problem, read_bundle},
    public_key::{Curve, PublicKey},
    url::GoUrl,
};
