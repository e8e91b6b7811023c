//! What a user is told: errors and warnings, each at an attribute where there is one.

use crate::path::AttributePath;

/// The end of every message about a mistake of the provider's author.
pub(crate) const PROVIDER_BUG: &str =
    "This is a bug in the provider, not in your configuration: report it to its developers.";

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing was done, or not all of it.
    Error,
    /// It was done, and there is something to know.
    Warning,
}

/// One message. The summary is a title; the detail says what happened, why, and what to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A title without a full stop.
    pub summary: String,
    /// What happened, why, and what to do now.
    pub detail: String,
    /// The attribute it is about.
    pub path: AttributePath,
}

impl Diagnostic {
    /// An error.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            path: AttributePath::root(),
        }
    }

    /// A warning.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message about this attribute of the root object.
    #[must_use]
    pub fn at(self, attribute: &str) -> Self {
        self.at_path(AttributePath::attribute(attribute))
    }

    /// The same message about this place.
    #[must_use]
    pub fn at_path(mut self, path: AttributePath) -> Self {
        self.path = path;
        self
    }
}

/// Messages gathered while something is checked: checking goes on after the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// These messages and the error after them, as one error.
    pub(crate) fn before(self, error: Error) -> Error {
        Error { messages: self.into_iter().chain(error.messages).collect(), ..error }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }
}

impl From<Error> for Diagnostics {
    fn from(error: Error) -> Self {
        Self(error.into_messages())
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, messages: I) {
        self.0.extend(messages);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Why an operation failed, as the user will read it: at least one error. Travels with `?`; a provider converts its own error
/// types into it in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    messages: Vec<Diagnostic>,
    unknown_configuration: bool,
}

impl Error {
    /// An error with a title and what happened, why, and what to do now.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic::error(summary, detail).into()
    }

    /// The provider cannot work yet because part of its own configuration is known only after apply. A refresh then keeps
    /// the prior state with one warning; anything else shows the error.
    pub fn unknown_configuration(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { unknown_configuration: true, ..Self::new(summary, detail) }
    }

    /// Several errors at once, such as one for each field that an API rejects, with the warnings among them; `None` when no message is
    /// an error.
    pub fn all(messages: impl IntoIterator<Item = Diagnostic>) -> Option<Self> {
        let messages: Vec<_> = messages.into_iter().collect();
        let has_error = messages.iter().any(|message| message.severity == Severity::Error);
        has_error.then_some(Self { messages, unknown_configuration: false })
    }

    /// The same error about this attribute of the root object, where it is about none yet.
    #[must_use]
    pub fn at(mut self, attribute: &str) -> Self {
        for message in &mut self.messages {
            if message.path == AttributePath::root() {
                message.path = AttributePath::attribute(attribute);
            }
        }
        self
    }

    /// Whether it was made by [`Error::unknown_configuration`].
    pub fn is_unknown_configuration(&self) -> bool {
        self.unknown_configuration
    }

    /// The messages.
    pub fn messages(&self) -> &[Diagnostic] {
        &self.messages
    }

    /// The messages, taken out.
    pub fn into_messages(self) -> Vec<Diagnostic> {
        self.messages
    }
}

impl From<Diagnostic> for Error {
    fn from(message: Diagnostic) -> Self {
        Self { messages: vec![message], unknown_configuration: false }
    }
}
