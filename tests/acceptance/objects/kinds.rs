//! The kinds of objects, each described once.

use serde_json::{Value, json};

use crate::support::{Bed, CLUSTER_ID};

/// A kind of object, and one object of it.
#[derive(Debug)]
pub(super) struct Sample {
    /// Type of the resource.
    pub(super) resource: &'static str,
    pub(super) kind: &'static str,
    /// Path of the collection that the object is in.
    pub(super) collection: &'static str,
    pub(super) namespace: Option<&'static str>,
    pub(super) name: &'static str,
    /// Lines of the configuration, in addition to cluster, namespace, and name.
    pub(super) lines: &'static str,
    /// The same with a change that is an update in place.
    pub(super) changed: &'static str,
    /// Fields of the object for `lines`, and for `changed`.
    pub(super) members: fn(changed: bool) -> Value,
    /// Attribute that differs between the two; empty if there is none.
    pub(super) attribute: &'static str,
}

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) const NAMESPACE: Sample = Sample {
    resource: "cks_namespace",
    kind: "Namespace",
    collection: "/api/v1/namespaces",
    namespace: None,
    name: "team-a",
    lines: "  deletion_protection = false",
    changed: "  deletion_protection = false",
    members: |_| json!({}),
    attribute: "",
};

pub(super) const SERVICE_ACCOUNT: Sample = Sample {
    resource: "cks_service_account",
    kind: "ServiceAccount",
    collection: "/api/v1/namespaces/default/serviceaccounts",
    namespace: Some("default"),
    name: "deployer",
    lines: "  automount_service_account_token = false",
    changed: "  automount_service_account_token = true",
    members: |changed| json!({ "automountServiceAccountToken": changed }),
    attribute: "automount_service_account_token",
};

pub(super) const ROLE: Sample = Sample {
    resource: "cks_rbac_role",
    kind: "Role",
    collection: "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
    namespace: Some("default"),
    name: "pod-reader",
    lines: r#"  rules = [{ api_groups = [""], resources = ["pods"], verbs = ["get", "list"] }]"#,
    changed: r#"  rules = [{ api_groups = [""], resources = ["pods"], verbs = ["get", "watch"], resource_names = ["web"] }]"#,
    members: |changed| {
        let mut rule = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] });
        if changed {
            rule["verbs"] = json!(["get", "watch"]);
            rule["resourceNames"] = json!(["web"]);
        }
        json!({ "rules": [rule] })
    },
    attribute: "rules",
};

pub(super) const BINDING: Sample = Sample {
    resource: "cks_rbac_binding",
    kind: "ClusterRoleBinding",
    collection: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    namespace: None,
    name: "viewers",
    lines: r#"  cluster_role = "view"
  users = ["bob", "ada"]
  groups = ["team"]
  service_accounts = ["default:deployer"]"#,
    changed: r#"  cluster_role = "view"
  users = ["bob", "abe"]
  groups = ["team"]
  service_accounts = ["default:deployer"]"#,
    members: |changed| {
        let person = |kind: &str, name: &str| json!({ "apiGroup": RBAC, "kind": kind, "name": name });
        let second = if changed { "abe" } else { "ada" };
        json!({
            "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": "view" },
            "subjects": [
                person("User", second), person("User", "bob"), person("Group", "team"),
                { "kind": "ServiceAccount", "namespace": "default", "name": "deployer" },
            ],
        })
    },
    attribute: "users",
};

pub(super) const SAMPLES: [&Sample; 4] = [&NAMESPACE, &SERVICE_ACCOUNT, &ROLE, &BINDING];

impl Sample {
    /// Address in all configurations of these tests.
    pub(super) fn address(&self) -> String {
        format!("{}.it", self.resource)
    }

    /// Namespace and name, as in ids.
    pub(super) fn place(&self) -> String {
        match self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.to_owned(),
        }
    }

    pub(super) fn id(&self) -> String {
        format!("{CLUSTER_ID}/{}", self.place())
    }

    /// The resource with these lines and `more`.
    pub(super) fn with(&self, lines: &str, more: &str) -> String {
        self.named("it", &format!("cluster_id = {CLUSTER_ID:?}"), lines, more)
    }

    /// The same with another name in the configuration, and with the line `cluster` for the cluster.
    pub(super) fn named(&self, name: &str, cluster: &str, lines: &str, more: &str) -> String {
        let namespace = self.namespace.map(|namespace| format!("  namespace = {namespace:?}\n"));
        format!(
            "resource {:?} {name:?} {{\n  {cluster}\n{}  name = {:?}\n{lines}\n{more}\n}}\n",
            self.resource,
            namespace.unwrap_or_default(),
            self.name
        )
    }

    /// Path of the object.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.collection, self.name)
    }

    /// The object, read from the cluster.
    #[track_caller]
    pub(super) fn object(&self, bed: &Bed) -> Value {
        let (status, object) = bed.kubernetes("GET", &self.path(), None);
        assert_eq!(status, 200, "{object}");
        object
    }

    pub(super) fn exists(&self, bed: &Bed) -> bool {
        bed.kubernetes("GET", &self.path(), None).0 == 200
    }

    /// Creates the object as another client.
    #[track_caller]
    pub(super) fn create(&self, bed: &Bed, changed: bool, labels: &Value) {
        let mut object = (self.members)(changed);
        object["metadata"] = json!({ "name": self.name, "labels": labels });
        let path = format!("{}?fieldManager=somebody", self.collection);
        let (status, response) = bed.kubernetes("POST", &path, Some(object));
        assert_eq!(status, 201, "{response}");
    }

    /// Changes the object as another client, by a merge patch.
    #[track_caller]
    pub(super) fn patch(&self, bed: &Bed, change: &Value) {
        let path = format!("{}?fieldManager=somebody", self.path());
        let (status, response) = bed.kubernetes("PATCH", &path, Some(change.clone()));
        assert_eq!(status, 200, "{response}");
    }

    /// Deletes the object as another client, and waits until it is deleted.
    #[track_caller]
    pub(super) fn delete(&self, bed: &Bed) {
        let (status, response) = bed.kubernetes("DELETE", &self.path(), None);
        assert!(status < 300, "{response}");
        crate::support::wait_until("the object is gone", || !self.exists(bed));
    }
}

/// All kinds in one configuration, each with the result of `lines` and `more`.
pub(super) fn all(lines: impl Fn(&Sample) -> &'static str, more: &str) -> String {
    SAMPLES.map(|thing| thing.with(lines(thing), more)).concat()
}

/// `verb` of all addresses, in the order of plans' output.
pub(super) fn each(verb: &str) -> Vec<String> {
    let mut actions = SAMPLES.map(|thing| format!("{verb} {}", thing.address())).to_vec();
    actions.sort_unstable();
    actions
}

/// The actions of a plan in a fixed order.
pub(super) fn sorted(mut actions: Vec<String>) -> Vec<String> {
    actions.sort_unstable();
    actions
}

/// A bed with this configuration applied, and an empty log of requests.
#[track_caller]
pub(super) fn applied(host: &crate::support::Host, configuration: &str) -> Bed {
    let bed = Bed::with_kubernetes(host);
    bed.write("main.tf", configuration);
    bed.apply().succeeded();
    bed.local.clear_requests();
    bed
}

/// Methods of the writes to Kubernetes, except dry runs and reviews.
pub(super) fn writes(bed: &Bed) -> Vec<String> {
    let requests = bed.local.requests_of(local_cks::Call::Managed);
    let is_write = |request: &&local_cks::Request| {
        request.method != "GET" && !["dryRun=All", "reviews"].iter().any(|part| request.path.contains(part))
    };
    requests.iter().filter(is_write).map(|request| format!("{} {}", request.method, request.path)).collect()
}
