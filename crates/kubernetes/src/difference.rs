//! Differences between an object and a plan, and the client that changed it.

/// One field with another value than expected: its name alone. Values may be sensitive, which only Terraform knows, so that no message
/// can repeat one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the attribute, such as `users` or `labels["team"]`.
    pub field: String,
}

impl Difference {
    /// Of a field that has these values; `None` when they are equal.
    pub(super) fn between<T: PartialEq>(field: &str, expected: &T, found: &T) -> Option<Self> {
        (expected != found).then(|| Self::of(field))
    }

    /// Of the field with this name.
    pub(super) fn of(field: impl Into<String>) -> Self {
        Self { field: field.into() }
    }
}

/// The client that changed an object, from its `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changer {
    /// Field manager, such as `kubectl-edit`.
    pub manager: String,
    /// Time (RFC 3339).
    pub time: String,
}
