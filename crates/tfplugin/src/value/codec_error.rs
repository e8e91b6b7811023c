//! Bytes that are not a value of the type in the schema.

use crate::path::{AttributePath, Step};

/// Why a value could not be read or written, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", place(path))]
pub struct CodecError {
    /// Where, from the root down.
    pub path: AttributePath,
    /// What is wrong. Never holds the value itself, which may be secret.
    pub problem: String,
}

impl CodecError {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { path: AttributePath::root(), problem: problem.into() }
    }

    pub(super) fn inside(mut self, step: Step) -> Self {
        self.path = self.path.inside(step);
        self
    }
}

fn place(path: &AttributePath) -> String {
    if path.steps().is_empty() { String::new() } else { format!("{path}: ") }
}
