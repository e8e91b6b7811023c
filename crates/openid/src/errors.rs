//! Why an issuer could not be read, as facts: what to tell a user about them is decided above.

/// Why an issuer's discovery document or keys could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer came.
    #[error("no answer from {url} in {attempts} attempts: {cause}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// How often it was tried.
        attempts: u32,
        /// What went wrong the last time.
        cause: String,
    },
    /// Its certificate is not one to trust.
    #[error("the certificate of {url} is not trusted: {cause}")]
    Certificate {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        cause: String,
        /// Only the caller's own roots were trusted, not the system's.
        own_roots: bool,
    },
    /// It answers with something else than the document.
    #[error("no document at {url}: HTTP {status}{}", redirected(location.as_deref()))]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
        /// Where a redirect led that was not followed: one too many, or away from https.
        location: Option<String>,
    },
    /// What it answers is too long to be it.
    #[error("the answer of {url} is longer than {longest} bytes")]
    TooLong {
        /// What was asked for.
        url: String,
        /// How many bytes are read.
        longest: usize,
    },
    /// What it answers is no JSON object.
    #[error("the answer of {url} is no JSON object: {beginning:?}")]
    NotJson {
        /// What was asked for.
        url: String,
        /// How it begins.
        beginning: String,
    },
    /// JSON, but not what was asked for.
    #[error("the answer of {url} has no usable `{member}`")]
    Missing {
        /// What was asked for.
        url: String,
        /// A member that it must have.
        member: &'static str,
    },
    /// The document is another issuer's.
    #[error("the document at {url} is that of the issuer {found:?}, not of {asked:?}")]
    OtherIssuer {
        /// The document.
        url: String,
        /// Who was asked.
        asked: String,
        /// Who it says it is.
        found: String,
    },
    /// No client can be made from the settings.
    #[error("no HTTPS client can be made: {problem}")]
    Settings {
        /// What is wrong with them.
        problem: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

fn redirected(location: Option<&str>) -> String {
    location.map(|location| format!(", a redirect to {location}")).unwrap_or_default()
}
