//! Requests to an issuer and their responses, with limits on length and redirects. The pipeline does the rest.

use std::{borrow::Cow, io::Read as _};

use flate2::read::GzDecoder;
use request_pipeline::{
    Backoff, Call, Effect, Ended, LoginUrl, Problem, Retry, TlsProblem, body_text, chain, repeat, send_once,
    shortened,
};
use reqwest::{
    StatusCode,
    header::{self, HeaderMap},
    redirect,
};
use serde_json::{Map, Value};
use url::Url;

use super::errors::{Error, NoResponse};

/// Longer than any document or key set, which have a few kilobytes.
pub(super) const LONGEST_BODY: usize = 1 << 20;

/// Requests including redirects, as Go's client counts them, which kube-apiserver uses.
const MOST_REQUESTS: usize = 10;

/// Connection for one read of an issuer.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) http: reqwest::Client,
    /// The caller's own roots, as messages describe them, if only these are trusted.
    pub(super) own_roots: Option<String>,
    pub(super) call: Call,
    pub(super) backoff: Backoff,
}

/// Outcome of one attempt: the members of a JSON object, or an error.
pub(super) type Answer = request_pipeline::Answer<Map<String, Value>, Error>;

/// Follows redirects that [`may_follow`] allows; any other redirect is the response.
pub(super) fn redirects() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        if may_follow(attempt.previous(), attempt.url()) { attempt.follow() } else { attempt.stop() }
    })
}

/// Whether to follow a redirect: up to a limit, and not from https to http.
fn may_follow(so_far: &[Url], to: &Url) -> bool {
    let is_downgrade = to.scheme() != "https" && so_far.last().is_some_and(|from| from.scheme() == "https");
    !is_downgrade && so_far.len() < MOST_REQUESTS
}

impl Connection {
    /// The JSON object at this address.
    pub(super) async fn json(&self, url: &str) -> Result<Map<String, Value>, Error> {
        let attempt = || async {
            let sent = send_once(&self.call, Effect::Read, None, self.exchange(url), |_, _| {});
            sent.await.map_err(|_| Error::Cancelled)
        };
        let gave_up = |ended| match ended {
            Ended::Cancelled => Error::Cancelled,
            Ended::Tls(problem) => {
                Error::Tls { url: url.to_owned(), problem, own_roots: self.own_roots.clone() }
            }
            Ended::GaveUp(gave_up) => Error::Unreachable(NoResponse {
                url: url.to_owned(),
                attempts: gave_up.attempts,
                cause: gave_up.cause,
            }),
        };
        let retry = Retry::until(self.call.deadline, self.backoff);
        repeat(retry, &self.call, attempt, || url.to_owned(), || false, gave_up).await?.answer
    }

    async fn exchange(&self, url: &str) -> Answer {
        let request = self.http.get(url).header(header::ACCEPT, "application/json");
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failure(error),
        };
        // kube-apiserver accepts no other 2xx.
        if response.status() != StatusCode::OK {
            return refused(url, response.status(), response.headers());
        }
        let encoding = response.headers().get(header::CONTENT_ENCODING);
        let encoding =
            encoding.map(|encoding| String::from_utf8_lossy(encoding.as_bytes()).trim().to_ascii_lowercase());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_BODY => {
                    return Answer::Rejected(Error::TooLong { url: url.to_owned(), longest: LONGEST_BODY });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return failure(error),
            }
        }
        understood(url, body, encoding.as_deref())
    }
}

pub(super) fn failure<T, R>(error: reqwest::Error) -> request_pipeline::Answer<T, R> {
    let error = error.without_url();
    if let Some(problem) = TlsProblem::find(&error) {
        return request_pipeline::Answer::Tls(problem);
    }
    let cause = if error.is_timeout() { "no response in time".to_owned() } else { chain(&error) };
    request_pipeline::Answer::Problem(Problem { cause, retry_after: None, connected: !error.is_connect() })
}

/// Go's client, and so kube-apiserver, asks for gzip and decompresses it; other encodings it cannot read. The error is the encoding.
fn decompressed(body: Vec<u8>, encoding: Option<&str>) -> Result<Vec<u8>, String> {
    match encoding {
        None | Some("" | "identity") => Ok(body),
        Some("gzip" | "x-gzip") => {
            let mut plain = Vec::new();
            // One byte more, so that a body that is too long is no whole JSON.
            let mut reader = GzDecoder::new(body.as_slice()).take(LONGEST_BODY as u64 + 1);
            match reader.read_to_end(&mut plain) {
                Ok(length) if length <= LONGEST_BODY => Ok(plain),
                Ok(_) => Err("gzip, too long".to_owned()),
                Err(_) => Err("gzip, malformed".to_owned()),
            }
        }
        Some(other) => Err(shortened(other)),
    }
}

/// The beginning of a body in quotes, if it is text.
fn beginning(body: &[u8]) -> String {
    match body_text(body) {
        Cow::Borrowed(text) => format!("{:?}", shortened(text)),
        Cow::Owned(no_text) => no_text,
    }
}

/// The response with status 200, as its body and the encoding of that say.
pub(super) fn understood(url: &str, body: Vec<u8>, encoding: Option<&str>) -> Answer {
    let body = match decompressed(body, encoding) {
        Ok(body) => body,
        Err(encoding) => return Answer::Rejected(Error::Compressed { url: url.to_owned(), encoding }),
    };
    match serde_json::from_slice(&body) {
        Ok(members) => Answer::Success(members),
        Err(_) => Answer::Rejected(Error::NotJson { url: url.to_owned(), beginning: beginning(&body) }),
    }
}

pub(super) fn refused(url: &str, status: StatusCode, headers: &HeaderMap) -> Answer {
    let location = headers.get(header::LOCATION).filter(|_| status.is_redirection());
    // Its query may contain the state of a login.
    let location = location
        .and_then(|location| location.to_str().ok())
        .map(|location| LoginUrl::new(location).to_string());
    let refusal = Error::Status { url: url.to_owned(), status: status.as_u16(), location };
    Answer::of_status(status, headers, "", refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_limited_and_stay_on_https() {
        let url = |text: &str| text.parse::<Url>().expect("a URL");
        let (http, https) = (url("http://a.example.com"), url("https://a.example.com"));
        let check = |from: &Url, to: &Url| may_follow(std::slice::from_ref(from), to);
        assert!(check(&https, &url("https://b.example.com")));
        assert!(!check(&https, &http));
        assert!(check(&http, &https));
        assert!(may_follow(&vec![https.clone(); 9], &https));
        assert!(!may_follow(&vec![https.clone(); 10], &https));
    }
}
