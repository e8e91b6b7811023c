//! One request, its answer, and its repetition.
//!
//! An answer is one of three: JSON of a success, a refusal (repeating it would not help), or a problem that may pass. Which statuses
//! may pass: 429, 500, 502, 503, 504.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;
use request_pipeline::{Problem, Retry, chain, redacted, retry_after};
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    client::{Connected, bearer_header, pool_error},
    errors::{Action, Error},
    session::Session,
    status::{Refusal, warnings},
};

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
        let mut made = self.client().made(self.call()).await?;
        let mut retry = Retry::until(self.call().deadline, self.client().connection().backoff);
        let (mut repeated, mut renewed) = (false, false);
        let mut before: Option<Problem> = None;
        loop {
            match self.attempt(&made, request).await? {
                Answer::Json(value) => return Ok(Outcome { answer: Ok(value), repeated }),
                // Credentials that ended before their time, or that somebody has changed meanwhile.
                Answer::Refused(refusal)
                    if refusal.status == 401 && !renewed && self.client().renew(&made).await =>
                {
                    tracing::debug!(server = made.server, "credentials refused, looking for others");
                    renewed = true;
                    made = self.client().made(self.call()).await?;
                }
                Answer::Refused(refusal) => return Ok(Outcome { answer: Err(refusal), repeated }),
                Answer::Problem(problem) => {
                    repeated = true;
                    // One that the deadline cut short says nothing: what was wrong before is the news.
                    let problem = match before.take() {
                        Some(before) if self.call().is_over() => before,
                        _ => problem,
                    };
                    before = Some(problem.clone());
                    let Request { action, method, target, .. } = request;
                    let tried = format!("{action}: {method} {}{target}", made.server);
                    let succeeded = self.client().has_succeeded();
                    let title = &self.client().connection().title;
                    let paused = retry.after(problem, &tried, succeeded, self.call()).await;
                    paused.map_err(|ended| Error::ended(ended, title, &made.server))?;
                    made = self.client().made(self.call()).await?;
                }
            }
        }
    }

    /// One attempt, ended by the deadline or by cancelling.
    async fn attempt(&self, made: &Arc<Connected>, request: &Request) -> Result<Answer, Error> {
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

    async fn exchange(&self, made: &Connected, request: &Request) -> Result<Answer, Error> {
        let token = made.token().map_err(|problem| self.client().unusable(problem))?;
        let clean = Redactor(token.as_ref());
        let response = match made.kube.send(self.http_request(request, token.as_ref())?).await {
            Ok(response) => response,
            Err(error) => {
                return Ok(Answer::Problem(clean.transport_problem(&error, made.proxy.as_deref())));
            }
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, LONGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => {
                let cause = clean.text(&chain(error.as_ref()));
                return Ok(Answer::Problem(Problem { cause, retry_after: None, connected: true }));
            }
        };
        self.note_time(&head.headers);
        self.note_warnings(warnings(&head.headers).map(|warning| clean.text(&warning)));
        let answer = clean.understood(head.status, &head.headers, &body);
        if matches!(answer, Answer::Json(_)) {
            self.client().note_success();
        }
        Ok(answer)
    }

    fn http_request(
        &self,
        request: &Request,
        token: Option<&SecretString>,
    ) -> Result<http::Request<Body>, Error> {
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(&request.target)
            .header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            let bearer = bearer_header(token).ok_or_else(|| {
                self.client().unusable("its token holds characters that no token has, such as a space")
            })?;
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
}

/// Nothing that a server (or what stands before it) says may carry the token of its caller into a message.
struct Redactor<'a>(Option<&'a SecretString>);

impl Redactor<'_> {
    fn text(&self, text: &str) -> String {
        redacted(text, self.0)
    }

    fn understood(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Answer {
        let code = status.as_u16();
        let body_text = || self.text(&String::from_utf8_lossy(body));
        if status.is_success() {
            return match serde_json::from_slice(body) {
                Ok(value) => Answer::Json(value),
                Err(error) if error.is_eof() => Answer::Problem(Problem {
                    cause: format!("the answer (HTTP {code}) was cut short"),
                    retry_after: None,
                    connected: true,
                }),
                Err(_) => Answer::Refused(Refusal::unreadable(code, &body_text())),
            };
        }
        let refusal = Refusal::parse(code, &body_text());
        if !matches!(code, 429 | 500 | 502 | 503 | 504) {
            return Answer::Refused(refusal);
        }
        let says = if refusal.message.is_empty() { String::new() } else { format!(": {}", refusal.message) };
        Answer::Problem(Problem {
            cause: format!("HTTP {code}{says}"),
            retry_after: retry_after(headers, SystemTime::now()),
            connected: true,
        })
    }

    fn transport_problem(&self, error: &kube::Error, proxy: Option<&str>) -> Problem {
        let (mut cause, connected) = match pool_error(error) {
            Some(error) => (chain(error), !error.is_connect()),
            None => (chain(error), true),
        };
        if let Some(proxy) = proxy.filter(|_| !connected) {
            cause = format!("by the proxy {proxy}: {cause}");
        }
        Problem { cause: self.text(&cause), retry_after: None, connected }
    }
}

impl Request {
    pub(super) fn get(action: Action, target: String) -> Self {
        Self { action, method: Method::GET, target, body: None }
    }

    pub(super) fn post(action: Action, target: String, body: Value) -> Self {
        Self { action, method: Method::POST, target, body: Some(body) }
    }
}

#[cfg(test)]
mod tests;
