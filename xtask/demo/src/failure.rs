//! Why the demonstration ended early: a failed check, or an error.

use std::{error::Error, fmt::Display, io, path::Path};

use child_processes::with_causes;

/// Why the demonstration ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A check failed.
    #[error("check failed: {promise}\n  expected: {expected}\n  found:    {found}")]
    NotAsTold { promise: String, expected: String, found: String },
    /// A signal ended it.
    #[error("interrupted by {0}")]
    Interrupted(&'static str),
    /// Any other failure with its cause.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// For `map_err`: an error of another library, with all its causes.
    pub(crate) fn of<E: Error>(what: impl Display) -> impl FnOnce(E) -> Self {
        move |error| Self::Other(format!("{what}: {}", with_causes(&error)))
    }

    /// For `map_err`: a file operation that failed.
    pub(crate) fn io(action: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::of(format!("cannot {action} {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_carries_all_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("no response")]
        struct Outer(#[source] io::Error);
        let failure = Failure::of("connecting")(Outer(io::Error::other("reset")));
        assert_eq!(failure.to_string(), "connecting: no response: reset");
    }
}
