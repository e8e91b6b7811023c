//! ID tokens of GitHub Actions: the runner gives a job an address and a credential, with which the job requests tokens about itself.
//!
//! Rule: "OpenID Connect reference" of GitHub's documentation, and `getIDToken` of `@actions/core`: a GET with the credential and the query
//! `audience`, answered by a JSON object with the token as `value`.

use std::time::Duration;

use request_pipeline::{
    Answer, Call, Effect, Ended, LoginUrl, Problem, Redactor, Retry, TlsProblem, body_text, is_loopback,
    repeat, send_once, shortened,
};
use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{client::Client, errors::NoResponse, id_token::Lifetime, transport::failure};

/// Variable with the address.
pub const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";

/// Variable with the credential.
pub const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// Longer than any token, which has to fit a header.
const LONGEST_BODY: usize = 64 << 10;

/// A request for an ID token of the job.
#[derive(Debug)]
pub struct GithubRequest {
    url: Url,
    token: SecretString,
}

/// Why GitHub Actions issued no ID token. No variant has a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// The job may not request one, or this is no job of GitHub Actions.
    #[error(
        "the environment variable {variable} is not set. GitHub Actions sets it in jobs with the permission `id-token: write` only: add \
         `permissions: id-token: write` to the job in the workflow"
    )]
    NotPermitted {
        /// Name of the variable.
        variable: &'static str,
    },
    /// The variables or the settings of the client are invalid.
    #[error("{problem}")]
    Invalid {
        /// What is wrong, as a clause.
        problem: String,
    },
    /// No attempt got a response.
    #[error(transparent)]
    Unreachable(NoResponse),
    /// TLS failed for good.
    #[error("no request was sent to {url}, because {problem}")]
    Tls {
        /// URL of the request.
        url: String,
        /// What is wrong.
        problem: TlsProblem,
    },
    /// The response is a rejection.
    #[error("{url} responded HTTP {status}{}", also(message))]
    Rejected {
        /// URL of the request.
        url: String,
        /// HTTP status.
        status: u16,
        /// Beginning of the response, without secrets; may be empty.
        message: String,
    },
    /// The response has no ID token.
    #[error("the response of {url} has no ID token")]
    NoToken {
        /// URL of the request.
        url: String,
    },
}

fn also(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

#[derive(Deserialize)]
struct Issued {
    value: String,
}

impl GithubRequest {
    /// From the variables of the job.
    pub fn new(
        environment: impl Fn(&str) -> Option<String>,
        audience: Option<&str>,
    ) -> Result<Self, GithubError> {
        let variable = |variable: &'static str| {
            let value = environment(variable).filter(|value| !value.trim().is_empty());
            value.ok_or(GithubError::NotPermitted { variable })
        };
        let (url, token) = (variable(REQUEST_URL)?, variable(REQUEST_TOKEN)?);
        let fails = |problem: &str| GithubError::Invalid {
            problem: format!("the environment variable {REQUEST_URL} {problem}"),
        };
        let mut url = Url::parse(url.trim()).map_err(|_| fails("is not a URL"))?;
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_loopback(host) => {}
            _ => return Err(fails("is not an https URL, so that its credential would be sent unencrypted")),
        }
        if let Some(audience) = audience {
            url.query_pairs_mut().append_pair("audience", audience);
        }
        Ok(Self { url, token: token.trim().into() })
    }

    /// Without its query.
    fn shown(&self) -> String {
        LoginUrl::from(&self.url).to_string()
    }
}

impl Client {
    /// An ID token of the job. Dropping the future ends it.
    pub async fn github_id_token(&self, request: &GithubRequest) -> Result<SecretString, GithubError> {
        // A redirect would send the credential elsewhere.
        let http = self.http_client(request.url.as_str(), None, redirect::Policy::none());
        let http = http.map_err(|error| GithubError::Invalid { problem: error.to_string() })?;
        let call = Call::within(self.retry_limit.limit, CancellationToken::new());
        let log = |outcome, elapsed: Duration| {
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(
                url = request.shown(),
                outcome,
                elapsed_ms,
                "requested an ID token of GitHub Actions"
            );
        };
        let no_response = |attempts, cause: String| {
            GithubError::Unreachable(NoResponse { url: request.shown(), attempts, cause })
        };
        let cancelled = || no_response(0, "cancelled".to_owned());
        let attempt = || async {
            let sent = send_once(&call, Effect::Read, None, exchange(&http, request), log).await;
            sent.map_err(|_| cancelled())
        };
        let gave_up = |ended| match ended {
            Ended::Tls(problem) => GithubError::Tls { url: request.shown(), problem },
            Ended::GaveUp(gave_up) => no_response(gave_up.attempts, gave_up.cause),
            Ended::Cancelled => cancelled(),
        };
        let retry = Retry::until(call.deadline, self.retry_limit.backoff);
        repeat(retry, &call, attempt, || request.shown(), || false, gave_up).await?.answer
    }
}

async fn exchange(http: &reqwest::Client, request: &GithubRequest) -> Answer<SecretString, GithubError> {
    let authorization = HeaderValue::from_str(&format!("Bearer {}", request.token.expose_secret()));
    let Ok(mut authorization) = authorization else {
        let problem = format!("the environment variable {REQUEST_TOKEN} has characters that no token has");
        return Answer::Rejected(GithubError::Invalid { problem });
    };
    authorization.set_sensitive(true);
    let sent = http.get(request.url.clone()).header(header::ACCEPT, "application/json");
    let mut response = match sent.header(header::AUTHORIZATION, authorization).send().await {
        Ok(response) => response,
        Err(error) => return failure(error),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_BODY => {
                let message = format!("longer than {} KiB", LONGEST_BODY >> 10);
                let (url, status) = (request.shown(), status.as_u16());
                return Answer::Rejected(GithubError::Rejected { url, status, message });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return failure(error),
        }
    }
    understood(request.shown(), status, &headers, &body, Redactor(Some(&request.token)))
}

/// What a response means. `redactor`: for the credential of the request.
pub(super) fn understood(
    url: String,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    redactor: Redactor<'_>,
) -> Answer<SecretString, GithubError> {
    if !status.is_success() {
        // Before the text is shortened: half a token would not be recognised.
        let message = shortened(&redactor.text(&body_text(body)));
        let refusal = GithubError::Rejected { url, status: status.as_u16(), message: message.clone() };
        return Answer::of_status(status, headers, &message, refusal);
    }
    match serde_json::from_slice::<Issued>(body) {
        Ok(Issued { value }) => {
            let token = SecretString::from(value);
            match Lifetime::of(&token) {
                Some(_) => Answer::Success(token),
                None => Answer::Rejected(GithubError::NoToken { url }),
            }
        }
        Err(error) if error.is_eof() => Answer::Problem(Problem {
            cause: format!("the response (HTTP {}) was cut short", status.as_u16()),
            retry_after: None,
            connected: true,
        }),
        Err(_) => Answer::Rejected(GithubError::NoToken { url }),
    }
}

#[cfg(test)]
mod tests;
