//! Differences between an object and a plan, and the client that changed it.

use super::subject_list::SubjectList;

/// One field with another value than expected: which one, without values. They may be sensitive, which only Terraform knows, so that
/// no message can repeat one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The role of a binding, which should be this ClusterRole.
    ClusterRole,
    /// The role of a binding, which should be this Role.
    Role,
    /// The subjects of one kind in a binding.
    Subjects(SubjectList),
    /// The rules of a role.
    Rules,
    /// The aggregation rule of a ClusterRole, which it should not have.
    AggregationRule,
    /// `automountServiceAccountToken` of a ServiceAccount.
    AutomountToken,
    /// The label with this key.
    Label(String),
    /// The annotation with this key.
    Annotation(String),
}

/// The client that changed an object, from its `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changer {
    /// Field manager, such as `kubectl-edit`.
    pub manager: String,
    /// Time (RFC 3339).
    pub time: String,
}
