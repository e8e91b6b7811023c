//! One question and its answer: bounded in time, length and redirects, repeated for a while, and failures told apart.

use std::{error::Error as StdError, io, time::SystemTime};

use request_pipeline::{Backoff, Call, Ended, Problem, Retry, chain, retry_after, shortened};
use reqwest::{header, redirect};
use rustls::CertificateError;
use serde_json::{Map, Value};
use url::Url;

use super::errors::Error;

/// Documents and key sets have a few kilobytes.
pub(super) const LONGEST_BODY: usize = 1 << 20;

/// The request and its redirects, as Go's client counts them, and so kube-apiserver.
const MOST_REQUESTS: usize = 10;

/// What one reading of an issuer goes over.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) http: reqwest::Client,
    /// Only the caller's own roots are trusted.
    pub(super) own_roots: bool,
    pub(super) call: Call,
    pub(super) backoff: Backoff,
}

/// Why an attempt failed.
enum Failure {
    /// Trying again may help.
    MayPass(Problem),
    /// It would not.
    Final(Error),
}

/// Follows redirects as far as [`may_follow`] says; the answer that redirects too far is the answer then.
pub(super) fn redirects() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        if may_follow(attempt.previous(), attempt.url()) { attempt.follow() } else { attempt.stop() }
    })
}

/// Not for ever, and not from https to http: the rest of the way could be anybody's.
fn may_follow(so_far: &[Url], to: &Url) -> bool {
    let is_downgrade = to.scheme() != "https" && so_far.last().is_some_and(|from| from.scheme() == "https");
    !is_downgrade && so_far.len() < MOST_REQUESTS
}

impl Connection {
    /// The JSON object at this address.
    pub(super) async fn json(&self, url: &str) -> Result<Map<String, Value>, Error> {
        let mut retry = Retry::until(self.call.deadline, self.backoff);
        loop {
            let attempt = tokio::time::timeout_at(self.call.deadline, self.attempt(url));
            let attempt = self.call.cancelled.run_until_cancelled(attempt).await.ok_or(Error::Cancelled)?;
            let problem = match attempt.unwrap_or_else(|_| Err(Failure::MayPass(no_answer(true)))) {
                Ok(members) => return Ok(members),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::MayPass(problem)) => problem,
            };
            retry.after(problem, url, false, &self.call).await.map_err(|ended| match ended {
                Ended::Cancelled => Error::Cancelled,
                Ended::GaveUp(gave_up) => Error::Unreachable {
                    url: url.to_owned(),
                    attempts: gave_up.attempts,
                    cause: gave_up.cause,
                },
            })?;
        }
    }

    async fn attempt(&self, url: &str) -> Result<Map<String, Value>, Failure> {
        let request = self.http.get(url).header(header::ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| self.failure(url, error))?;
        if !response.status().is_success() {
            return Err(refused(url, &response));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(url, error))? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(Failure::Final(Error::TooLong { url: url.to_owned(), longest: LONGEST_BODY }));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|_| {
            Failure::Final(Error::NotJson {
                url: url.to_owned(),
                beginning: shortened(&String::from_utf8_lossy(&body)),
            })
        })
    }

    fn failure(&self, url: &str, error: reqwest::Error) -> Failure {
        let error = error.without_url();
        if let Some(cause) = certificate_problem(&error) {
            let own_roots = self.own_roots;
            return Failure::Final(Error::Certificate { url: url.to_owned(), cause, own_roots });
        }
        let connected = !error.is_connect();
        Failure::MayPass(if error.is_timeout() {
            no_answer(connected)
        } else {
            Problem { cause: chain(&error), retry_after: None, connected }
        })
    }
}

fn no_answer(connected: bool) -> Problem {
    Problem { cause: "no answer in time".to_owned(), retry_after: None, connected }
}

fn refused(url: &str, response: &reqwest::Response) -> Failure {
    let status = response.status();
    if matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504) {
        return Failure::MayPass(Problem {
            cause: format!("HTTP {}", status.as_u16()),
            retry_after: retry_after(response.headers(), SystemTime::now()),
            connected: true,
        });
    }
    let location = response.headers().get(header::LOCATION).filter(|_| status.is_redirection());
    // Without what it carries: a login's state, say.
    let location = location
        .and_then(|location| location.to_str().ok())
        .map(|location| shortened(location.split(['?', '#']).next().unwrap_or_default()));
    Failure::Final(Error::Status { url: url.to_owned(), status: status.as_u16(), location })
}

/// What rustls says of a certificate that it does not trust. It stands inside of an `io::Error`, which does not show it as
/// its source.
fn certificate_problem(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(cause)) = inner.or_else(|| error.downcast_ref()) {
            return Some(match cause {
                CertificateError::UnknownIssuer => "no trusted CA has signed it".to_owned(),
                other => other.to_string(),
            });
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_neither_away_from_https_nor_round_for_ever() {
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
    fn a_certificate_problem_is_found_inside_of_an_io_error() {
        let untrusted = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(certificate_problem(&untrusted).as_deref(), Some("no trusted CA has signed it"));
        let inside = io::Error::new(io::ErrorKind::InvalidData, untrusted);
        assert!(certificate_problem(&inside).is_some());
        let other = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert_eq!(certificate_problem(&other), None);
    }
}
