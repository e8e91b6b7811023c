//! One finding: where, what is wrong, what to edit.

use std::fmt;

/// A finding of tidy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// File, and line where there is one.
    pub(super) place: String,
    /// What is wrong.
    pub(super) what: String,
    /// What to edit.
    pub(super) cure: String,
}

impl Problem {
    pub(super) fn new(place: impl fmt::Display, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { place: place.to_string(), what: what.into(), cure: cure.into() }
    }

    /// A finding at a line, counted from 1.
    pub(super) fn at(file: &str, line: usize, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(format_args!("{file}:{line}"), what, cure)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}\n    {}", self.place, self.what, self.cure)
    }
}

/// For tests: each with its place, without its cure.
#[cfg(test)]
pub(super) fn in_lines(problems: impl IntoIterator<Item = Problem>) -> Vec<String> {
    problems.into_iter().map(|problem| format!("{}: {}", problem.place, problem.what)).collect()
}
