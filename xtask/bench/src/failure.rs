//! Why the measurement ended early.

use std::{error::Error, fmt::Display, io, path::Path};

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
        move |error| {
            let mut text = format!("{what}: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            Self::Other(text)
        }
    }

    /// For `map_err`: a file operation that failed.
    pub(crate) fn io(action: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::of(format!("cannot {action} {}", path.display()))
    }
}
