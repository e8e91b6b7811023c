//! Why an issuer could not be read, as facts. The provider builds the messages.

use request_pipeline::TlsProblem;

use super::keys::KeysError;

/// No attempt got a response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no response from {url} in {attempts} attempts: {cause}")]
pub struct NoResponse {
    /// URL of the request.
    pub url: String,
    /// Number of attempts.
    pub attempts: u32,
    /// Cause of the last failure.
    pub cause: String,
}

/// Why an issuer's discovery document or keys could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No attempt got a response.
    #[error(transparent)]
    Unreachable(NoResponse),
    /// TLS failed for good, such as by a certificate that is not trusted.
    #[error("no request was sent to {url}, because {problem}")]
    Tls {
        /// URL of the request.
        url: String,
        /// What is wrong.
        problem: TlsProblem,
        /// The caller's own roots, as messages describe them, if only these were trusted and not the system's.
        own_roots: Option<String>,
    },
    /// The response is not 200.
    #[error("no document at {url}: HTTP {status}{}", redirected(location.as_deref()))]
    Status {
        /// URL of the request.
        url: String,
        /// HTTP status.
        status: u16,
        /// Target of a redirect that was not followed: one too many, or away from https.
        location: Option<String>,
    },
    /// The response is too long.
    #[error("the response of {url} is longer than {longest} bytes")]
    TooLong {
        /// URL of the request.
        url: String,
        /// Maximum length in bytes.
        longest: usize,
    },
    /// The response is not a JSON object.
    #[error("the response of {url} is not a JSON object: {beginning}")]
    NotJson {
        /// URL of the request.
        url: String,
        /// Beginning of the response in quotes, or how long it is if it is not text.
        beginning: String,
    },
    /// The response is compressed in a form that nobody requested, and that kube-apiserver cannot read.
    #[error("the response of {url} is compressed ({encoding}), although the request did not allow that")]
    Compressed {
        /// URL of the request.
        url: String,
        /// Its `Content-Encoding`.
        encoding: String,
    },
    /// A member has a type with which kube-apiserver cannot read the document.
    #[error("the response of {url} has a `{member}` of another type than kube-apiserver expects")]
    WrongType {
        /// URL of the request.
        url: String,
        /// Name of the member.
        member: &'static str,
    },
    /// The set of keys cannot be used.
    #[error("the set of keys at {url} cannot be used: {problem}")]
    Keys {
        /// URL of the keys.
        url: String,
        /// What is wrong with it.
        problem: KeysError,
    },
    /// A JSON object without a required member.
    #[error("the response of {url} has no usable `{member}`")]
    Missing {
        /// URL of the request.
        url: String,
        /// Name of the member.
        member: &'static str,
    },
    /// The document is that of another issuer.
    #[error("the document at {url} is that of the issuer {found:?}, not of {requested:?}")]
    OtherIssuer {
        /// URL of the document.
        url: String,
        /// URL of the requested issuer.
        requested: String,
        /// The `issuer` in the document.
        found: String,
    },
    /// The settings are invalid.
    #[error("cannot create an HTTPS client: {problem}")]
    Settings {
        /// Reason.
        problem: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

fn redirected(location: Option<&str>) -> String {
    location.map(|location| format!(", a redirect to {location}")).unwrap_or_default()
}
