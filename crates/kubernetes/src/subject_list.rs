//! The lists in which a binding has its subjects.

/// The subjects of one kind, as a list of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectList {
    /// Names of users.
    Users,
    /// Names of groups.
    Groups,
    /// ServiceAccounts, each as `namespace:name`.
    ServiceAccounts,
}

impl SubjectList {
    /// The lists of a binding: each subject is in exactly one.
    pub const ALL: [Self; 3] = [Self::Users, Self::Groups, Self::ServiceAccounts];
}
