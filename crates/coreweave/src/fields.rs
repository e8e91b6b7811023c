//! The API's names for fields, in any spelling, as the paths of `updateMask`.

use super::{
    block::Block,
    oidc::Oidc,
    webhook::{AuthnWebhook, AuthzWebhook},
};

/// Fields of a PATCH that are no leaves of a block.
const OTHERS: [&str; 8] =
    ["oidc", "authnWebhook", "authzWebhook", "version", "id", "updateMask", "network", "public"];

/// The path of this field: `oidc.issuer_url`, `cluster.oidc.issuerUrl` and `issuerUrl` are all `oidc.issuerUrl`, and
/// `oidc.signing_algs` is `oidc.signingAlgorithms`. A lone leaf is looked for in the block `member` first; without one it must be
/// unique.
pub(super) fn path_of(field: &str, member: Option<&str>) -> Option<&'static str> {
    let mut parts: Vec<String> =
        field.split(['.', '/']).map(folded).filter(|part| !part.is_empty()).collect();
    if parts.first().is_some_and(|first| matches!(first.as_str(), "cluster" | "request" | "body")) {
        parts.remove(0);
    }
    let found = |wanted: &str| all().find(|path| folded_path(path) == wanted);
    // What lies under a leaf (an index, a key) belongs to the leaf.
    let whole = (1..=parts.len()).rev().find_map(|count| found(&parts.get(..count)?.join(".")));
    let leaf = parts.first()?;
    whole.or_else(|| found(&format!("{}.{leaf}", folded(member?)))).or_else(|| {
        let mut same =
            all().filter(|path| folded_path(path).rsplit_once('.').is_some_and(|(_, last)| last == leaf));
        let first = same.next()?;
        same.next().is_none().then_some(first)
    })
}

fn all() -> impl Iterator<Item = &'static str> {
    let leaves = [Oidc::LEAVES, AuthnWebhook::LEAVES, AuthzWebhook::LEAVES];
    leaves.into_iter().flatten().copied().chain(OTHERS)
}

fn folded_path(path: &str) -> String {
    path.to_ascii_lowercase()
}

/// Without case, underscores, quotes and an index.
fn folded(part: &str) -> String {
    let name = part.split('[').next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    // CoreWeave's own provider calls it so.
    if name == "signingalgs" { "signingalgorithms".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_field_is_one_path() {
        #[track_caller]
        fn check(field: &str, member: Option<&str>, expected: Option<&str>) {
            assert_eq!(path_of(field, member), expected, "{field}");
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
        check("server", Some("authzWebhook"), Some("authzWebhook.server"));
        check("ca", Some("oidc"), Some("oidc.ca"));
        check("name", Some("oidc"), None);
        check("", Some("oidc"), None);
    }
}
