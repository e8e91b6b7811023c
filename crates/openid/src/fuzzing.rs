//! What reads the responses of an issuer, as a function of any response. It panics if a rule is broken.

use std::time::{Duration, SystemTime};

use request_pipeline::Redactor;
use reqwest::{
    StatusCode,
    header::{self, HeaderMap},
};
use secrecy::ExposeSecret as _;

use super::{
    client::is_as_safe,
    document::Document,
    github_actions,
    id_token::Lifetime,
    keys::key_ids,
    transport::{Answer, refused, understood},
};

/// The credential of requests for ID tokens, which no message may repeat.
pub const CREDENTIAL: &str = "credential-of-the-runner";

const URL: &str = "https://issuer.example.com/.well-known/openid-configuration";

/// Reads a response as that to a request for an ID token. Returns the texts that a user may see.
pub fn id_token_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let credential = CREDENTIAL.into();
    match github_actions::understood(URL.to_owned(), status, headers, body, Redactor(Some(&credential))) {
        request_pipeline::Answer::Success(token) => {
            id_token(token.expose_secret());
            Vec::new()
        }
        request_pipeline::Answer::Rejected(error) => vec![error.to_string()],
        request_pipeline::Answer::Problem(problem) => vec![problem.cause],
        request_pipeline::Answer::Tls(problem) => vec![problem.to_string()],
    }
}

/// Reads the lifetime of a token.
pub fn id_token(token: &str) {
    let Some(lifetime) = Lifetime::of(&token.into()) else { return };
    let now = SystemTime::now();
    let whole = lifetime.usable_for(now);
    assert!(whole.is_none_or(|whole| whole <= Duration::from_hours(24)), "it must not overflow a clock");
    let _ = lifetime.expired_since(now);
}

/// Reads a response as document and as keys. Returns the texts that a user may see.
pub fn response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok());
    let answer = if status == StatusCode::OK {
        understood(URL, body.to_vec(), encoding)
    } else {
        refused(URL, status, headers)
    };
    match answer {
        Answer::Success(members) => {
            let mut shown: Vec<_> =
                key_ids(&members).err().map(|problem| problem.to_string()).into_iter().collect();
            let names: Vec<_> = members.keys().cloned().collect();
            let document = match Document::new(members) {
                Ok(document) => document,
                Err(member) => {
                    shown.push(member.to_owned());
                    return shown;
                }
            };
            for name in names {
                let (text, texts) = (document.text(&name), document.texts(&name));
                assert!(
                    text.is_none_or(|text| texts.is_some_and(|texts| texts.contains(&text))),
                    "a text is a list of one"
                );
            }
            let _ = document.text("jwks_uri").is_some_and(|url| is_as_safe(&url, URL));
            shown
        }
        Answer::Rejected(error) => vec![error.to_string()],
        Answer::Problem(problem) => vec![problem.cause],
        Answer::Tls(problem) => vec![problem.to_string()],
    }
}
