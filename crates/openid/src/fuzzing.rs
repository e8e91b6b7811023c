//! What reads the responses of an issuer, as a function of any response. It panics if a rule is broken.

use reqwest::{StatusCode, header::HeaderMap};

use super::{
    client::is_as_safe,
    document::{Document, key_ids},
    transport::{Answer, refused, understood},
};

const URL: &str = "https://issuer.example.com/.well-known/openid-configuration";

/// Reads a response as document and as keys. Returns the texts that a user may see.
pub fn response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let answer = if status.is_success() { understood(URL, body) } else { refused(URL, status, headers) };
    match answer {
        Answer::Success(members) => {
            let _ = key_ids(&members);
            let names: Vec<_> = members.keys().cloned().collect();
            let document = Document::new(members);
            for name in names {
                let (text, texts) = (document.text(&name), document.texts(&name));
                assert!(
                    text.is_none_or(|text| texts.is_some_and(|texts| texts.contains(&text))),
                    "a text is a list of one"
                );
            }
            let _ = document.text("jwks_uri").is_some_and(|url| is_as_safe(&url, URL));
            Vec::new()
        }
        Answer::Rejected(error) => vec![error.to_string()],
        Answer::Problem(problem) => vec![problem.cause],
    }
}
