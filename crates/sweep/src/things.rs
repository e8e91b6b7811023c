//! What histories declare: a few kinds in a few places, small enough that names meet, and short when printed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tfplugin::Value as Attribute;

use crate::{
    terraform::{Configuration, Declared, process::DATA_SOURCE},
    world::{CLUSTERS, kubernetes::Place},
};

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// `cks_namespace`.
    Namespace,
    /// `cks_rbac_role` of the whole cluster.
    ClusterRole,
    /// `cks_rbac_role` in a namespace.
    Role,
    /// `cks_rbac_binding` of the whole cluster.
    ClusterBinding,
    /// `cks_rbac_binding` in a namespace.
    Binding,
    /// `cks_service_account`.
    Account,
    /// `cks_service_account_token`.
    Token,
    /// `cks_cluster_oidc`.
    Oidc,
    /// `cks_cluster_authn_webhook`.
    Authn,
    /// `cks_cluster_authz_webhook`.
    Authz,
}

/// One resource of a configuration.
#[allow(clippy::struct_excessive_bools, reason = "independent choices of a user")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thing {
    /// What it is.
    pub kind: Kind,
    /// Which cluster.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cluster: u8,
    /// Which namespace: `default`, or `team`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub namespace: u8,
    /// Which name: `alpha`, `beta`; of a token's ServiceAccount `zulu` too, which is always there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub name: u8,
    /// Which content.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub content: u8,
    /// Which labels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub labels: u8,
    /// `on_existing = "adopt"`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub adopt: bool,
    /// `cluster_id` is known only after apply although it does not change.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// A namespace with `deletion_protection`; a token without `revocable`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub firm: bool,
    /// A token with `on_rotation = "revoke"`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub revoke: bool,
    /// `create_before_destroy`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub first: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Resources by address.
pub type Things = BTreeMap<String, Thing>;

/// Where something is: an object of a cluster's Kubernetes, or a block of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// An object.
    Object(&'static str, Place),
    /// A block.
    Block(&'static str, &'static str),
    /// A token: not one thing that is there.
    Token,
}

impl Spot {
    /// As the walks of a world name it.
    pub fn key(&self) -> String {
        match self {
            Self::Object(cluster, place) => format!("{cluster}/{place}"),
            Self::Block(cluster, block) => format!("{cluster}/{block}"),
            Self::Token => String::new(),
        }
    }
}

impl Thing {
    /// A thing of this kind, all else at its simplest.
    pub fn new(kind: Kind) -> Self {
        let (cluster, namespace, name, content, labels) = (0, 0, 0, 0, 0);
        let name = if kind == Kind::Token { 2 } else { name };
        Self {
            kind,
            cluster,
            namespace,
            name,
            content,
            labels,
            adopt: false,
            late: false,
            firm: false,
            revoke: false,
            first: false,
        }
    }

    /// Where it is.
    pub fn spot(&self) -> Spot {
        let cluster = self.cluster_id();
        let object =
            |plural, namespace: &str| Spot::Object(cluster, Place::new(plural, namespace, self.name()));
        match self.kind {
            Kind::Namespace => Spot::Object(cluster, Place::new("namespaces", "", "team")),
            Kind::ClusterRole => object("clusterroles", ""),
            Kind::Role => object("roles", self.namespace()),
            Kind::ClusterBinding => object("clusterrolebindings", ""),
            Kind::Binding => object("rolebindings", self.namespace()),
            Kind::Account => object("serviceaccounts", self.namespace()),
            Kind::Token => Spot::Token,
            Kind::Oidc => Spot::Block(cluster, "oidc"),
            Kind::Authn => Spot::Block(cluster, "authnWebhook"),
            Kind::Authz => Spot::Block(cluster, "authzWebhook"),
        }
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> &'static str {
        CLUSTERS[usize::from(self.cluster) % CLUSTERS.len()]
    }

    fn namespace(&self) -> &'static str {
        if self.namespace == 0 { "default" } else { "team" }
    }

    /// Whether it is in the namespace of this spot, and so goes with it.
    pub fn is_inside(&self, spot: &Spot) -> bool {
        let own = Spot::Object(self.cluster_id(), Place::new("namespaces", "", self.namespace()));
        self.is_namespaced() && *spot == own
    }

    fn name(&self) -> &'static str {
        ["alpha", "beta", "zulu"][usize::from(self.name) % 3]
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Namespace => "cks_namespace",
            Kind::ClusterRole | Kind::Role => "cks_rbac_role",
            Kind::ClusterBinding | Kind::Binding => "cks_rbac_binding",
            Kind::Account => "cks_service_account",
            Kind::Token => "cks_service_account_token",
            Kind::Oidc => "cks_cluster_oidc",
            Kind::Authn => "cks_cluster_authn_webhook",
            Kind::Authz => "cks_cluster_authz_webhook",
        }
    }

    fn attributes(&self) -> Value {
        let mut own = match self.kind {
            Kind::Namespace => json!({"name": "team", "deletion_protection": self.firm}),
            Kind::ClusterRole | Kind::Role => {
                let verbs = if self.content == 0 { json!(["get"]) } else { json!(["get", "list"]) };
                json!({"name": self.name(), "rules": [{"verbs": verbs, "api_groups": [""], "resources": ["pods"]}]})
            }
            Kind::ClusterBinding | Kind::Binding => {
                let groups = if self.content == 0 { json!(["team"]) } else { json!(["team", "more"]) };
                json!({"name": self.name(), "cluster_role": if self.firm { "edit" } else { "view" }, "groups": groups})
            }
            Kind::Account => {
                json!({"name": self.name(), "automount_service_account_token": (self.content == 1).then_some(false)})
            }
            Kind::Token => json!({
                "service_account": self.name(), "duration": "24h", "rotation_triggers": {"build": self.content.to_string()},
                "revocable": !self.firm, "on_rotation": if self.revoke { "revoke" } else { "expire" },
            }),
            Kind::Oidc => json!({
                "issuer_url": "https://issuer.example.com", "client_id": format!("client-{}", self.content),
                "username_claim": (self.content == 1).then_some("email"),
            }),
            Kind::Authn | Kind::Authz => {
                json!({"server": format!("https://hook.example.com/{}", self.content)})
            }
        };
        own["cluster_id"] = self.cluster_id().into();
        if self.is_namespaced() {
            own["namespace"] = self.namespace().into();
        }
        if self.kind != Kind::Token && self.adopt {
            own["on_existing"] = "adopt".into();
        }
        if self.has_labels() {
            match self.labels {
                0 => {}
                1 => own["labels"] = json!({"team": "one"}),
                _ => own["labels"] = json!({"team": "two", "tier": "gold"}),
            }
        }
        own
    }

    fn is_namespaced(&self) -> bool {
        matches!(self.kind, Kind::Role | Kind::Binding | Kind::Account | Kind::Token)
    }

    fn has_labels(&self) -> bool {
        !matches!(self.kind, Kind::Token | Kind::Oidc | Kind::Authn | Kind::Authz)
    }
}

/// The label keys that these declare.
pub fn declared_keys(things: &Things) -> impl Iterator<Item = String> {
    let of = |thing: &Thing| match thing.labels {
        labels if labels == 0 || !thing.has_labels() => vec![],
        1 => vec!["team".to_owned()],
        _ => vec!["team".to_owned(), "tier".to_owned()],
    };
    things.values().flat_map(of)
}

/// The configuration that a user would write, with references where one thing is in another. `by_data`: ids of clusters come from data
/// sources.
pub fn configuration(things: &Things, by_data: bool) -> Configuration {
    let address_of = |spot: &Spot| {
        things.iter().find(|(_, thing)| thing.spot() == *spot).map(|(address, _)| address.clone())
    };
    let declared = |(address, thing): (&String, &Thing)| {
        let mut references = Vec::new();
        let mut needs = BTreeSet::new();
        let namespaced = matches!(thing.kind, Kind::Role | Kind::Binding | Kind::Account | Kind::Token);
        let namespace = Spot::Object(thing.cluster_id(), Place::new("namespaces", "", thing.namespace()));
        if let Some(namespace) = address_of(&namespace).filter(|_| namespaced) {
            references.push(("namespace", namespace.clone(), "name"));
            needs.insert(namespace);
        }
        let account = Place::new("serviceaccounts", thing.namespace(), thing.name());
        let account =
            address_of(&Spot::Object(thing.cluster_id(), account)).filter(|_| thing.kind == Kind::Token);
        if let Some(account) = account {
            references.push(("service_account_uid", account.clone(), "uid"));
            needs.insert(account);
        }
        if by_data {
            let source = data_source(thing);
            references.push(("cluster_id", source.clone(), "id"));
            needs.insert(source);
        }
        let declared = Declared {
            type_name: thing.type_name(),
            is_data: false,
            attributes: thing.attributes(),
            references,
            late: if thing.late { vec!["cluster_id"] } else { vec![] },
            deferred: false,
            create_first: thing.first,
            needs,
        };
        (address.clone(), declared)
    };
    let mut all: Configuration = things.iter().map(declared).collect();
    // What comes before something that is created first must be created first too.
    for _ in 0..things.len() {
        let first = all.values().filter(|declared| declared.create_first);
        let needed: BTreeSet<_> = first.flat_map(|declared| declared.needs.clone()).collect();
        for (address, declared) in &mut all {
            declared.create_first |= needed.contains(address);
        }
    }
    if by_data {
        all.extend(things.values().map(|thing| (data_source(thing), cluster_of(thing))));
    }
    all
}

/// The address of the data source that a thing's cluster comes from.
fn data_source(thing: &Thing) -> String {
    format!("data.{}{}", if thing.late { "late" } else { "cluster" }, thing.cluster)
}

/// A data source; that of a late thing depends on something that changes.
fn cluster_of(thing: &Thing) -> Declared {
    Declared {
        type_name: DATA_SOURCE,
        is_data: true,
        attributes: json!({"id": thing.cluster_id()}),
        references: Vec::new(),
        late: Vec::new(),
        deferred: thing.late,
        create_first: false,
        needs: BTreeSet::new(),
    }
}

/// Where an object of a state is.
pub fn spot_of(type_name: &str, value: &Attribute) -> Spot {
    let text = |name: &str| value.member(name).as_str().unwrap_or_default().to_owned();
    let cluster_id = text("cluster_id");
    let Some(cluster) = CLUSTERS.into_iter().find(|id| *id == cluster_id) else { return Spot::Token };
    let namespace = text("namespace");
    let plural = match type_name {
        "cks_namespace" => "namespaces",
        "cks_rbac_role" if namespace.is_empty() => "clusterroles",
        "cks_rbac_role" => "roles",
        "cks_rbac_binding" if namespace.is_empty() => "clusterrolebindings",
        "cks_rbac_binding" => "rolebindings",
        "cks_service_account" => "serviceaccounts",
        "cks_cluster_oidc" => return Spot::Block(cluster, "oidc"),
        "cks_cluster_authn_webhook" => return Spot::Block(cluster, "authnWebhook"),
        "cks_cluster_authz_webhook" => return Spot::Block(cluster, "authzWebhook"),
        _ => return Spot::Token,
    };
    Spot::Object(cluster, Place::new(plural, &namespace, &text("name")))
}

/// The import id of a thing.
pub fn import_id(thing: &Thing) -> Option<String> {
    match thing.spot() {
        Spot::Object(cluster, Place { namespace, name, .. }) if namespace.is_empty() => {
            Some(format!("{cluster}/{name}"))
        }
        Spot::Object(cluster, Place { namespace, name, .. }) => Some(format!("{cluster}/{namespace}/{name}")),
        Spot::Block(cluster, _) => Some(cluster.to_owned()),
        Spot::Token => None,
    }
}
