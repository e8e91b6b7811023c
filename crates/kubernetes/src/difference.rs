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

/// Who changed an object, from its `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changer {
    /// Such as `kubectl-edit`.
    pub manager: String,
    /// RFC 3339.
    pub time: String,
}
