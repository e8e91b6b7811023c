//! The API's names for fields, in any spelling, as the paths of `updateMask`.

use std::fmt;

use super::block::{BlockKind, Leaf};

/// A field of a PATCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A leaf of a block.
    Leaf(Leaf),
    /// A block as a whole.
    Block(BlockKind),
    /// The cluster's Kubernetes version.
    Version,
    /// The cluster's id.
    Id,
    /// The list of the leaves to change.
    UpdateMask,
    /// The cluster's address ranges.
    Network,
    /// Whether the cluster can be reached from the internet.
    Public,
}

impl Field {
    fn all() -> impl Iterator<Item = Self> {
        let leaves = BlockKind::ALL.into_iter().flat_map(BlockKind::leaves).map(Self::Leaf);
        let others = [Self::Version, Self::Id, Self::UpdateMask, Self::Network, Self::Public];
        leaves.chain(BlockKind::ALL.map(Self::Block)).chain(others)
    }
}

/// The path in `updateMask`, such as `oidc.issuerUrl`.
impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(leaf) => leaf.fmt(formatter),
            Self::Block(kind) => kind.fmt(formatter),
            Self::Version => formatter.write_str("version"),
            Self::Id => formatter.write_str("id"),
            Self::UpdateMask => formatter.write_str("updateMask"),
            Self::Network => formatter.write_str("network"),
            Self::Public => formatter.write_str("public"),
        }
    }
}

/// The field that this name means: `oidc.issuer_url`, `cluster.oidc.issuerUrl` and `issuerUrl` are all `oidc.issuerUrl`, and
/// `oidc.signing_algs` is `oidc.signingAlgorithms`. A leaf without a block is looked for in `block` first; without one it must be
/// unique.
pub(super) fn field_of(name: &str, block: Option<BlockKind>) -> Option<Field> {
    // A server may send a name of any length: no field has more than two parts.
    let parts = name.split(['.', '/']).map(folded).filter(|part| !part.is_empty());
    let mut parts: Vec<String> = parts.take(3).collect();
    if parts.first().is_some_and(|first| matches!(first.as_str(), "cluster" | "request" | "body")) {
        parts.remove(0);
    }
    let found = |wanted: &str| Field::all().find(|field| field.to_string().eq_ignore_ascii_case(wanted));
    // What is below a leaf (an index, a key) belongs to the leaf.
    let whole = (1..=parts.len()).rev().find_map(|count| found(&parts.get(..count)?.join(".")));
    let last = parts.first()?;
    whole.or_else(|| found(&format!("{}.{last}", block?))).or_else(|| {
        let mut same = Field::all()
            .filter(|field| matches!(field, Field::Leaf(leaf) if leaf.name().eq_ignore_ascii_case(last)));
        let first = same.next()?;
        same.next().is_none().then_some(first)
    })
}

/// Without case, underscores, quotes and an index.
fn folded(part: &str) -> String {
    let name = part.split('[').next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    // The name in CoreWeave's own provider.
    if name == "signingalgs" { "signingalgorithms".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_field_is_one_path() {
        #[track_caller]
        fn check(name: &str, block: Option<BlockKind>, expected: Option<&str>) {
            assert_eq!(field_of(name, block).map(|field| field.to_string()).as_deref(), expected, "{name}");
        }
        for field in [
            "oidc.issuer_url",
            "oidc.issuerUrl",
            "issuerUrl",
            "issuer_url",
            "cluster.oidc.issuer_url",
            "`oidc.issuerURL`",
            "request/oidc/issuer_url",
        ] {
            check(field, None, Some("oidc.issuerUrl"));
        }
        check("oidc.signing_algorithms[0]", None, Some("oidc.signingAlgorithms"));
        check("oidc.signingAlgorithms.0", None, Some("oidc.signingAlgorithms"));
        check("oidc.signing_algs", None, Some("oidc.signingAlgorithms"));
        check("signing_algs[0]", None, Some("oidc.signingAlgorithms"));
        check("oidc", None, Some("oidc"));
        check("oidc.unheard_of", None, Some("oidc"));
        check("version", None, Some("version"));
        check("authn_webhook.server", None, Some("authnWebhook.server"));
        check("server", None, None);
        check("server", Some(BlockKind::AuthzWebhook), Some("authzWebhook.server"));
        check("ca", Some(BlockKind::Oidc), Some("oidc.ca"));
        check("name", Some(BlockKind::Oidc), None);
        check("", Some(BlockKind::Oidc), None);
    }

    #[test]
    fn a_name_of_any_length_is_read_in_one_pass() {
        // With a pass for each part this would take hours.
        assert_eq!(field_of(&"a.".repeat(1 << 19), None), None);
        let long = format!("oidc{}", ".a".repeat(1 << 19));
        assert_eq!(field_of(&long, None).map(|field| field.to_string()).as_deref(), Some("oidc"));
    }
}
