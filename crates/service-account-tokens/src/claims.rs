//! Claims of a token. They are not verified: the token comes from the server that issued it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// The claims that are used. Tokens of old servers lack `jti`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Claims {
    /// Time of issue, in seconds since 1970.
    #[serde(rename = "iat")]
    pub(super) issued_at: Option<i64>,
    /// Id of the token in audit logs.
    #[serde(rename = "jti")]
    pub(super) credential_id: Option<String>,
}

/// The claims; none if the token is not a JWT.
pub(super) fn read(token: &SecretString) -> Claims {
    let payload = token.expose_secret().split('.').nth(1);
    let decoded = payload.and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    decoded.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, issued_at: Option<i64>, credential_id: Option<&str>) {
        let expected = Claims { issued_at, credential_id: credential_id.map(str::to_owned) };
        assert_eq!(read(&token.to_owned().into()), expected, "{token}");
    }

    #[test]
    fn claims_are_read_from_jwts_only() {
        let jwt = |payload: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload));
        check(&jwt(r#"{"iat":1700000000,"jti":"a-b","exp":1700003600}"#), Some(1_700_000_000), Some("a-b"));
        check(&jwt(r#"{"iat":1700000000}"#), Some(1_700_000_000), None);
        check(&jwt("{"), None, None);
        check("opaque", None, None);
        check("a.%%%.c", None, None);
    }
}
