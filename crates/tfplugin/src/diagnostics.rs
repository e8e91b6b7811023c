//! Errors and warnings that users read, each at an attribute where there is one.
//!
//! | situation | use |
//! |---|---|
//! | an operation fails | return an [`Error`] |
//! | an operation succeeds, with a consequence that the user should read | [`Context::warn`](crate::Context::warn) |
//! | `validate` finds something | push to the [`Diagnostics`] that it receives |
//! | a rule for one attribute (`validate(…)`) | return the detail as `Err(String)`; the framework adds title and path |
//!
//! A message has a title (what failed, with the object's name), and a detail: what happened, why, and what
//! to do now. Terraform shows the lines of the configuration at the path:
//!
//! ```text
//! │ Error: Bucket cannot be created
//! │
//! │   with shop_bucket.logs,
//! │   on main.tf line 12, in resource "shop_bucket" "logs":
//! │   12:   name = "logs"
//! │
//! │ There is a bucket "logs" already. Import it, or choose another name.
//! ```
//!
//! Messages end up in logs of CI systems: no secrets in them. Control characters, which could change a
//! terminal, are replaced before they are sent.
//!
//! A provider converts the errors of its clients in one place, with `From`, so that `?` works:
//!
//! ```
//! use tfplugin::Error;
//!
//! # #[derive(Debug)]
//! enum ApiError {
//!     Unauthorized,
//!     Rejected { field: &'static str, reason: String },
//! }
//!
//! impl From<ApiError> for Error {
//!     fn from(error: ApiError) -> Self {
//!         match error {
//!             ApiError::Unauthorized => Self::new(
//!                 "API token is not valid",
//!                 "The API returned 401. Create a new token, and set it in SHOP_TOKEN.",
//!             ),
//!             ApiError::Rejected { field, reason } => {
//!                 Self::new(format!("API rejects {field}"), format!("{reason}. Change the value.")).at(field)
//!             }
//!         }
//!     }
//! }
//!
//! fn rename() -> Result<(), Error> {
//!     Err(ApiError::Rejected { field: "name", reason: "The name is taken".to_owned() })?
//! }
//!
//! let error = rename().expect_err("the name is taken");
//! assert_eq!(error.messages()[0].path.to_string(), "name");
//! ```

use crate::{deferral::Deferral, path::AttributePath};

/// The end of every message about a mistake of the provider's author.
pub(crate) const PROVIDER_BUG: &str =
    "This is a bug in the provider, not in your configuration: report it to its developers.";

/// Severity of a message. The protocol has these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed, in whole or in part. Terraform exits with 1.
    Error,
    /// The operation succeeded, with a consequence that the user should read.
    Warning,
}

/// One message: an error or a warning.
///
/// ```
/// use tfplugin::Diagnostic;
///
/// let warning = Diagnostic::warning("Bucket is public", "Everyone can read it. Remove `public` if not.").at("public");
/// assert_eq!(warning.path.to_string(), "public");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it is an error or a warning.
    pub severity: Severity,
    /// Title: one line without a full stop.
    pub summary: String,
    /// What happened, why, and what to do now. May have several paragraphs; Terraform wraps its lines,
    /// except those that begin with a space.
    pub detail: String,
    /// The attribute that the message is about; the [root](AttributePath::root) if it is about the whole
    /// object. Terraform then shows the line of the block.
    pub path: AttributePath,
}

impl Diagnostic {
    /// An error about the whole object.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            path: AttributePath::root(),
        }
    }

    /// A warning about the whole object.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message about this attribute or block of the root object.
    #[must_use]
    pub fn at(self, attribute: &str) -> Self {
        self.at_path(AttributePath::attribute(attribute))
    }

    /// The same message about this place, such as an element of a list.
    #[must_use]
    pub fn at_path(mut self, path: AttributePath) -> Self {
        self.path = path;
        self
    }
}

/// Messages collected while something is checked. A check goes on after its first finding, so that users
/// see all mistakes at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// These messages and the error after them, as one error.
    pub(crate) fn before(self, error: Error) -> Error {
        Error { messages: self.into_iter().chain(error.messages).collect(), ..error }
    }

    /// Whether there is no message.
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

/// Why an operation failed, as the user reads it: at least one error, and the warnings with it.
///
/// It is what all functions of an author return, and works with `?`. The [module's page](self) shows how a
/// provider converts its own error types into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    messages: Vec<Diagnostic>,
    waits_for: Option<Deferral>,
}

impl Error {
    /// An error with a title, and with a detail: what happened, why, and what to do now.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic::error(summary, detail).into()
    }

    /// An error for an operation that needs a part of the provider's configuration that is unknown until
    /// the apply (see [`crate::provider`]). What it does depends on where it is returned:
    ///
    /// | from | effect |
    /// |---|---|
    /// | [`Provider::configure`](crate::Provider::configure) | none; each call that needs the clients returns it instead |
    /// | [`Resource::read`](crate::Resource::read) | the state stays as it was, with one warning for all objects |
    /// | [`Resource::plan`](crate::Resource::plan) | the plan goes on with what was set so far |
    /// | [`PlanDestroy::plan_destroy`](crate::PlanDestroy::plan_destroy) | the plan goes on |
    /// | [`Action::plan`](crate::Action::plan) | the plan goes on |
    /// | everything else | the error is shown |
    ///
    /// On a host that [defers](crate::deferral), it makes a plan, a refresh, an import, a data source, an ephemeral
    /// resource, or an action deferred: without an error, and planned again by a later run.
    pub fn unknown_configuration(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { waits_for: Some(Deferral::ProviderConfiguration), ..Self::new(summary, detail) }
    }

    /// The same for an operation that needs an argument of the resource itself that is unknown, such as the id of what
    /// it belongs to. A host that defers shows the argument as the reason.
    pub fn unknown_argument(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { waits_for: Some(Deferral::Arguments), ..Self::new(summary, detail) }
    }

    /// Several errors at once, such as one for each field that an API rejects, with the warnings among
    /// them. `None` if no message is an error.
    ///
    /// ```
    /// use tfplugin::{Diagnostic, Error};
    ///
    /// fn check(rejected: &[(&str, &str)]) -> Result<(), Error> {
    ///     let messages = rejected.iter().map(|(field, reason)| {
    ///         Diagnostic::error(format!("API rejects {field}"), format!("{reason}. Change the value.")).at(field)
    ///     });
    ///     Error::all(messages).map_or(Ok(()), Err)
    /// }
    ///
    /// assert_eq!(check(&[]), Ok(()));
    /// let error = check(&[("name", "Too long"), ("size", "Too small")]).expect_err("two fields");
    /// assert_eq!(error.messages().len(), 2);
    /// ```
    pub fn all(messages: impl IntoIterator<Item = Diagnostic>) -> Option<Self> {
        let messages: Vec<_> = messages.into_iter().collect();
        let has_error = messages.iter().any(|message| message.severity == Severity::Error);
        has_error.then_some(Self { messages, waits_for: None })
    }

    /// Its warnings, without what makes it an error.
    pub(crate) fn into_warnings(self) -> Diagnostics {
        let mut warnings = Diagnostics::default();
        warnings.extend(self.messages.into_iter().filter(|message| message.severity == Severity::Warning));
        warnings
    }

    /// The same error about this attribute of the root object. Messages that have a path already keep it,
    /// so a caller can add the attribute in any case.
    #[must_use]
    pub fn at(mut self, attribute: &str) -> Self {
        for message in &mut self.messages {
            if message.path == AttributePath::root() {
                message.path = AttributePath::attribute(attribute);
            }
        }
        self
    }

    /// Whether it is from [`Error::unknown_configuration`] or [`Error::unknown_argument`].
    pub fn needs_unknown_value(&self) -> bool {
        self.waits_for.is_some()
    }

    /// What it is about, if that becomes known by an apply.
    pub(crate) fn waits_for(&self) -> Option<Deferral> {
        self.waits_for
    }

    /// The messages, with at least one error.
    pub fn messages(&self) -> &[Diagnostic] {
        &self.messages
    }

    /// The messages by value.
    pub fn into_messages(self) -> Vec<Diagnostic> {
        self.messages
    }
}

impl From<Diagnostic> for Error {
    fn from(message: Diagnostic) -> Self {
        Self { messages: vec![message], waits_for: None }
    }
}
