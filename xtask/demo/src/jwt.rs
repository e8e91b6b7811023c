//! Claims of an ID token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// These claims of the token, as one line of JSON. They are not verified: the cluster does that.
pub(crate) fn claims(token: &SecretString, names: &[&str]) -> Result<String, Failure> {
    let payload = token.expose_secret().split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(Failure::of("the ID token is no JWT"))?;
    let all: Map<String, Value> =
        serde_json::from_slice(&bytes).map_err(Failure::of("the ID token is no JWT"))?;
    let selected = all.into_iter().filter(|(name, _)| names.contains(&name.as_str()));
    Ok(Value::Object(selected.collect()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_claims_are_returned() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"email":"ada@example.com","exp":1}"#);
        let token = format!("header.{payload}.signature").into();
        assert_eq!(claims(&token, &["email", "groups"]).unwrap(), r#"{"email":"ada@example.com"}"#);
        assert!(claims(&"nonsense".into(), &["email"]).is_err());
    }
}
