//! The OIDC issuer of a cluster (`oidc` of `coreweave.cks.v1beta1.Cluster`), in one normal form for all the encodings in which the API may
//! return it.

use std::collections::BTreeSet;

use super::{certificates::Ca, leaf::block_struct};

block_struct! {
    /// One OpenID Connect issuer that the cluster's API server trusts. `""` is unset in every text.
    pub struct Oidc, OidcLeaf {
        /// Issuer, byte for byte as in the tokens' `iss`.
        issuer_url: String = IssuerUrl "issuerUrl",
        /// Client id that must be in the tokens' `aud`.
        client_id: String = ClientId "clientId",
        /// Claim that holds the user's name; if unset, Kubernetes uses `sub`.
        username_claim: String = UsernameClaim "usernameClaim",
        /// Prefix of the user's name; `-` is none.
        username_prefix: String = UsernamePrefix "usernamePrefix",
        /// Claim that holds the groups.
        groups_claim: String = GroupsClaim "groupsClaim",
        /// Prefix of each group's name.
        groups_prefix: String = GroupsPrefix "groupsPrefix",
        /// Certificates to trust for the issuer.
        ca: Ca = Ca "ca",
        /// `key=value` that a token must contain.
        required_claim: String = RequiredClaim "requiredClaim",
        /// Names such as `RS256`, without the API's prefix; names unknown here are kept.
        signing_algorithms: BTreeSet<String> = SigningAlgorithms "signingAlgorithms",
        /// Group that CKS binds to `cluster-admin`.
        admin_group_binding: String = AdminGroupBinding "adminGroupBinding",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::leaf::{Leaves as _, signing_algorithm};

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
    fn a_leaf_of_a_wrong_type_is_shown_and_the_others_are_read() {
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
            let mut written = Map::new();
            for (leaf, unset) in Oidc::LEAVES.iter().zip(unset) {
                let value = block.value(*leaf);
                let encoded = if value.is_unset() { unset } else { Some(value.to_json()) };
                written.extend(encoded.map(|encoded| (leaf.name().to_owned(), encoded)));
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
