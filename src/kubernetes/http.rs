//! One request, its answer, and its repetition.
//!
//! An answer is one of three: JSON of a success, a refusal (repeating it would not help), or a problem that may pass. Which statuses
//! may pass: 429, 500, 502, 503, 504.

use std::{
    pin::pin,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    client::{Client, Made, auth_problem, problem_of},
    connection::Credentials,
    errors::{Action, Error},
    session::Session,
    status::{Refusal, warnings},
};
use crate::requests::{Backoff, Problem, Retry, redacted, retry_after};

/// How long a write that is out may still answer after it was cancelled.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// More than any page of a list takes.
const LONGEST_BODY: usize = 64 << 20;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) action: Action,
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Option<Value>,
}

/// What came of one attempt.
#[derive(Debug)]
pub(super) enum Answer {
    /// Any 2xx.
    Json(Value),
    /// Repeating it would give the same.
    Refused(Refusal),
    /// It may pass. Whether the request took effect is not known.
    Problem(Problem),
}

/// What came of a request that was repeated as far as that helps.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) answer: Result<Value, Refusal>,
    /// An attempt before the last got no answer: it may have taken effect.
    pub(super) repeated: bool,
}

impl Session {
    /// A request, repeated while its failure may pass.
    pub(super) async fn ask(&self, request: &Request) -> Result<Outcome, Error> {
        let made = self.client().made().await?;
        let mut retry = Retry::until(self.call().deadline, Backoff::default());
        let mut repeated = false;
        loop {
            match self.attempt(made, request).await? {
                Answer::Json(value) => return Ok(Outcome { answer: Ok(value), repeated }),
                Answer::Refused(refusal) => return Ok(Outcome { answer: Err(refusal), repeated }),
                Answer::Problem(problem) => {
                    repeated = true;
                    let tried = format!("{} {}{}", request.method, made.server, request.target);
                    let succeeded = self.client().has_succeeded();
                    let title = &self.client().connection().title;
                    let paused = retry.after(problem, &tried, succeeded, self.call()).await;
                    paused.map_err(|ended| Error::ended(ended, title, &made.server))?;
                }
            }
        }
    }

    /// One attempt, ended by the deadline or by cancelling.
    async fn attempt(&self, made: &Made, request: &Request) -> Result<Answer, Error> {
        let call = self.call();
        if call.cancelled.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let limit = call.deadline.min(Instant::now() + self.client().connection().request_timeout);
        let started = Instant::now();
        let mut exchange = pin!(tokio::time::timeout_at(limit, self.exchange(made, request)));
        let answer = match call.cancelled.run_until_cancelled(&mut exchange).await {
            Some(answer) => answer,
            // A write that is out takes place whatever we do: without its answer nobody would know what exists now.
            None if request.method != Method::GET => {
                tokio::time::timeout(LAST_ANSWER, exchange).await.map_err(|_| Error::Cancelled)?
            }
            None => return Err(Error::Cancelled),
        };
        let answer = answer.unwrap_or_else(|_| {
            Ok(Answer::Problem(Problem {
                cause: format!("no answer within {} s", started.elapsed().as_secs()),
                retry_after: None,
                connected: false,
            }))
        })?;
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = match &answer {
            Answer::Json(_) => "answered",
            Answer::Refused(_) => "refused",
            Answer::Problem(_) => "failed",
        };
        tracing::debug!(server = made.server, method = %request.method, path = request.target, outcome, elapsed_ms, "asked Kubernetes");
        Ok(answer)
    }

    async fn exchange(&self, made: &Made, request: &Request) -> Result<Answer, Error> {
        let response = match made.kube.send(self.http_request(request)?).await {
            Ok(response) => response,
            Err(error) => return self.transport_problem(&error),
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, LONGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => {
                let cause = self.redacted(&problem_of(error.as_ref()));
                return Ok(Answer::Problem(Problem { cause, retry_after: None, connected: true }));
            }
        };
        self.note_warnings(warnings(&head.headers).map(|warning| self.redacted(&warning)));
        Ok(self.understood(head.status, &head.headers, &body))
    }

    fn understood(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Answer {
        if status.is_success() {
            return match serde_json::from_slice(body) {
                Ok(value) => {
                    self.client().note_success();
                    Answer::Json(value)
                }
                Err(error) if error.is_eof() => Answer::Problem(Problem {
                    cause: format!("the answer (HTTP {}) was cut short", status.as_u16()),
                    retry_after: None,
                    connected: true,
                }),
                Err(_) => Answer::Refused(Refusal::unreadable(
                    status.as_u16(),
                    &self.redacted(&String::from_utf8_lossy(body)),
                )),
            };
        }
        let refusal = Refusal::parse(status.as_u16(), &self.redacted(&String::from_utf8_lossy(body)));
        if !matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504) {
            return Answer::Refused(refusal);
        }
        let says = if refusal.message.is_empty() { String::new() } else { format!(": {}", refusal.message) };
        Answer::Problem(Problem {
            cause: format!("HTTP {}{says}", status.as_u16()),
            retry_after: retry_after(headers, SystemTime::now()),
            connected: true,
        })
    }

    fn http_request(&self, request: &Request) -> Result<http::Request<Body>, Error> {
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(&request.target)
            .header(header::ACCEPT, "application/json");
        if let Credentials::TokenFile(path) = &self.client().connection().credentials {
            let text = std::fs::read_to_string(path).map(SecretString::from).map_err(|error| {
                self.client().unusable(format!("the token file {} cannot be read: {error}", path.display()))
            })?;
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", text.expose_secret().trim()))
                .map_err(|_| self.client().unusable(format!("the file {} holds no token", path.display())))?;
            bearer.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, bearer);
        }
        let body = match &request.body {
            Some(body) => {
                let kind = if request.method == Method::PATCH {
                    "application/merge-patch+json"
                } else {
                    "application/json"
                };
                builder = builder.header(header::CONTENT_TYPE, kind);
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        builder.body(Body::from(body)).map_err(|error| self.client().unusable(error.to_string()))
    }

    fn transport_problem(&self, error: &kube::Error) -> Result<Answer, Error> {
        if let Some(problem) = auth_problem(error) {
            return Err(self.client().unusable(problem));
        }
        let cause = self.redacted(&problem_of(error));
        Ok(Answer::Problem(Problem { cause, retry_after: None, connected: !is_connect(error) }))
    }

    /// Nothing that a server (or what stands before it) says may carry a token into a message.
    fn redacted(&self, text: &str) -> String {
        match &self.client().connection().credentials {
            Credentials::Token { token, .. } => redacted(text, Some(token)),
            _ => redacted(text, None),
        }
    }
}

/// Whether it failed before there was a connection.
fn is_connect(error: &kube::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(client) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        next = cause.source();
    }
    false
}

impl Request {
    pub(super) fn get(action: Action, target: String) -> Self {
        Self { action, method: Method::GET, target, body: None }
    }

    pub(super) fn post(action: Action, target: String, body: Value) -> Self {
        Self { action, method: Method::POST, target, body: Some(body) }
    }
}

impl Client {
    /// URL of the server once it is known, for messages.
    pub(crate) async fn server(&self) -> Result<String, Error> {
        Ok(self.made().await?.server.clone())
    }
}
