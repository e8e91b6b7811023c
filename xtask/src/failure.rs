//! The one error of the commands: a text with what failed, why, and what to do.

use std::{error::Error, io, path::Path};

/// Why a command failed, for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For `map_err`: a file operation that failed.
    pub(crate) fn io(action: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::new(format!("cannot {action} {}: {cause}", path.display()))
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::new(format!("{error}; try --help"))
    }
}

impl From<::testbed::ToolError> for Failure {
    fn from(error: ::testbed::ToolError) -> Self {
        match error.source() {
            Some(cause) => Self::new(format!("{error}: {cause}")),
            None => Self::new(error.to_string()),
        }
    }
}
