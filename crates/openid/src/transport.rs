//! Requests to an issuer and their responses, with limits on length and redirects. The pipeline does the rest.

use std::{error::Error as StdError, io};

use request_pipeline::{
    Backoff, Call, Effect, Ended, LoginUrl, Problem, Retry, chain, repeat, send_once, shortened,
};
use reqwest::{header, redirect};
use rustls::CertificateError;
use serde_json::{Map, Value};
use url::Url;

use super::errors::Error;

/// Longer than any document or key set, which have a few kilobytes.
pub(super) const LONGEST_BODY: usize = 1 << 20;

/// Requests including redirects, as Go's client counts them, which kube-apiserver uses.
const MOST_REQUESTS: usize = 10;

/// Connection for one read of an issuer.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) http: reqwest::Client,
    /// Whether only the caller's own roots are trusted.
    pub(super) own_roots: bool,
    pub(super) call: Call,
    pub(super) backoff: Backoff,
}

/// Outcome of one attempt: the members of a JSON object, or an error.
type Answer = request_pipeline::Answer<Map<String, Value>, Error>;

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
            Ended::GaveUp(gave_up) => {
                Error::Unreachable { url: url.to_owned(), attempts: gave_up.attempts, cause: gave_up.cause }
            }
        };
        let retry = Retry::until(self.call.deadline, self.backoff);
        repeat(retry, &self.call, attempt, || url.to_owned(), || false, gave_up).await?.answer
    }

    async fn exchange(&self, url: &str) -> Answer {
        let request = self.http.get(url).header(header::ACCEPT, "application/json");
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return self.failure(url, error),
        };
        if !response.status().is_success() {
            return refused(url, &response);
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_BODY => {
                    return Answer::Rejected(Error::TooLong { url: url.to_owned(), longest: LONGEST_BODY });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return self.failure(url, error),
            }
        }
        match serde_json::from_slice(&body) {
            Ok(members) => Answer::Success(members),
            Err(_) => Answer::Rejected(Error::NotJson {
                url: url.to_owned(),
                beginning: shortened(&String::from_utf8_lossy(&body)),
            }),
        }
    }

    fn failure(&self, url: &str, error: reqwest::Error) -> Answer {
        let error = error.without_url();
        if let Some(cause) = certificate_problem(&error) {
            let own_roots = self.own_roots;
            return Answer::Rejected(Error::Certificate { url: url.to_owned(), cause, own_roots });
        }
        let cause = if error.is_timeout() { "no response in time".to_owned() } else { chain(&error) };
        Answer::Problem(Problem { cause, retry_after: None, connected: !error.is_connect() })
    }
}

fn refused(url: &str, response: &reqwest::Response) -> Answer {
    let status = response.status();
    let location = response.headers().get(header::LOCATION).filter(|_| status.is_redirection());
    // Its query may contain the state of a login.
    let location = location
        .and_then(|location| location.to_str().ok())
        .map(|location| LoginUrl::new(location).to_string());
    let refusal = Error::Status { url: url.to_owned(), status: status.as_u16(), location };
    Answer::of_status(status, response.headers(), "", refusal)
}

/// The error of rustls about a certificate that is not trusted. It is inside an `io::Error`, without a proxy inside two, and an
/// `io::Error` does not return it as its source.
fn certificate_problem(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(cause)) = error.downcast_ref() {
            return Some(match cause {
                CertificateError::UnknownIssuer => "no trusted CA has signed it".to_owned(),
                other => other.to_string(),
            });
        }
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inside.map(|inside| inside as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
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

    #[test]
    fn a_certificate_error_is_found_inside_an_io_error() {
        let untrusted = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(certificate_problem(&untrusted).as_deref(), Some("no trusted CA has signed it"));
        let inside = io::Error::new(io::ErrorKind::InvalidData, untrusted);
        assert!(certificate_problem(&inside).is_some());
        assert!(certificate_problem(&io::Error::other(inside)).is_some());
        let other = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert_eq!(certificate_problem(&other), None);
    }
}
