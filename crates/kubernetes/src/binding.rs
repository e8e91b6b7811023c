//! RoleBindings and ClusterRoleBindings.
//!
//! Only ServiceAccounts have a namespace. Users and groups are written without one, and one that another client wrote (hashicorp/kubernetes
//! writes `default`) counts as little as it does to Kubernetes, which compares their names alone (`plugin/pkg/auth/authorizer/rbac`,
//! `appliesToUser`).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    difference::Difference,
    object::{Api, Kind},
    subject_list::SubjectList,
};

const GROUP: &str = "rbac.authorization.k8s.io";

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
    /// A subject that the provider does not write, as JSON: another kind, or another API group.
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

    /// `namespace`: that of the binding. Kubernetes takes a ServiceAccount without a namespace as one of the binding's own
    /// (`plugin/pkg/auth/authorizer/rbac`, `appliesToUser`).
    fn from_json(subject: &Value, namespace: &str) -> Self {
        let text = |name: &str| subject[name].as_str().unwrap_or_default();
        let (kind, name, own) = (text("kind"), text("name").to_owned(), text("namespace"));
        match (kind, text("apiGroup")) {
            ("User", GROUP) => Self::User(name),
            ("Group", GROUP) => Self::Group(name),
            ("ServiceAccount", "") => {
                let namespace = if own.is_empty() { namespace } else { own };
                Self::ServiceAccount { namespace: namespace.to_owned(), name }
            }
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

    /// The list that has the subject, and its text there.
    fn as_listed(&self) -> (SubjectList, String) {
        match self {
            Self::User(name) => (SubjectList::Users, name.clone()),
            Self::Group(name) => (SubjectList::Groups, name.clone()),
            Self::ServiceAccount { namespace, name } => {
                (SubjectList::ServiceAccounts, format!("{namespace}:{name}"))
            }
            Self::Other(text) => {
                let kind = serde_json::from_str::<Value>(text).unwrap_or_default()["kind"].take();
                let list = match kind.as_str() {
                    Some("Group") => SubjectList::Groups,
                    Some("ServiceAccount") => SubjectList::ServiceAccounts,
                    _ => SubjectList::Users,
                };
                (list, text.clone())
            }
        }
    }

    /// The subject of a text in a list.
    pub fn from_listed(list: SubjectList, text: &str) -> Self {
        if Self::is_foreign(text) {
            return Self::Other(text.to_owned());
        }
        match list {
            SubjectList::Users => Self::User(text.to_owned()),
            SubjectList::Groups => Self::Group(text.to_owned()),
            SubjectList::ServiceAccounts => {
                let (namespace, name) = text.split_once(':').unwrap_or(("", text));
                Self::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
            }
        }
    }

    /// Whether a text in a list is the JSON of a subject that the provider does not write.
    pub fn is_foreign(text: &str) -> bool {
        let Ok(subject @ Value::Object(_)) = serde_json::from_str::<Value>(text) else { return false };
        let named = |member: &str| subject[member].as_str().is_some_and(|text| !text.is_empty());
        named("kind") && named("name") && Self::from_json(&subject, "") == Self::Other(text.to_owned())
    }
}

impl Binding {
    /// The texts of a list.
    pub fn listed(&self, list: SubjectList) -> BTreeSet<String> {
        let all = self.subjects.iter().map(Subject::as_listed);
        all.filter(|(of, _)| *of == list).map(|(_, text)| text).collect()
    }
}

impl Kind for Binding {
    const MEMBERS: &'static [&'static str] = &["roleRef", "subjects"];

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
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let subjects = object["subjects"].as_array().into_iter().flatten();
        Self {
            role: RoleRef { kind: role("kind"), name: role("name") },
            subjects: subjects.map(|subject| Subject::from_json(subject, namespace)).collect(),
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let subjects: Vec<_> = self.subjects.iter().map(Subject::to_json).collect();
        let role = json!({"apiGroup": GROUP, "kind": self.role.kind, "name": self.role.name});
        Map::from_iter([("roleRef".to_owned(), role), ("subjects".to_owned(), subjects.into())])
    }

    fn differences(&self, found: &Self) -> Vec<Difference> {
        let role = if self.role.kind == "Role" { Difference::Role } else { Difference::ClusterRole };
        let role = (self.role != found.role).then_some(role);
        let subjects = SubjectList::ALL.into_iter().filter(|list| self.listed(*list) != found.listed(*list));
        role.into_iter().chain(subjects.map(Difference::Subjects)).collect()
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
            let listed = |list| {
                let texts = binding.listed(list).into_iter();
                texts.map(move |text| Subject::from_listed(list, &text))
            };
            let again: BTreeSet<_> = SubjectList::ALL.into_iter().flat_map(listed).collect();
            prop_assert_eq!(again, binding.subjects);
        }
    }

    #[test]
    fn a_service_account_without_a_namespace_is_one_of_the_bindings_own() {
        let subjects = json!([{"kind": "ServiceAccount", "name": "ci"}]);
        let found = |metadata: Value| {
            let object = json!({"metadata": metadata, "subjects": subjects});
            Binding::from_json(&object).listed(SubjectList::ServiceAccounts)
        };
        assert_eq!(found(json!({"namespace": "shop"})), BTreeSet::from(["shop:ci".to_owned()]));
        // In a ClusterRoleBinding it is nobody, which Kubernetes does not store.
        assert_eq!(found(json!({})), BTreeSet::from([":ci".to_owned()]));
    }

    fn found(subjects: &Value) -> Binding {
        let role = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"});
        Binding::from_json(&json!({"roleRef": role, "subjects": subjects}))
    }

    #[test]
    fn a_user_or_group_with_a_namespace_of_another_client_is_the_same_user_or_group() {
        let subject =
            |kind: &str| json!({"apiGroup": GROUP, "kind": kind, "name": "ada", "namespace": "default"});
        let ours = Binding {
            role: RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() },
            subjects: BTreeSet::from([Subject::User("ada".to_owned()), Subject::Group("ada".to_owned())]),
        };
        let found = found(&json!([subject("User"), subject("Group")]));
        assert_eq!(ours.differences(&found), []);
        assert_eq!(found, ours);
    }

    #[test]
    fn a_subject_of_another_kind_is_a_difference() {
        let found = found(&json!([{"apiGroup": GROUP, "kind": "Robot", "name": "ada"}]));
        let ours =
            Binding { role: found.role.clone(), subjects: BTreeSet::from([Subject::User("ada".to_owned())]) };
        assert_eq!(ours.differences(&found), [Difference::Subjects(SubjectList::Users)]);
        let listed = found.listed(SubjectList::Users).pop_first().expect("it is listed");
        assert!(Subject::is_foreign(&listed) && listed.contains("\"kind\":\"Robot\""), "{listed}");
        assert_eq!(BTreeSet::from([Subject::from_listed(SubjectList::Users, &listed)]), found.subjects);
    }
}
