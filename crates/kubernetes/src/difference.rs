//! What an object has other than planned, and the client that changed it.

/// One field that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As users know it: `users`, `labels["team"]`.
    pub field: String,
    /// The value that the plan was made from.
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

/// Who changed an object, from its `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changer {
    /// Such as `kubectl-edit`.
    pub manager: String,
    /// RFC 3339.
    pub time: String,
}
