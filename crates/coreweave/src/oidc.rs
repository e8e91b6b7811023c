//! The OIDC trust of a cluster (`oidc` of `coreweave.cks.v1beta1.Cluster`), in one normal form for all the encodings in which the API may
//! return it.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{
    block::{Block, LeafValue, SIGNING_ALGORITHM_PREFIX},
    certificates::Ca,
    tolerant,
};

/// One OpenID Connect issuer that the cluster's API server trusts. `""` is unset in every text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Oidc {
    /// Issuer, byte for byte as in the tokens' `iss`.
    #[serde(deserialize_with = "tolerant::text")]
    pub issuer_url: String,
    /// Must be in the tokens' `aud`.
    #[serde(deserialize_with = "tolerant::text")]
    pub client_id: String,
    /// Claim that holds the user's name; unset: Kubernetes takes `sub`.
    #[serde(deserialize_with = "tolerant::text")]
    pub username_claim: String,
    /// Put before the user's name; `-` is none.
    #[serde(deserialize_with = "tolerant::text")]
    pub username_prefix: String,
    /// Claim that holds the groups.
    #[serde(deserialize_with = "tolerant::text")]
    pub groups_claim: String,
    /// Put before each group's name.
    #[serde(deserialize_with = "tolerant::text")]
    pub groups_prefix: String,
    /// Certificates to trust for the issuer.
    #[serde(deserialize_with = "certificates")]
    pub ca: Ca,
    /// `key=value` that a token must carry.
    #[serde(deserialize_with = "tolerant::text")]
    pub required_claim: String,
    /// Names such as `RS256`, without the API's prefix; names unknown here are kept.
    #[serde(deserialize_with = "signing_algorithms")]
    pub signing_algorithms: BTreeSet<String>,
    /// Group that CKS binds to `cluster-admin`.
    #[serde(deserialize_with = "tolerant::text")]
    pub admin_group_binding: String,
}

impl Block for Oidc {
    const MEMBER: &'static str = "oidc";
    const LEAVES: &'static [&'static str] = &[
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
    ];

    fn values(&self) -> Vec<LeafValue<'_>> {
        vec![
            LeafValue::Text(&self.issuer_url),
            LeafValue::Text(&self.client_id),
            LeafValue::Text(&self.username_claim),
            LeafValue::Text(&self.username_prefix),
            LeafValue::Text(&self.groups_claim),
            LeafValue::Text(&self.groups_prefix),
            LeafValue::Certificates(&self.ca),
            LeafValue::Text(&self.required_claim),
            LeafValue::SigningAlgorithms(&self.signing_algorithms),
            LeafValue::Text(&self.admin_group_binding),
        ]
    }
}

/// The algorithm's own name, from the API's spelling or any other: `SIGNING_ALGORITHM_RS256` is `RS256`.
pub(crate) fn signing_algorithm(name: &str) -> &str {
    name.strip_prefix(SIGNING_ALGORITHM_PREFIX).unwrap_or(name)
}

pub(super) fn certificates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ca, D::Error> {
    tolerant::text(deserializer).map(Ca::from_base64)
}

/// By name and by number. The zero value says nothing, as everywhere in protobuf.
fn signing_algorithms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    let found = tolerant::texts_of(&Value::deserialize(deserializer)?);
    let names = found.iter().map(|text| match text.as_str() {
        "0" => "UNSPECIFIED",
        "1" => "RS256",
        name => signing_algorithm(name),
    });
    Ok(names.filter(|name| *name != "UNSPECIFIED").map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;

    #[track_caller]
    fn check_algorithms(json: &Value, expected: &[&str]) {
        let oidc: Oidc = serde_json::from_value(json!({ "signingAlgorithms": json })).expect("tolerant");
        assert_eq!(
            oidc.signing_algorithms.iter().map(String::as_str).collect::<Vec<_>>(),
            expected,
            "{json}"
        );
    }

    #[test]
    fn algorithms_are_read_in_every_spelling() {
        check_algorithms(&json!(["SIGNING_ALGORITHM_RS256"]), &["RS256"]);
        check_algorithms(&json!(["RS256", "SIGNING_ALGORITHM_RS256", 1]), &["RS256"]);
        check_algorithms(&json!("RS256"), &["RS256"]);
        check_algorithms(&json!(["SIGNING_ALGORITHM_ES512", 9]), &["9", "ES512"]);
        for unset in [
            json!([]),
            json!(null),
            json!(""),
            json!({}),
            json!([0]),
            json!(["SIGNING_ALGORITHM_UNSPECIFIED"]),
        ] {
            check_algorithms(&unset, &[]);
        }
    }

    #[test]
    fn a_leaf_of_a_wrong_type_shows_and_hides_nothing_else() {
        let oidc: Oidc = serde_json::from_value(json!({
            "issuerUrl": 5, "clientId": {"a": 1}, "ca": ["x"], "signingAlgorithms": {"b": 2}, "usernameClaim": "email",
        }))
        .expect("tolerant");
        assert_eq!(oidc.issuer_url, "5");
        assert_eq!(oidc.client_id, r#"{"a":1}"#);
        assert_eq!(oidc.username_claim, "email");
        assert_eq!(oidc.ca.as_base64(), r#"["x"]"#);
    }

    /// The ways in which an unset leaf may be written.
    fn unset() -> impl Strategy<Value = Option<Value>> {
        prop_oneof![
            Just(None),
            Just(Some(Value::Null)),
            Just(Some(json!(""))),
            Just(Some(json!([]))),
            Just(Some(json!({})))
        ]
    }

    fn oidc() -> impl Strategy<Value = Oidc> {
        let text = prop_oneof![Just(String::new()), "[ -~äß]{1,20}"];
        let algorithms = prop::collection::btree_set("(RS|ES|PS)(256|384|512)", 0..3);
        (prop::collection::vec(text, 9), algorithms).prop_map(|(texts, signing_algorithms)| Oidc {
            issuer_url: texts[0].clone(),
            client_id: texts[1].clone(),
            username_claim: texts[2].clone(),
            username_prefix: texts[3].clone(),
            groups_claim: texts[4].clone(),
            groups_prefix: texts[5].clone(),
            ca: Ca::from_pem(&texts[6]),
            required_claim: texts[7].clone(),
            signing_algorithms,
            admin_group_binding: texts[8].clone(),
        })
    }

    proptest! {
        #[test]
        fn every_encoding_of_a_block_reads_as_the_same_value(
            block in oidc(),
            unset in prop::collection::vec(unset(), Oidc::LEAVES.len()),
            by_number in any::<bool>(),
            prefixed in any::<bool>(),
        ) {
            let all = crate::block::to_json(&block, Oidc::LEAVES);
            let mut written = Map::new();
            for ((path, value), unset) in Oidc::LEAVES.iter().zip(block.values()).zip(unset) {
                let member = path.trim_start_matches("oidc.");
                let encoded = if value.is_unset() { unset } else { Some(all[member].clone()) };
                written.extend(encoded.map(|encoded| (member.to_owned(), encoded)));
            }
            if let Some(Value::Array(names)) = written.get_mut("signingAlgorithms") {
                for name in names {
                    if by_number && *name == "SIGNING_ALGORITHM_RS256" {
                        *name = json!(1);
                    } else if !prefixed {
                        *name = json!(signing_algorithm(name.as_str().unwrap_or_default()));
                    }
                }
            }
            let read: Oidc = serde_json::from_value(Value::Object(written)).expect("tolerant");
            prop_assert_eq!(read, block);
        }
    }
}
