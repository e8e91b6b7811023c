//! Differences between an object and a plan, and the client that changed it.

/// One field with another value than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the attribute, such as `users` or `labels["team"]`.
    pub field: String,
    /// The value in the plan's prior state.
    pub expected: String,
    /// The value that the server has.
    pub found: String,
}

impl Difference {
    /// Of a field that has these values, each as text; `None` when they are equal.
    pub(super) fn between<T: PartialEq>(
        field: &str,
        expected: &T,
        found: &T,
        text: impl Fn(&T) -> String,
    ) -> Option<Self> {
        (expected != found).then(|| Self {
            field: field.to_owned(),
            expected: text(expected),
            found: text(found),
        })
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
