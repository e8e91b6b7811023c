//! The place of a value inside an object, for messages and replacements.
//!
//! Most messages are about an attribute of the root object: [`Diagnostic::at`](crate::Diagnostic::at) and
//! [`Error::at`](crate::Error::at) take its name. Build a path for anything deeper:
//!
//! ```
//! use tfplugin::{AttributePath, path::Step};
//!
//! let path = AttributePath::attribute("rules")
//!     .then(Step::Index(1))
//!     .then(Step::Attribute("labels".to_owned()))
//!     .then(Step::Key("team".to_owned()));
//! assert_eq!(path.to_string(), r#"rules[1].labels["team"]"#);
//! ```

/// A place inside an object, from the root down; the root itself is the empty path. Shown as in a Terraform
/// configuration: `rules[1].name`.
///
/// An element of a set has no step in the framework, because it has neither key nor index: a path to it
/// ends at the set. A path that exists in no configuration is no error: Terraform shows the message at the
/// block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributePath(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into an attribute or block of an object, by its name.
    Attribute(String),
    /// To the element of a map, by its key.
    Key(String),
    /// To the element of a list or tuple, from 0.
    Index(i64),
}

impl AttributePath {
    /// The object itself: the path without steps.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute or block of the root object.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self(vec![Step::Attribute(name.into())])
    }

    /// The path with one more step at its end: one level further down.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// The path with one more step at its start: the same place, from one level further up. For code that
    /// reports errors of an inner value.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.0.insert(0, step);
        self
    }

    /// The steps, from the root down.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl std::fmt::Display for AttributePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
