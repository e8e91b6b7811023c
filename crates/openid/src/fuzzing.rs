//! What reads the responses of an issuer, as a function of any response. It panics if a rule is broken.

use reqwest::{
    StatusCode,
    header::{self, HeaderMap},
};

use super::{
    client::is_as_safe,
    document::Document,
    keys::key_ids,
    transport::{Answer, refused, understood},
};

const URL: &str = "https://issuer.example.com/.well-known/openid-configuration";

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
