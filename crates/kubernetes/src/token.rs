//! TokenRequest: a token of a ServiceAccount.
//!
//! Rules are Kubernetes': `pkg/registry/core/serviceaccount/storage/token.go`. A `metadata.uid` that is not the ServiceAccount's is
//! rejected with 409; a lifetime above the server's limit is shortened, with a warning.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::{
    errors::{Action, Error},
    http::Request,
    object::{Kind as _, ObjectPlace},
    service_account::ServiceAccount,
    session::Session,
};

/// A requested token.
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    /// UID of the ServiceAccount, so that the server rejects another one of the same name.
    pub service_account_uid: Option<String>,
    /// Lifetime in seconds, 600 or more. `None`: the server's default.
    pub expiration_seconds: Option<i64>,
    /// Audiences; empty: the API server itself.
    pub audiences: Vec<String>,
    /// Name and uid of a Secret, whose deletion revokes the token.
    pub bound_secret: Option<(String, String)>,
}

/// An issued token.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token itself.
    pub token: SecretString,
    /// Time of expiry (RFC 3339), as the server returned it.
    pub expires_at: String,
    /// Granted lifetime in seconds.
    pub granted_seconds: i64,
    /// Whether an earlier attempt got no response, so that the server may have issued one more token, which nobody has.
    pub repeated: bool,
}

impl Session {
    /// Requests a token. Each request issues another one.
    pub async fn request_token(
        &self,
        place: &ObjectPlace,
        wanted: &TokenRequest,
    ) -> Result<IssuedToken, Error> {
        let api = ServiceAccount::api(true);
        let action = Action { subresource: Some("token"), ..Action::on("create", api, place) };
        let target = format!("{}/token?fieldManager={}", api.path_of(place), super::FIELD_MANAGER);
        let request = Request::post(action.clone(), target, body(place, wanted));
        let outcome = self.send(&request.proved(true)).await?;
        let answer = outcome.answer.map_err(|refusal| self.refused(refusal, action.clone()))?;
        issued(answer, outcome.repeated).ok_or_else(|| Error::Unexpected {
            title: self.client().connection().title.clone(),
            action: action.into(),
            status: 201,
            // The response may contain a token, so it is not shown.
            message: "the answer holds no token".to_owned(),
        })
    }
}

fn body(place: &ObjectPlace, wanted: &TokenRequest) -> Value {
    let mut spec = Map::new();
    if !wanted.audiences.is_empty() {
        spec.insert("audiences".to_owned(), json!(wanted.audiences));
    }
    if let Some(seconds) = wanted.expiration_seconds {
        spec.insert("expirationSeconds".to_owned(), seconds.into());
    }
    if let Some((name, uid)) = &wanted.bound_secret {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "name": name, "uid": uid});
        spec.insert("boundObjectRef".to_owned(), secret);
    }
    let mut metadata = json!({"name": place.name, "namespace": place.namespace});
    if let Some(uid) = &wanted.service_account_uid {
        metadata["uid"] = uid.clone().into();
    }
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": metadata, "spec": spec})
}

pub(super) fn issued(mut answer: Value, repeated: bool) -> Option<IssuedToken> {
    let granted_seconds = answer.pointer("/spec/expirationSeconds")?.as_i64()?;
    let expires_at = answer.pointer("/status/expirationTimestamp")?.as_str()?.to_owned();
    let Value::String(token) = answer.pointer_mut("/status/token")?.take() else { return None };
    let token = SecretString::from(token);
    let issued = IssuedToken { token, expires_at, granted_seconds, repeated };
    (!issued.token.expose_secret().is_empty()).then_some(issued)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_has_the_uid_the_secret_and_no_unset_members() {
        let place = ObjectPlace::namespaced("ci", "deployer");
        let bare = body(&place, &TokenRequest::default());
        assert_eq!(bare["spec"], json!({}));
        assert_eq!(bare["metadata"], json!({"name": "deployer", "namespace": "ci"}));
        let wanted = TokenRequest {
            service_account_uid: Some("u-1".to_owned()),
            expiration_seconds: Some(600),
            audiences: vec!["vault".to_owned()],
            bound_secret: Some(("s".to_owned(), "u-2".to_owned())),
        };
        let full = body(&place, &wanted);
        assert_eq!(full.pointer("/metadata/uid"), Some(&json!("u-1")));
        assert_eq!(full.pointer("/spec/boundObjectRef/uid"), Some(&json!("u-2")));
        assert_eq!(full.pointer("/spec/expirationSeconds"), Some(&json!(600)));
    }

    #[test]
    fn a_response_without_a_token_is_none() {
        let answer = |token: &str| json!({"spec": {"expirationSeconds": 600}, "status": {"token": token, "expirationTimestamp": "2026-01-01T00:00:00Z"}});
        assert!(issued(answer(""), false).is_none());
        let issued = issued(answer("eyJ"), false).expect("a token");
        assert_eq!((issued.granted_seconds, issued.token.expose_secret()), (600, "eyJ"));
    }
}
