//! Kinds of objects, and where one is.

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// API group; empty for the core.
    pub group: &'static str,
    /// Name in URLs.
    pub plural: &'static str,
    /// Name in objects.
    pub kind: &'static str,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

const RBAC: &str = "rbac.authorization.k8s.io";
/// What can be stored.
pub const KINDS: [Kind; 7] = [
    Kind { group: "", plural: "namespaces", kind: "Namespace", namespaced: false },
    Kind { group: "", plural: "serviceaccounts", kind: "ServiceAccount", namespaced: true },
    Kind { group: "", plural: "secrets", kind: "Secret", namespaced: true },
    Kind { group: RBAC, plural: "clusterroles", kind: "ClusterRole", namespaced: false },
    Kind { group: RBAC, plural: "clusterrolebindings", kind: "ClusterRoleBinding", namespaced: false },
    Kind { group: RBAC, plural: "roles", kind: "Role", namespaced: true },
    Kind { group: RBAC, plural: "rolebindings", kind: "RoleBinding", namespaced: true },
];

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Kind, by its name in URLs.
    pub plural: &'static str,
    /// Namespace; empty for the whole cluster.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Place {
    /// Of the whole cluster, or in a namespace.
    pub fn new(plural: &'static str, namespace: &str, name: &str) -> Self {
        Self { plural, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        KINDS.into_iter().find(|kind| kind.plural == self.plural).unwrap_or(KINDS[0])
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { plural, namespace, name } = self;
        if namespace.is_empty() {
            write!(f, "{plural}/{name}")
        } else {
            write!(f, "{plural}/{namespace}/{name}")
        }
    }
}
