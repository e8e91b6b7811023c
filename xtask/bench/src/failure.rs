//! Why the measurement ended early.

use std::{error::Error, fmt::Display, io, path::Path};

use child_processes::with_causes;

/// Why the measurement ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
