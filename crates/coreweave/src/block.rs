//! What the parts of a cluster that are written as a whole have in common: OIDC, and the two webhooks.
//!
//! A block is a row of leaves, each with its path in `updateMask`. All that is done with blocks (comparing, writing narrowly,
//! clearing) is done on leaves, so that it exists once.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

use super::certificates::Ca;

/// A part of a cluster's configuration that is written by PATCH.
pub trait Block: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// Its name in the cluster's JSON, such as `oidc`.
    const MEMBER: &'static str;
    /// The paths of its leaves in `updateMask`, such as `oidc.issuerUrl`.
    const LEAVES: &'static [&'static str];

    /// The values of all leaves, in the order of `LEAVES`.
    fn values(&self) -> Vec<LeafValue<'_>>;

    /// Nothing is set: the same as no block.
    fn is_empty(&self) -> bool {
        self.values().iter().all(LeafValue::is_unset)
    }
}

/// The value of one leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeafValue<'a> {
    /// Kept byte for byte; `""` is unset.
    Text(&'a str),
    /// Compared by what is certified.
    Certificates(&'a Ca),
    /// Names without the API's prefix.
    SigningAlgorithms(&'a BTreeSet<String>),
}

/// What the API puts before the name of an algorithm.
pub(super) const SIGNING_ALGORITHM_PREFIX: &str = "SIGNING_ALGORITHM_";

impl LeafValue<'_> {
    /// The API's zero value.
    pub fn is_unset(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Certificates(certificates) => certificates.is_empty(),
            Self::SigningAlgorithms(names) => names.is_empty(),
        }
    }

    fn to_json(self) -> Value {
        match self {
            Self::Text(text) => Value::from(text),
            Self::Certificates(certificates) => Value::from(certificates.as_base64()),
            Self::SigningAlgorithms(names) => {
                names.iter().map(|name| format!("{SIGNING_ALGORITHM_PREFIX}{name}")).collect()
            }
        }
    }
}

impl fmt::Display for LeafValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Certificates(certificates) => {
                let pem = certificates.to_pem();
                formatter.write_str(pem.as_deref().unwrap_or(certificates.as_base64()))
            }
            Self::SigningAlgorithms(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                formatter.write_str(&names.join(", "))
            }
        }
    }
}

/// A leaf that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its path, such as `oidc.issuerUrl`.
    pub path: &'static str,
    /// The value that was counted on, certificates as PEM; `""` is unset.
    pub expected: String,
    /// The value that is there.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: expected {}, found {}", self.path, shown(&self.expected), shown(&self.found))
    }
}

/// Long values (certificates) are told by their length.
fn shown(value: &str) -> String {
    const LONGEST: usize = 100;
    match value.chars().count() {
        0 => "nothing".to_owned(),
        count if count > LONGEST => format!("a text of {count} characters"),
        _ => format!("{value:?}"),
    }
}

/// The leaves whose meaning differs; none when the two blocks are the same to the API.
pub fn differing_leaves<B: Block>(expected: Option<&B>, found: Option<&B>) -> Vec<Difference> {
    let expected = leaf_values(expected);
    let found = leaf_values(found);
    let value_at =
        |values: &[LeafValue<'_>], at: usize| values.get(at).map(ToString::to_string).unwrap_or_default();
    B::LEAVES
        .iter()
        .enumerate()
        .filter(|&(at, _)| !same(expected.get(at), found.get(at)))
        .map(|(at, path)| Difference { path, expected: value_at(&expected, at), found: value_at(&found, at) })
        .collect()
}

/// The block as it is sent: every leaf that is set, and the empty value of those that the mask clears.
pub(super) fn to_json<B: Block>(block: &B, mask: &[&'static str]) -> Value {
    let sent = B::LEAVES
        .iter()
        .zip(block.values())
        .filter(|(path, value)| !value.is_unset() || mask.contains(*path));
    let member = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    Value::Object(sent.map(|(path, value)| (member(path), value.to_json())).collect::<Map<_, _>>())
}

fn leaf_values<B: Block>(block: Option<&B>) -> Vec<LeafValue<'_>> {
    block.map(Block::values).unwrap_or_default()
}

fn same(left: Option<&LeafValue<'_>>, right: Option<&LeafValue<'_>>) -> bool {
    let is_unset = |value: Option<&LeafValue<'_>>| value.is_none_or(LeafValue::is_unset);
    left == right || (is_unset(left) && is_unset(right))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Oidc,
        webhook::{AuthnWebhook, AuthzWebhook, Webhook},
    };

    fn oidc() -> Oidc {
        Oidc {
            issuer_url: "https://issuer.example.com".into(),
            client_id: "kubernetes".into(),
            ..Oidc::default()
        }
    }

    #[test]
    fn every_leaf_has_a_value_and_a_path_under_its_member() {
        #[track_caller]
        fn check<B: Block>(block: &B) {
            assert_eq!(block.values().len(), B::LEAVES.len());
            let prefix = format!("{}.", B::MEMBER);
            assert!(B::LEAVES.iter().all(|path| path.starts_with(&prefix)), "{}", B::MEMBER);
        }
        check(&Oidc::default());
        check(&AuthnWebhook(Webhook::default()));
        check(&AuthzWebhook(Webhook::default()));
    }

    #[test]
    fn an_empty_block_and_no_block_are_the_same() {
        assert_eq!(differing_leaves(None, Some(&Oidc::default())), []);
        assert_eq!(differing_leaves::<Oidc>(None, None), []);
    }

    #[test]
    fn only_the_differing_leaves_are_named_with_both_values() {
        let other = Oidc { client_id: "other".into(), username_claim: "email".into(), ..oidc() };
        let difference = |path, expected: &str, found: &str| Difference {
            path,
            expected: expected.into(),
            found: found.into(),
        };
        assert_eq!(
            differing_leaves(Some(&oidc()), Some(&other)),
            [
                difference("oidc.clientId", "kubernetes", "other"),
                difference("oidc.usernameClaim", "", "email")
            ]
        );
        assert_eq!(differing_leaves(Some(&oidc()), None).len(), 2);
    }

    #[test]
    fn certificates_differ_by_meaning_and_are_shown_as_pem() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let with = |ca| Oidc { ca, ..oidc() };
        let trimmed = with(Ca::from_pem(pem.trim_end()));
        assert_eq!(differing_leaves(Some(&with(Ca::from_pem(pem))), Some(&trimmed)), []);
        let differences = differing_leaves(Some(&trimmed), Some(&oidc()));
        assert_eq!(differences[0].expected, pem.trim_end());
        assert_eq!(differences[0].path, "oidc.ca");
    }

    #[test]
    fn a_difference_reads_as_a_sentence_and_stays_short() {
        let long = Difference { path: "oidc.ca", expected: "x".repeat(2000), found: String::new() };
        assert_eq!(long.to_string(), "oidc.ca: expected a text of 2000 characters, found nothing");
        let short = Difference { path: "oidc.clientId", expected: "a".into(), found: "b".into() };
        assert_eq!(short.to_string(), r#"oidc.clientId: expected "a", found "b""#);
    }

    #[test]
    fn the_sent_block_has_what_is_set_and_the_empty_value_of_what_is_cleared() {
        let block = Oidc { signing_algorithms: ["RS256".to_owned()].into(), ..oidc() };
        assert_eq!(
            to_json(&block, &["oidc.usernameClaim", "oidc.issuerUrl"]),
            json!({
                "issuerUrl": "https://issuer.example.com", "clientId": "kubernetes", "usernameClaim": "",
                "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"],
            })
        );
        assert_eq!(to_json(&oidc(), &["oidc.signingAlgorithms"])["signingAlgorithms"], json!([]));
        assert_eq!(
            to_json(
                &AuthnWebhook(Webhook { server: "https://hook.example.com".into(), ..Webhook::default() }),
                &["authnWebhook.ca"]
            ),
            json!({"server": "https://hook.example.com", "ca": ""})
        );
    }
}
