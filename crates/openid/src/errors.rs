//! Why an issuer could not be read, as facts. The provider builds the messages.

/// Why an issuer's discovery document or keys could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No attempt got a response.
    #[error("no response from {url} in {attempts} attempts: {cause}")]
    Unreachable {
        /// URL of the request.
        url: String,
        /// Number of attempts.
        attempts: u32,
        /// Cause of the last failure.
        cause: String,
    },
    /// The certificate is not trusted.
    #[error("the certificate of {url} is not trusted: {cause}")]
    Certificate {
        /// URL of the request.
        url: String,
        /// Reason.
        cause: String,
        /// Whether only the caller's own roots were trusted, not the system's.
        own_roots: bool,
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
    #[error("the response of {url} is not a JSON object: {beginning:?}")]
    NotJson {
        /// URL of the request.
        url: String,
        /// Beginning of the response.
        beginning: String,
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
