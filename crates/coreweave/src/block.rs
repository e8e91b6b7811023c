//! Blocks: the parts of a cluster that are written as a whole, OIDC and the two webhooks.
//!
//! A block is a list of leaves, each with its path in `updateMask`. Comparing, writing and clearing work on leaves, so that each exists
//! once for all blocks.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    certificates::Ca,
    leaf::{LeafValue, Leaves},
    oidc::{Oidc, OidcLeaf},
    webhook::{AuthnWebhook, AuthzWebhook, WebhookLeaf},
};

/// A part of a cluster's configuration that a PATCH writes as a whole.
pub trait ConfigBlock: Leaves + Clone + fmt::Debug + Default + PartialEq + Send + Sync + 'static {
    /// Which part it is.
    const KIND: BlockKind;

    /// A leaf of this block as a leaf of the cluster.
    fn leaf(leaf: Self::Leaf) -> Leaf;
}

/// The blocks of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// The trusted OIDC issuer.
    Oidc,
    /// The TokenReview webhook.
    AuthnWebhook,
    /// The SubjectAccessReview webhook.
    AuthzWebhook,
}

/// A leaf of one of a cluster's blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Of the trusted OIDC issuer.
    Oidc(OidcLeaf),
    /// Of the TokenReview webhook.
    AuthnWebhook(WebhookLeaf),
    /// Of the SubjectAccessReview webhook.
    AuthzWebhook(WebhookLeaf),
}

impl ConfigBlock for Oidc {
    const KIND: BlockKind = BlockKind::Oidc;

    fn leaf(leaf: OidcLeaf) -> Leaf {
        Leaf::Oidc(leaf)
    }
}

impl ConfigBlock for AuthnWebhook {
    const KIND: BlockKind = BlockKind::AuthnWebhook;

    fn leaf(leaf: WebhookLeaf) -> Leaf {
        Leaf::AuthnWebhook(leaf)
    }
}

impl ConfigBlock for AuthzWebhook {
    const KIND: BlockKind = BlockKind::AuthzWebhook;

    fn leaf(leaf: WebhookLeaf) -> Leaf {
        Leaf::AuthzWebhook(leaf)
    }
}

impl BlockKind {
    /// All blocks.
    pub const ALL: [Self; 3] = [Self::Oidc, Self::AuthnWebhook, Self::AuthzWebhook];

    /// Its name in the cluster's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::AuthnWebhook => "authnWebhook",
            Self::AuthzWebhook => "authzWebhook",
        }
    }

    /// Its leaves.
    pub fn leaves(self) -> Vec<Leaf> {
        match self {
            Self::Oidc => leaves::<Oidc>().collect(),
            Self::AuthnWebhook => leaves::<AuthnWebhook>().collect(),
            Self::AuthzWebhook => leaves::<AuthzWebhook>().collect(),
        }
    }
}

impl Leaf {
    /// The block of this leaf.
    pub fn block(self) -> BlockKind {
        match self {
            Self::Oidc(_) => BlockKind::Oidc,
            Self::AuthnWebhook(_) => BlockKind::AuthnWebhook,
            Self::AuthzWebhook(_) => BlockKind::AuthzWebhook,
        }
    }

    /// Its name in the block's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc(leaf) => leaf.name(),
            Self::AuthnWebhook(leaf) | Self::AuthzWebhook(leaf) => leaf.name(),
        }
    }
}

impl fmt::Display for BlockKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The path in `updateMask`, such as `oidc.issuerUrl`.
impl fmt::Display for Leaf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.block(), self.name())
    }
}

/// A leaf with another value than expected: its name alone. Values may be sensitive, which only Terraform knows, so that no message can
/// repeat one. Certificates of CAs are public: messages describe them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafDifference {
    /// The leaf.
    pub leaf: Leaf,
    /// Both values, if they are certificates.
    pub certificates: Option<CaDifference>,
}

/// Certificates that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaDifference {
    /// Those that were expected.
    pub expected: Ca,
    /// Those that were found.
    pub found: Ca,
}

impl fmt::Display for LeafDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} differs", self.leaf)
    }
}

/// The leaves whose meaning differs; empty if the two blocks are the same to the API.
pub fn differing_leaves<B: ConfigBlock>(expected: Option<&B>, found: Option<&B>) -> Vec<LeafDifference> {
    let unset = B::default();
    let (expected, found) = (expected.unwrap_or(&unset), found.unwrap_or(&unset));
    B::LEAVES
        .iter()
        .map(|&leaf| (leaf, expected.value(leaf), found.value(leaf)))
        .filter(|(_, expected, found)| !same(expected, found))
        .map(|(leaf, expected, found)| LeafDifference {
            leaf: B::leaf(leaf),
            certificates: CaDifference::of(expected, found),
        })
        .collect()
}

impl CaDifference {
    fn of(expected: LeafValue<'_>, found: LeafValue<'_>) -> Option<Self> {
        match (expected, found) {
            (LeafValue::Certificates(expected), LeafValue::Certificates(found)) => {
                Some(Self { expected: expected.clone(), found: found.clone() })
            }
            _ => None,
        }
    }
}

/// All leaves of a block.
pub(super) fn leaves<B: ConfigBlock>() -> impl Iterator<Item = Leaf> {
    B::LEAVES.iter().map(|&leaf| B::leaf(leaf))
}

/// The block as it is sent: every leaf that is set, and the empty value of those that the mask clears.
pub(super) fn to_json<B: ConfigBlock>(block: &B, mask: &[Leaf]) -> Value {
    let sent = B::LEAVES
        .iter()
        .map(|&leaf| (B::leaf(leaf), block.value(leaf)))
        .filter(|(leaf, value)| !value.is_unset() || mask.contains(leaf));
    Value::Object(sent.map(|(leaf, value)| (leaf.name().to_owned(), value.to_json())).collect::<Map<_, _>>())
}

/// Whether two values are the same to Terraform, which keeps text in Unicode normal form.
fn same(left: &LeafValue<'_>, right: &LeafValue<'_>) -> bool {
    match (left, right) {
        (LeafValue::Text(left), LeafValue::Text(right)) => normal_form::same(left, right),
        _ => left == right || (left.is_unset() && right.is_unset()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn oidc() -> Oidc {
        Oidc {
            issuer_url: "https://issuer.example.com".into(),
            client_id: "kubernetes".into(),
            ..Oidc::default()
        }
    }

    #[test]
    fn every_leaf_has_a_path_under_its_block() {
        for kind in BlockKind::ALL {
            for leaf in kind.leaves() {
                assert_eq!(leaf.block(), kind);
                assert_eq!(leaf.to_string(), format!("{kind}.{}", leaf.name()));
            }
        }
        let paths: Vec<_> =
            BlockKind::ALL.into_iter().flat_map(BlockKind::leaves).map(|leaf| leaf.to_string()).collect();
        assert_eq!(
            paths,
            [
                "oidc.issuerUrl",
                "oidc.clientId",
                "oidc.usernameClaim",
                "oidc.usernamePrefix",
                "oidc.groupsClaim",
                "oidc.groupsPrefix",
                "oidc.ca",
                "oidc.requiredClaim",
                "oidc.signingAlgorithms",
                "oidc.adminGroupBinding",
                "authnWebhook.server",
                "authnWebhook.ca",
                "authzWebhook.server",
                "authzWebhook.ca",
            ]
        );
    }

    #[test]
    fn an_empty_block_and_no_block_are_the_same() {
        assert_eq!(differing_leaves(None, Some(&Oidc::default())), []);
        assert_eq!(differing_leaves::<Oidc>(None, None), []);
    }

    #[test]
    fn only_the_differing_leaves_are_named() {
        let other = Oidc { client_id: "other".into(), username_claim: "email".into(), ..oidc() };
        let differences = differing_leaves(Some(&oidc()), Some(&other));
        let expected = [OidcLeaf::ClientId, OidcLeaf::UsernameClaim];
        assert_eq!(
            differences,
            expected.map(|leaf| LeafDifference { leaf: Leaf::Oidc(leaf), certificates: None })
        );
        assert_eq!(differences[0].to_string(), "oidc.clientId differs");
        assert_eq!(differing_leaves(Some(&oidc()), None).len(), 2);
    }

    #[test]
    fn certificates_differ_by_meaning() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let with = |ca| Oidc { ca, ..oidc() };
        let trimmed = with(Ca::from_pem(pem.trim_end()));
        assert_eq!(differing_leaves(Some(&with(Ca::from_pem(pem))), Some(&trimmed)), []);
        let differences = differing_leaves(Some(&trimmed), Some(&oidc()));
        let certificates = Some(CaDifference { expected: Ca::from_pem(pem), found: Ca::default() });
        assert_eq!(differences, [LeafDifference { leaf: Leaf::Oidc(OidcLeaf::Ca), certificates }]);
    }

    #[test]
    fn text_is_compared_in_normal_form_and_only_what_differs_is_sent() {
        let with = |prefix: &str, client: &str| Oidc {
            groups_prefix: prefix.into(),
            client_id: client.into(),
            ..oidc()
        };
        let found = with("cafe\u{301}:", "kubernetes");
        assert_eq!(differing_leaves(Some(&with("caf\u{e9}:", "kubernetes")), Some(&found)), []);
        let differences = differing_leaves(Some(&with("caf\u{e9}:", "other")), Some(&found));
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert_eq!(differences[0].leaf, Leaf::Oidc(OidcLeaf::ClientId));
    }

    #[test]
    fn the_sent_block_has_what_is_set_and_the_empty_value_of_what_is_cleared() {
        let block = Oidc { signing_algorithms: ["RS256".to_owned()].into(), ..oidc() };
        assert_eq!(
            to_json(&block, &[Leaf::Oidc(OidcLeaf::UsernameClaim), Leaf::Oidc(OidcLeaf::IssuerUrl)]),
            json!({
                "issuerUrl": "https://issuer.example.com", "clientId": "kubernetes", "usernameClaim": "",
                "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"],
            })
        );
        assert_eq!(
            to_json(&oidc(), &[Leaf::Oidc(OidcLeaf::SigningAlgorithms)])["signingAlgorithms"],
            json!([])
        );
        assert_eq!(
            to_json(
                &AuthnWebhook::new("https://hook.example.com", Ca::default()),
                &[Leaf::AuthnWebhook(WebhookLeaf::Ca)]
            ),
            json!({"server": "https://hook.example.com", "ca": ""})
        );
    }
}
