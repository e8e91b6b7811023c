//! A discovery document and a set of keys, as the issuer returns them. Only required members are checked; others are read if possible.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The discovery document of an issuer, members by name (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Map<String, Value>);

impl Document {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// A text; `None` if it is absent, empty or of another type.
    pub fn text(&self, member: &str) -> Option<String> {
        self.0.get(member).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A list of texts, in which order has no meaning; `None` if it is absent or of another type.
    pub fn texts(&self, member: &str) -> Option<BTreeSet<String>> {
        match self.0.get(member)? {
            Value::Array(texts) => Some(texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            // Some providers write a list of one as its element.
            Value::String(text) => Some(BTreeSet::from([text.clone()])),
            _ => None,
        }
    }
}

/// The ids of a set of keys (RFC 7517 §5); a key need not have one. `None` if it is not a set of keys.
pub(super) fn key_ids(keys: &Map<String, Value>) -> Option<BTreeSet<String>> {
    let keys = keys.get("keys")?.as_array()?;
    Some(keys.iter().filter_map(|key| key["kid"].as_str()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_member_of_a_wrong_type_counts_as_absent() {
        let document = Document::new(members(&json!({
            "token_endpoint": "https://issuer.example.com/token",
            "userinfo_endpoint": "",
            "end_session_endpoint": 7,
            "scopes_supported": ["openid", "email", "openid", 7],
            "grant_types_supported": "authorization_code",
            "claims_supported": [],
            "response_types_supported": null,
        })));
        assert_eq!(document.text("token_endpoint").as_deref(), Some("https://issuer.example.com/token"));
        for unreadable in ["userinfo_endpoint", "end_session_endpoint", "device_authorization_endpoint"] {
            assert_eq!(document.text(unreadable), None, "{unreadable}");
        }
        assert_eq!(document.texts("scopes_supported"), Some(set(&["email", "openid"])));
        assert_eq!(document.texts("grant_types_supported"), Some(set(&["authorization_code"])));
        assert_eq!(document.texts("claims_supported"), Some(set(&[])), "an empty list says something");
        assert_eq!(document.texts("response_types_supported"), None);
        assert_eq!(document.texts("code_challenge_methods_supported"), None);
    }

    #[test]
    fn keys_without_an_id_are_skipped() {
        let ids = |keys: Value| key_ids(&members(&keys));
        let two = json!({ "keys": [{ "kid": "b", "kty": "RSA" }, { "kty": "EC" }, { "kid": "a" }] });
        assert_eq!(ids(two), Some(set(&["a", "b"])));
        assert_eq!(ids(json!({ "keys": [] })), Some(set(&[])));
        assert_eq!(ids(json!({ "keys": {} })), None);
        assert_eq!(ids(json!({})), None);
    }
}
