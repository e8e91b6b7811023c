//! A discovery document, as the issuer returns it. Members that kube-apiserver reads are checked; others are read if possible.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The discovery document of an issuer, members by name (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Map<String, Value>);

/// Members that kube-apiserver reads as texts (go-oidc 2, `providerJSON`).
const TEXTS: [&str; 5] =
    ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"];

/// The member that it reads as a list of texts.
const ALGORITHMS: &str = "id_token_signing_alg_values_supported";

impl Document {
    /// The document, or the member of a type with which kube-apiserver cannot read it.
    pub(super) fn new(members: Map<String, Value>) -> Result<Self, &'static str> {
        let is_text = |value: &Value| value.is_string() || value.is_null();
        let is_list =
            |value: &Value| value.is_null() || value.as_array().is_some_and(|list| list.iter().all(is_text));
        if let Some(wrong) = TEXTS.into_iter().find(|name| !members.get(*name).is_none_or(is_text)) {
            return Err(wrong);
        }
        if members.get(ALGORITHMS).is_none_or(is_list) { Ok(Self(members)) } else { Err(ALGORITHMS) }
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
            "registration_endpoint": "",
            "end_session_endpoint": 7,
            "scopes_supported": ["openid", "email", "openid", 7],
            "grant_types_supported": "authorization_code",
            "claims_supported": [],
            "response_types_supported": null,
        })))
        .expect("it can be read");
        assert_eq!(document.text("token_endpoint").as_deref(), Some("https://issuer.example.com/token"));
        for unreadable in ["registration_endpoint", "end_session_endpoint", "device_authorization_endpoint"] {
            assert_eq!(document.text(unreadable), None, "{unreadable}");
        }
        assert_eq!(document.texts("scopes_supported"), Some(set(&["email", "openid"])));
        assert_eq!(document.texts("grant_types_supported"), Some(set(&["authorization_code"])));
        assert_eq!(document.texts("claims_supported"), Some(set(&[])), "an empty list says something");
        assert_eq!(document.texts("response_types_supported"), None);
        assert_eq!(document.texts("code_challenge_methods_supported"), None);
    }

    #[test]
    fn a_member_that_kube_apiserver_reads_has_its_type() {
        for name in TEXTS {
            let document = |value: Value| Document::new(members(&json!({ name: value })));
            assert!(document(json!("text")).is_ok() && document(json!(null)).is_ok(), "{name}");
            assert_eq!(document(json!(7)), Err(name));
            assert_eq!(document(json!(["text"])), Err(name));
        }
        let algorithms = |value: Value| Document::new(members(&json!({ ALGORITHMS: value })));
        assert!(algorithms(json!(["RS256"])).is_ok() && algorithms(json!(null)).is_ok());
        assert_eq!(algorithms(json!("RS256")), Err(ALGORITHMS));
        assert_eq!(algorithms(json!([7])), Err(ALGORITHMS));
    }
}
