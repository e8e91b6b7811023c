//! One request, its answer, and the repetition of reads.
//!
//! An answer is one of three: JSON of a success, a refusal (repeating it would not help), or a problem that may pass. Which statuses
//! may pass: 429, 500, 502, 503, 504, as CoreWeave's own client has it.

use std::{
    pin::pin,
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use request_pipeline::{Call, Problem, Retry, chain, redacted, retry_after, shortened};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    client::Client,
    error_body::{Code, ErrorBody},
    errors::{Error, Role},
    fields,
};

/// How long a write that is out may still answer after it was cancelled.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// More than any list of clusters takes; what is longer does not come from the API.
const LONGEST_BODY: usize = 16 << 20;

/// What is asked.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Parts of the path below the endpoint; they are percent-encoded.
    pub(super) path: &'a [&'a str],
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

/// A refusal with what it was about.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: ErrorBody,
    tried: String,
}

/// For how long a read is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryLimit {
    /// Two minutes.
    Read,
    /// As long as the write that it is part of, once the client is known to work.
    Write,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: &'a [&'a str]) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub(super) fn patch(path: &'a [&'a str], body: Value) -> Self {
        Self { method: Method::PATCH, path, body: Some(body) }
    }

    fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl Client {
    /// A read, repeated while it may pass.
    pub(super) async fn read(
        &self,
        path: &[&str],
        retry_limit: RetryLimit,
        call: &Call,
    ) -> Result<Result<Value, Refusal>, Error> {
        let request = Request::get(path);
        let pace = self.pace();
        let limit = match retry_limit {
            RetryLimit::Write if self.has_succeeded() => call.deadline,
            _ => call.deadline.min(Instant::now() + pace.read_limit),
        };
        let mut retry = Retry::until(limit, pace.backoff);
        loop {
            match self.attempt(&request, call).await? {
                Answer::Json(value) => return Ok(Ok(value)),
                Answer::Refused(refusal) => return Ok(Err(refusal)),
                Answer::Problem(problem) => {
                    let tried = self.name_of(&request);
                    retry
                        .after(problem, &tried, self.has_succeeded(), call)
                        .await
                        .map_err(|ended| Error::ended(ended, tried))?;
                }
            }
        }
    }

    /// One attempt, ended by the deadline or by cancelling.
    pub(super) async fn attempt(&self, request: &Request<'_>, call: &Call) -> Result<Answer, Error> {
        if call.cancelled.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let started = Instant::now();
        let mut exchange = pin!(tokio::time::timeout_at(call.deadline, self.exchange(request)));
        let answer = match call.cancelled.run_until_cancelled(&mut exchange).await {
            Some(answer) => answer,
            // A write that is out takes place whatever we do: without its answer nobody would know what exists now.
            None if request.is_write() => {
                tokio::time::timeout(LAST_ANSWER, exchange).await.map_err(|_| Error::Cancelled)?
            }
            None => return Err(Error::Cancelled),
        };
        let answer = answer.unwrap_or_else(|_| {
            Answer::Problem(Problem {
                cause: "no answer within the time that was left".to_owned(),
                retry_after: None,
                connected: false,
            })
        });
        let outcome = match &answer {
            Answer::Json(_) => "answered",
            Answer::Refused(_) => "refused",
            Answer::Problem(_) => "failed",
        };
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(request = self.name_of(request), outcome, elapsed_ms, "asked the CoreWeave API");
        Ok(answer)
    }

    async fn exchange(&self, request: &Request<'_>) -> Answer {
        let mut builder = self
            .http()
            .request(request.method.clone(), self.url(request.path))
            .header(header::AUTHORIZATION, self.authorization().clone())
            .header(header::ACCEPT, "application/json");
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let mut response = match builder.send().await {
            Ok(response) => response,
            Err(error) => return Answer::Problem(self.transport_problem(error)),
        };
        let status = response.status();
        let retry_after = retry_after(response.headers(), SystemTime::now());
        let location =
            response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(_)) if body.len() > LONGEST_BODY => {
                    return Answer::Problem(Problem {
                        cause: format!("the answer is longer than {LONGEST_BODY} bytes"),
                        retry_after: None,
                        connected: true,
                    });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Answer::Problem(self.transport_problem(error)),
            }
        }
        if status.is_success() {
            return self.success(status, &body, request);
        }
        let mut refusal = self.refusal(status, &body, request);
        if let Some(location) = location.filter(|_| status.is_redirection()) {
            refusal.body.message =
                format!("redirects to {}", self.redacted(&shortened(without_query(&location))));
        }
        if !may_pass(status) {
            return Answer::Refused(refusal);
        }
        let says = if refusal.body.message.is_empty() {
            String::new()
        } else {
            format!(": {}", refusal.body.message)
        };
        Answer::Problem(Problem {
            cause: format!("HTTP {}{says}", status.as_u16()),
            retry_after: retry_after.filter(|_| matches!(status.as_u16(), 429 | 503)),
            connected: true,
        })
    }

    fn success(&self, status: StatusCode, body: &[u8], request: &Request<'_>) -> Answer {
        match serde_json::from_slice(body) {
            Ok(value) => {
                self.succeeded().store(true, Ordering::Relaxed);
                Answer::Json(value)
            }
            Err(error) if error.is_eof() => Answer::Problem(Problem {
                cause: format!("the answer (HTTP {}) was cut short", status.as_u16()),
                retry_after: None,
                connected: true,
            }),
            Err(_) => Answer::Refused(self.refusal(status, body, request)),
        }
    }

    fn refusal(&self, status: StatusCode, body: &[u8], request: &Request<'_>) -> Refusal {
        // Before anything is shortened: half a token would not be recognised.
        let text = self.redacted(&String::from_utf8_lossy(body));
        let mut body = ErrorBody::parse(text.as_bytes());
        body.message = self.redacted(&body.message);
        for violation in &mut body.violations {
            violation.field = self.redacted(&violation.field);
            violation.description = self.redacted(&violation.description);
        }
        Refusal { status: status.as_u16(), body, tried: self.name_of(request) }
    }

    fn transport_problem(&self, error: reqwest::Error) -> Problem {
        let connected = !error.is_connect();
        let error = error.without_url();
        let cause = if error.is_timeout() && connected {
            format!("no answer within {} s", self.request_timeout().as_secs_f64())
        } else {
            self.redacted(&chain(&error))
        };
        Problem { cause, retry_after: None, connected }
    }

    /// Method and URL, for messages and logs.
    pub(super) fn name_of(&self, request: &Request<'_>) -> String {
        format!("{} {}", request.method, self.url(request.path))
    }

    /// Nothing that the API (or what stands before it) says may carry a token into a message.
    fn redacted(&self, text: &str) -> String {
        redacted(text, Some(self.token()))
    }
}

/// Where a redirect leads, without what it carries: a login's state or a token.
fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

impl Refusal {
    /// The API itself says that the thing does not exist.
    pub(super) fn is_certain_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && self.body.is_certain_not_found()
    }

    /// The state of the cluster forbids the change, perhaps only for now.
    pub(super) fn is_about_state(&self) -> bool {
        match self.body.code {
            Some(Code::FailedPrecondition | Code::Aborted) => true,
            Some(Code::AlreadyExists) => false,
            _ => matches!(self.status, 409 | 412),
        }
    }

    /// A bare 400: what stands before the API may have eaten the reason.
    pub(super) fn is_unexplained(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.body.code.is_none()
    }

    /// The `version` that was sent is no longer the cluster's.
    pub(super) fn names_version(&self) -> bool {
        let named = self.body.violations.iter().any(|violation| violation.path == Some("version"));
        let mut words = self.body.message.split(|character: char| !character.is_ascii_alphanumeric());
        self.status == StatusCode::BAD_REQUEST
            && (named || words.any(|word| word.eq_ignore_ascii_case("version")))
    }

    /// As an error. `member`: the block that was written, for fields named without it.
    pub(super) fn into_error(self, client: &Client, role: Role, id: &str, member: Option<&str>) -> Error {
        let about_state = self.is_about_state() || self.body.code == Some(Code::AlreadyExists);
        let not_found = self.is_certain_not_found();
        let Self { status, body, tried } = self;
        let ErrorBody { code, message, mut violations, .. } = body;
        for violation in &mut violations {
            violation.path = fields::path_of(&violation.field, member);
        }
        let said = if message.is_empty() { format!("HTTP {status}") } else { message.clone() };
        match (status, code) {
            (401, _) | (_, Some(Code::Unauthenticated)) => client.unauthorized(message),
            (403, _) | (_, Some(Code::PermissionDenied)) => Error::Forbidden { role, message },
            _ if not_found => Error::NotFound { id: id.to_owned() },
            _ if about_state => Error::Conflict { message: said, violations },
            (_, Some(Code::InvalidArgument | Code::OutOfRange)) | (400 | 422, _) => {
                Error::Invalid { message: said, violations }
            }
            _ => Error::Unexpected { tried, status, snippet: message },
        }
    }
}

fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}
