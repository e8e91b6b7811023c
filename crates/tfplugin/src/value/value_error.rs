//! A value that does not fit the Rust type that it is read into.

use super::{Data, Value};
use crate::path::{AttributePath, Step};

/// A value that is not what the Rust type needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    /// Where, from the attribute down.
    pub path: AttributePath,
    /// What is wrong.
    pub message: String,
}

impl ValueError {
    /// An error at the value itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: AttributePath::root(), message: message.into() }
    }

    /// An error for a value of another kind than the type needs. Names the kind that was found, never the
    /// value, which may be secret.
    pub fn expected(wanted: &str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Unknown => "a value that is not known yet",
            Value::Known(Data::Bool(_)) => "a bool",
            Value::Known(Data::Number(_)) => "a number",
            Value::Known(Data::String(_)) => "a string",
            Value::Known(Data::Sequence(_)) => "a list, set or tuple",
            Value::Known(Data::Mapping(_)) => "a map or object",
            Value::Known(Data::Dynamic(_)) => "a value of a type of its own",
        };
        Self::new(format!("expected {wanted}, found {found}"))
    }

    /// The same error for the object that has the value as attribute `name`.
    #[must_use]
    pub fn in_attribute(self, name: &str) -> Self {
        self.inside(Step::Attribute(name.to_owned()))
    }

    /// The same error for the value that contains this one at `step`.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.path = self.path.inside(step);
        self
    }
}
