//! RoleBindings and ClusterRoleBindings.
//!
//! Only ServiceAccounts have a namespace: users and groups are written without one. A user or group with a namespace, which another tool
//! wrote, is listed as JSON, so that it is a difference and the next write removes it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    difference::Difference,
    object::{Api, Kind},
};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The attribute that lists users.
pub const USERS: &str = "users";
/// The attribute that lists groups.
pub const GROUPS: &str = "groups";
/// The attribute that lists ServiceAccounts, as `namespace:name`.
pub const SERVICE_ACCOUNTS: &str = "service_accounts";

/// A role and its subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// Immutable after creation.
    pub role: RoleRef,
    /// Subjects with the role.
    pub subjects: BTreeSet<Subject>,
}

/// A role, by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleRef {
    /// `ClusterRole` or `Role`.
    pub kind: String,
    /// Name of the object.
    pub name: String,
}

/// A subject of a binding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// A ServiceAccount.
    ServiceAccount {
        /// Namespace of the object.
        namespace: String,
        /// Name of the object.
        name: String,
    },
    /// A subject that the provider does not write, as JSON: another kind, or a user with a namespace.
    Other(String),
}

impl RoleRef {
    /// The same with its name in Unicode normal form.
    #[must_use]
    pub fn normalized(&self) -> Self {
        Self { kind: self.kind.clone(), name: normalized(&self.name) }
    }
}

fn normalized(text: &str) -> String {
    normal_form::normalized(text).into_owned()
}

impl Subject {
    /// The same with its texts in Unicode normal form.
    #[must_use]
    pub fn normalized(&self) -> Self {
        match self {
            Self::User(name) => Self::User(normalized(name)),
            Self::Group(name) => Self::Group(normalized(name)),
            Self::ServiceAccount { namespace, name } => {
                Self::ServiceAccount { namespace: normalized(namespace), name: normalized(name) }
            }
            Self::Other(text) => Self::Other(normalized(text)),
        }
    }

    fn from_json(subject: &Value) -> Self {
        let text = |name: &str| subject[name].as_str().unwrap_or_default();
        let (kind, name, namespace) = (text("kind"), text("name").to_owned(), text("namespace"));
        match (kind, text("apiGroup"), namespace) {
            ("User", GROUP, "") => Self::User(name),
            ("Group", GROUP, "") => Self::Group(name),
            ("ServiceAccount", "", _) => Self::ServiceAccount { namespace: namespace.to_owned(), name },
            _ => Self::Other(subject.to_string()),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::User(name) => json!({"apiGroup": GROUP, "kind": "User", "name": name}),
            Self::Group(name) => json!({"apiGroup": GROUP, "kind": "Group", "name": name}),
            Self::ServiceAccount { namespace, name } => {
                json!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
            }
            Self::Other(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }

    /// The attribute that lists the subject, and its text there.
    fn as_attribute(&self) -> (&'static str, String) {
        match self {
            Self::User(name) => (USERS, name.clone()),
            Self::Group(name) => (GROUPS, name.clone()),
            Self::ServiceAccount { namespace, name } => (SERVICE_ACCOUNTS, format!("{namespace}:{name}")),
            Self::Other(text) => {
                let kind = serde_json::from_str::<Value>(text).unwrap_or_default()["kind"].take();
                let attribute = match kind.as_str() {
                    Some("Group") => GROUPS,
                    Some("ServiceAccount") => SERVICE_ACCOUNTS,
                    _ => USERS,
                };
                (attribute, text.clone())
            }
        }
    }

    /// The subject of a text in an attribute.
    pub fn from_attribute(attribute: &str, text: &str) -> Self {
        if Self::is_foreign(text) {
            return Self::Other(text.to_owned());
        }
        match attribute {
            USERS => Self::User(text.to_owned()),
            GROUPS => Self::Group(text.to_owned()),
            _ => {
                let (namespace, name) = text.split_once(':').unwrap_or(("", text));
                Self::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
            }
        }
    }

    /// Whether a text in an attribute is the JSON of a subject that the provider does not write.
    pub fn is_foreign(text: &str) -> bool {
        let Ok(subject @ Value::Object(_)) = serde_json::from_str::<Value>(text) else { return false };
        let named = |member: &str| subject[member].as_str().is_some_and(|text| !text.is_empty());
        named("kind") && named("name") && Self::from_json(&subject) == Self::Other(text.to_owned())
    }
}

impl Binding {
    /// The subjects that an attribute lists: [`USERS`], [`GROUPS`] or [`SERVICE_ACCOUNTS`].
    pub fn listed(&self, attribute: &str) -> BTreeSet<String> {
        let all = self.subjects.iter().map(Subject::as_attribute);
        all.filter(|(name, _)| *name == attribute).map(|(_, text)| text).collect()
    }
}

impl Kind for Binding {
    fn api(namespaced: bool) -> Api {
        let group_version = "rbac.authorization.k8s.io/v1";
        if namespaced {
            Api { group_version, kind: "RoleBinding", plural: "rolebindings" }
        } else {
            Api { group_version, kind: "ClusterRoleBinding", plural: "clusterrolebindings" }
        }
    }

    fn from_json(object: &Value) -> Self {
        let role = |name: &str| object["roleRef"][name].as_str().unwrap_or_default().to_owned();
        Self {
            role: RoleRef { kind: role("kind"), name: role("name") },
            subjects: object["subjects"].as_array().into_iter().flatten().map(Subject::from_json).collect(),
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let subjects: Vec<_> = self.subjects.iter().map(Subject::to_json).collect();
        let role = json!({"apiGroup": GROUP, "kind": self.role.kind, "name": self.role.name});
        Map::from_iter([("roleRef".to_owned(), role), ("subjects".to_owned(), subjects.into())])
    }

    fn differences(&self, found: &Self) -> Vec<Difference> {
        let attribute = if self.role.kind == "Role" { "role" } else { "cluster_role" };
        let role = Difference::between(attribute, &self.role, &found.role, |role| {
            format!("{} {}", role.kind, role.name)
        });
        let subjects = [USERS, GROUPS, SERVICE_ACCOUNTS].into_iter().filter_map(|attribute| {
            let (expected, found) = (self.listed(attribute), found.listed(attribute));
            let text = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
            Difference::between(attribute, &expected, &found, text)
        });
        role.into_iter().chain(subjects).collect()
    }

    fn normalized(&self) -> Self {
        Self {
            role: self.role.normalized(),
            subjects: self.subjects.iter().map(Subject::normalized).collect(),
        }
    }

    fn in_spelling_of(&self, live: &Self) -> Self {
        let (wanted, there) = (self.normalized(), live.normalized());
        let kept = live.subjects.iter().filter(|subject| wanted.subjects.contains(&subject.normalized()));
        let added = self.subjects.iter().filter(|subject| !there.subjects.contains(&subject.normalized()));
        Self {
            role: if wanted.role == there.role { live.role.clone() } else { self.role.clone() },
            subjects: kept.chain(added).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    fn subject() -> impl Strategy<Value = Subject> {
        prop_oneof![
            ".{1,12}".prop_map(Subject::User),
            ".{1,12}".prop_map(Subject::Group),
            ("[a-z]{1,5}", "[a-z]{1,5}")
                .prop_map(|(namespace, name)| Subject::ServiceAccount { namespace, name }),
        ]
    }

    proptest! {
        #[test]
        fn a_binding_is_read_back_as_written(subjects in btree_set(subject(), 0..6), cluster in any::<bool>()) {
            let kind = if cluster { "ClusterRole" } else { "Role" };
            let binding = Binding { role: RoleRef { kind: kind.to_owned(), name: "view".to_owned() }, subjects };
            prop_assert_eq!(&Binding::from_json(&Value::Object(binding.to_json())), &binding);
            let listed = |attribute: &'static str| {
                let texts = binding.listed(attribute).into_iter();
                texts.map(move |text| Subject::from_attribute(attribute, &text))
            };
            let again: BTreeSet<_> = [USERS, GROUPS, SERVICE_ACCOUNTS].into_iter().flat_map(listed).collect();
            prop_assert_eq!(again, binding.subjects);
        }
    }

    #[test]
    fn a_user_with_a_namespace_of_another_tool_is_a_difference() {
        let object = json!({
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"},
            "subjects": [{"apiGroup": GROUP, "kind": "User", "name": "ada", "namespace": "default"}],
        });
        let ours = Binding {
            role: RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() },
            subjects: BTreeSet::from([Subject::User("ada".to_owned())]),
        };
        let found = Binding::from_json(&object);
        let fields: Vec<_> =
            ours.differences(&found).into_iter().map(|difference| difference.field).collect();
        assert_eq!(fields, [USERS]);
        let listed = found.listed(USERS).pop_first().expect("it is listed");
        assert!(Subject::is_foreign(&listed) && listed.contains("\"namespace\":\"default\""), "{listed}");
        assert_eq!(BTreeSet::from([Subject::from_attribute(USERS, &listed)]), found.subjects);
    }
}
