//! The blocks of a cluster that a resource manages, each described once, for promises about all of them.

use local_cks::LocalCks;
use serde_json::{Value, json};

use super::{CLUSTER_ID, base64};

/// A block and its resource.
#[derive(Debug)]
pub(crate) struct Block {
    /// Type of the resource.
    pub(crate) resource: &'static str,
    /// Name of the block in the API.
    pub(crate) member: &'static str,
    /// Its name in messages.
    pub(crate) thing: &'static str,
    /// The attribute of `coreweave_cks_cluster` for the same block.
    pub(crate) twin: &'static str,
    /// Its attributes; the first is the URL.
    pub(crate) attributes: &'static [Attribute],
}

/// An attribute of the resource, and its leaf in the block.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) leaf: &'static str,
    pub(crate) required: bool,
    /// Value in the configuration.
    pub(crate) given: Content,
    /// Value of another client.
    pub(crate) foreign: Content,
}

/// Value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    Text(&'static str),
    Algorithms(&'static [&'static str]),
    /// The CA of local CKS.
    Certificates,
}

impl Content {
    /// The value in configuration and state.
    pub(crate) fn written(self, local: &LocalCks) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Algorithms(names) => json!(names),
            Self::Certificates => json!(local.ca_pem()),
        }
    }

    /// The value in the API.
    pub(crate) fn stored(self, local: &LocalCks) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Algorithms(names) => names.iter().map(|name| format!("SIGNING_ALGORITHM_{name}")).collect(),
            Self::Certificates => json!(base64(local.ca_pem())),
        }
    }

    /// The empty value of the same kind.
    pub(crate) fn empty(self) -> Self {
        match self {
            Self::Text(_) | Self::Certificates => Self::Text(""),
            Self::Algorithms(_) => Self::Algorithms(&[]),
        }
    }
}

const fn required(
    name: &'static str,
    leaf: &'static str,
    given: &'static str,
    foreign: &'static str,
) -> Attribute {
    Attribute { name, leaf, required: true, given: Content::Text(given), foreign: Content::Text(foreign) }
}

const fn optional(
    name: &'static str,
    leaf: &'static str,
    given: &'static str,
    foreign: &'static str,
) -> Attribute {
    Attribute { name, leaf, required: false, given: Content::Text(given), foreign: Content::Text(foreign) }
}

const CA: Attribute = Attribute {
    name: "ca_certificate",
    leaf: "ca",
    required: false,
    given: Content::Certificates,
    foreign: Content::Text(""),
};

/// Issuer of all configurations.
pub(crate) const ISSUER: &str = "https://accounts.example.com";
/// Client id of all configurations.
pub(crate) const CLIENT: &str = "kubernetes";

/// `cks_cluster_oidc`.
pub(crate) const OIDC: Block = Block {
    resource: "cks_cluster_oidc",
    member: "oidc",
    thing: "an OIDC issuer",
    twin: "oidc",
    attributes: &[
        required("issuer_url", "issuerUrl", ISSUER, "https://login.example.org/"),
        required("client_id", "clientId", CLIENT, "someone-else"),
        optional("username_claim", "usernameClaim", "email", "sub"),
        optional("username_prefix", "usernamePrefix", "oidc:", ""),
        optional("groups_claim", "groupsClaim", "groups", "roles"),
        optional("groups_prefix", "groupsPrefix", "oidc:", ""),
        optional("required_claim", "requiredClaim", "department=platform", "department=sales"),
        Attribute {
            name: "signing_algorithms",
            leaf: "signingAlgorithms",
            required: false,
            given: Content::Algorithms(&["RS256"]),
            foreign: Content::Algorithms(&[]),
        },
        CA,
        optional("admin_group_binding", "adminGroupBinding", "oidc:admins", "oidc:others"),
    ],
};

/// `cks_cluster_authn_webhook`.
pub(crate) const AUTHN_WEBHOOK: Block = Block {
    resource: "cks_cluster_authn_webhook",
    member: "authnWebhook",
    thing: "an authentication webhook",
    twin: "authn_webhook",
    attributes: &[
        required("server", "server", "https://who.example.com/review", "https://spy.example.org/?who"),
        CA,
    ],
};

/// `cks_cluster_authz_webhook`.
pub(crate) const AUTHZ_WEBHOOK: Block = Block {
    resource: "cks_cluster_authz_webhook",
    member: "authzWebhook",
    thing: "an authorization webhook",
    twin: "authz_webhook",
    attributes: &[
        required("server", "server", "https://may.example.com/review", "https://spy.example.org/?may"),
        CA,
    ],
};

impl Block {
    /// Address of the resource in all configurations.
    pub(crate) fn address(&self) -> String {
        format!("{}.example", self.resource)
    }

    /// The URL.
    pub(crate) fn url(&self) -> &'static Attribute {
        &self.attributes[0]
    }

    /// An optional attribute.
    pub(crate) fn last(&self) -> &'static Attribute {
        self.attributes.last().expect("a block has attributes")
    }

    /// Paths of all leaves in a mask, in alphabetical order.
    pub(crate) fn mask(&self) -> Vec<String> {
        let leaves = self.attributes.iter();
        let mut paths: Vec<_> =
            leaves.map(|attribute| format!("{}.{}", self.member, attribute.leaf)).collect();
        paths.sort_unstable();
        paths
    }

    /// The resource with this name and these lines.
    pub(crate) fn named(&self, name: &str, lines: &str) -> String {
        format!("resource {:?} {name:?} {{\n  cluster_id = {CLUSTER_ID:?}\n{lines}\n}}\n", self.resource)
    }

    /// The resource with the values of `content`.
    pub(crate) fn with(&self, local: &LocalCks, content: impl Fn(&Attribute) -> Option<Content>) -> String {
        let lines = self.attributes.iter().filter_map(|attribute| {
            Some(format!("  {} = {}", attribute.name, content(attribute)?.written(local)))
        });
        self.named("example", &lines.collect::<Vec<_>>().join("\n"))
    }

    /// With all attributes.
    pub(crate) fn full(&self, local: &LocalCks) -> String {
        self.with(local, |attribute| Some(attribute.given))
    }

    /// The required attributes, and these lines.
    pub(crate) fn minimal(&self, more: &str) -> String {
        self.minimal_named("example", more)
    }

    /// The same with another name.
    pub(crate) fn minimal_named(&self, name: &str, more: &str) -> String {
        self.required(name, more, |attribute| attribute.given)
    }

    /// The required attributes with another URL, and these lines.
    pub(crate) fn changed(&self, more: &str) -> String {
        self.changed_named("example", more)
    }

    /// The same with another name.
    pub(crate) fn changed_named(&self, name: &str, more: &str) -> String {
        self.required(name, more, |attribute| {
            if attribute.name == self.url().name { attribute.foreign } else { attribute.given }
        })
    }

    fn required(&self, name: &str, more: &str, content: impl Fn(&Attribute) -> Content) -> String {
        let lines = self.attributes.iter().filter(|attribute| attribute.required).map(|attribute| {
            let Content::Text(text) = content(attribute) else { panic!("a required attribute is a text") };
            format!("  {} = {text:?}\n", attribute.name)
        });
        self.named(name, &format!("{}  {more}", lines.collect::<String>()))
    }

    /// The API's block for [`Block::full`].
    pub(crate) fn full_block(&self, local: &LocalCks) -> Value {
        let leaves = self.attributes.iter();
        leaves.map(|attribute| (attribute.leaf.to_owned(), attribute.given.stored(local))).collect()
    }

    /// The API's block for [`Block::minimal`] without `more`.
    pub(crate) fn minimal_block(&self, local: &LocalCks) -> Value {
        let leaves = self.attributes.iter().filter(|attribute| attribute.required);
        leaves.map(|attribute| (attribute.leaf.to_owned(), attribute.given.stored(local))).collect()
    }

    /// The API's block for [`Block::changed`] without `more`.
    pub(crate) fn changed_block(&self, local: &LocalCks) -> Value {
        let mut block = self.minimal_block(local);
        block[self.url().leaf] = self.url().foreign.stored(local);
        block
    }
}
