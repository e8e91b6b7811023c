//! TokenRequest: tokens of ServiceAccounts, bound to a Secret or not, and whether they still authenticate.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    answer::Answer,
    kubernetes::{Kubernetes, Place, not_found, precondition_failed, rfc3339, uid_of},
    tokens::Token,
};

impl Kubernetes {
    /// Whether the API server accepts it: neither expired nor revoked.
    pub fn is_live(&self, token: &Token) -> bool {
        let exists = |(place, uid): &(Place, String)| {
            self.objects.get(place).is_some_and(|object| uid_of(object) == uid)
        };
        self.now < token.expires && exists(&token.account) && token.secret.as_ref().is_none_or(exists)
    }

    pub(super) fn issue(&mut self, place: &Place, body: &Value) -> Answer {
        let Some(account) = self.objects.get(place) else { return not_found(place) };
        let account_uid = uid_of(account).to_owned();
        if body["metadata"]["uid"].as_str().is_some_and(|uid| uid != account_uid) {
            let message = "the UID in the token request does not match the UID of the service account";
            let about = ("authentication.k8s.io", "TokenRequest", place.name.as_str());
            return Answer::kubernetes(409, "Conflict", message, Some(about));
        }
        let bound = &body["spec"]["boundObjectRef"];
        let secret = match bound["name"].as_str() {
            None => None,
            Some(name) => {
                let secret = Place::new("secrets", &place.namespace, name);
                let Some(found) = self.objects.get(&secret) else { return not_found(&secret) };
                if bound["uid"] != uid_of(found) {
                    return precondition_failed(
                        &secret,
                        "the UID in the bound object reference does not match",
                    );
                }
                Some((secret, uid_of(found).to_owned()))
            }
        };
        let seconds = body["spec"]["expirationSeconds"].as_i64().unwrap_or(3_600);
        self.version += 1;
        let id = format!("00000000-0000-4000-9000-{:012x}", self.version);
        let (issued, expires) = (self.now / 1_000, self.now / 1_000 + seconds);
        let claims = json!({"iat": issued, "exp": expires, "jti": id, "sub": format!("system:serviceaccount:{}:{}", place.namespace, place.name)});
        let text = format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
        self.tokens.push(Token {
            text: text.clone(),
            account: (place.clone(), account_uid),
            secret,
            expires: expires * 1_000,
        });
        let mut answer =
            json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": body["spec"]});
        answer["spec"]["expirationSeconds"] = seconds.into();
        answer["status"] = json!({"token": text, "expirationTimestamp": rfc3339(expires * 1_000)});
        Answer::written(201, &answer)
    }
}
