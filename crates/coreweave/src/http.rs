//! How a request to CoreWeave's API is sent, and how its response is read. All else is the pipeline's.

use request_pipeline::{
    Call, Effect, LoginUrl, Problem, Redactor, Retry, TlsProblem, Unanswered, body_text, repeat, send_once,
};
use reqwest::{
    Method, StatusCode,
    header::{self, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    block::BlockKind,
    error_body::{Code, ErrorBody},
    errors::{Error, IamRole, TokenShape},
    fields::{Field, field_of},
    transport::{Failure, Transport},
};

/// Longer than any list of clusters.
const LONGEST_BODY: usize = 16 << 20;

/// A request.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Parts of the path below the endpoint; they are percent-encoded.
    pub(super) path: &'a [&'a str],
    pub(super) body: Option<Value>,
}

/// Outcome of one attempt: JSON of any 2xx, or a rejection.
pub(super) type Answer = request_pipeline::Answer<Value, Refusal>;

/// A rejection with its request.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: ErrorBody,
    tried: String,
    /// Form of the token that was sent.
    shape: TokenShape,
}

/// Time limit for the repetition of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryLimit {
    /// Two minutes.
    Read,
    /// As long as the write that it is part of, once the client had a good response.
    Write,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: &'a [&'a str]) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub(super) fn patch(path: &'a [&'a str], body: Value) -> Self {
        Self { method: Method::PATCH, path, body: Some(body) }
    }

    fn effect(&self) -> Effect {
        if self.method == Method::GET { Effect::Read } else { Effect::Write }
    }
}

impl Transport {
    /// A read, repeated while its failure may pass.
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
        let tried = || self.name_of(&request);
        let repeated = repeat(
            Retry::until(limit, pace.backoff),
            call,
            || self.attempt(&request, call),
            tried,
            || self.has_succeeded(),
            |ended| self.ended(ended, tried()),
        );
        Ok(repeated.await?.answer)
    }

    /// One attempt, ended by the deadline or by cancelling.
    pub(super) async fn attempt(&self, request: &Request<'_>, call: &Call) -> Result<Answer, Error> {
        let log = |outcome, elapsed: std::time::Duration| {
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(
                request = self.name_of(request),
                outcome,
                elapsed_ms,
                "sent a request to the CoreWeave API"
            );
        };
        let mut token = self.token()?;
        let mut is_replacement = false;
        loop {
            let sent = self.http_request(request, self.authorization(&token)?);
            // On the heap: it is large, and a part of every operation.
            let exchange = Box::pin(self.exchange(request, sent, &token));
            let answer = send_once(call, request.effect(), None, exchange, log).await;
            let answer = answer.map_err(|_| Error::cancelled_in(&self.name_of(request)))?;
            // A rejected request had no effect, so that it may be sent once more.
            let rejected = matches!(&answer, Answer::Rejected(refusal) if refusal.is_about_token());
            let may_be_replaced = rejected && !is_replacement;
            let Some(other) = may_be_replaced.then(|| self.replacement_of(&token)).flatten() else {
                return Ok(answer);
            };
            tracing::debug!(
                request = self.name_of(request),
                "token rejected, sending the one that replaced it"
            );
            (token, is_replacement) = (other, true);
        }
    }

    fn http_request(&self, request: &Request<'_>, authorization: HeaderValue) -> reqwest::Request {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        let mut sent = reqwest::Request::new(request.method.clone(), self.url(request.path));
        sent.headers_mut().insert(header::AUTHORIZATION, authorization);
        sent.headers_mut().insert(header::ACCEPT, JSON);
        if let Some(body) = &request.body {
            sent.headers_mut().insert(header::CONTENT_TYPE, JSON);
            *sent.body_mut() = Some(body.to_string().into());
        }
        sent
    }

    async fn exchange(&self, request: &Request<'_>, sent: reqwest::Request, token: &SecretString) -> Answer {
        let mut response = match self.send(sent).await {
            Ok(response) => response,
            Err(Failure::Network(error)) => return self.transport_problem(error, token),
            Err(Failure::Substitute(Unanswered { cause, connected })) => {
                return Answer::Problem(Problem { cause, retry_after: None, connected });
            }
        };
        let status = response.status();
        let headers = response.headers().clone();
        let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
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
                Err(error) => return self.transport_problem(error, token),
            }
        }
        if status.is_success() {
            return self.success(status, &body, request, token);
        }
        let mut refusal = self.refusal(status, &body, request, token);
        if let Some(location) = location.filter(|_| status.is_redirection()) {
            refusal.body.message =
                format!("redirects to {}", LoginUrl::new(Redactor(Some(token)).text(&location)));
        }
        let message = refusal.body.message.clone();
        Answer::of_status(status, &headers, &message, refusal)
    }

    pub(super) fn success(
        &self,
        status: StatusCode,
        body: &[u8],
        request: &Request<'_>,
        token: &SecretString,
    ) -> Answer {
        match serde_json::from_slice(body) {
            Ok(value) => {
                self.note_success();
                Answer::Success(value)
            }
            Err(error) if error.is_eof() => Answer::Problem(Problem {
                cause: format!("the answer (HTTP {}) was cut short", status.as_u16()),
                retry_after: None,
                connected: true,
            }),
            Err(_) => Answer::Rejected(self.refusal(status, body, request, token)),
        }
    }

    /// `token`: the one that was sent.
    pub(super) fn refusal(
        &self,
        status: StatusCode,
        body: &[u8],
        request: &Request<'_>,
        token: &SecretString,
    ) -> Refusal {
        let redactor = Redactor(Some(token));
        // Before the text is shortened: half a token would not be recognised.
        let text = redactor.text(&body_text(body));
        let mut body = ErrorBody::parse(text.as_bytes());
        body.message = redactor.text(&body.message);
        for violation in &mut body.violations {
            violation.field = redactor.text(&violation.field);
            violation.description = redactor.text(&violation.description);
        }
        let shape = TokenShape::of(token.expose_secret());
        Refusal { status: status.as_u16(), body, tried: self.name_of(request), shape }
    }

    fn transport_problem(&self, error: reqwest::Error, token: &SecretString) -> Answer {
        if let Some(problem) = TlsProblem::find(&error) {
            return Answer::Tls(problem);
        }
        let connected = !error.is_connect();
        let error = error.without_url();
        let cause = if error.is_timeout() && connected {
            format!("no answer within {} s", self.request_timeout().as_secs_f64())
        } else {
            Redactor(Some(token)).chain(&error)
        };
        Answer::Problem(Problem { cause, retry_after: None, connected })
    }

    /// Method and URL, for messages and logs.
    pub(super) fn name_of(&self, request: &Request<'_>) -> String {
        format!("{} {}", request.method, self.url(request.path))
    }
}

impl Refusal {
    /// Whether the API does not accept the token.
    fn is_about_token(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED || self.body.code == Some(Code::Unauthenticated)
    }

    /// Whether the API itself returned that this cluster does not exist.
    pub(super) fn is_certain_not_found(&self, id: &str) -> bool {
        self.status == StatusCode::NOT_FOUND && self.body.is_certain_not_found(id)
    }

    /// Whether the state of the cluster forbids the change, perhaps only for now.
    pub(super) fn is_about_state(&self) -> bool {
        match self.body.code {
            Some(Code::FailedPrecondition | Code::Aborted) => true,
            Some(Code::AlreadyExists) => false,
            _ => matches!(self.status, 409 | 412),
        }
    }

    /// Whether this is a 400 without a reason, which a proxy before the API may have removed.
    pub(super) fn is_unexplained(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.body.code.is_none()
    }

    /// Whether the `version` that was sent is no longer the cluster's.
    pub(super) fn names_version(&self) -> bool {
        let named = self.body.violations.iter().any(|violation| violation.path == Some(Field::Version));
        let mut words = self.body.message.split(|character: char| !character.is_ascii_alphanumeric());
        self.status == StatusCode::BAD_REQUEST
            && (named || words.any(|word| word.eq_ignore_ascii_case("version")))
    }

    /// The error. `block`: the written block, for fields that are named without it.
    pub(super) fn into_error(
        self,
        transport: &Transport,
        role: IamRole,
        id: &str,
        block: Option<BlockKind>,
    ) -> Error {
        let about_state = self.is_about_state() || self.body.code == Some(Code::AlreadyExists);
        let not_found = self.is_certain_not_found(id);
        let is_about_token = self.is_about_token();
        let Self { status, body, tried, shape } = self;
        let ErrorBody { code, message, mut violations, .. } = body;
        for violation in &mut violations {
            violation.path = field_of(&violation.field, block);
        }
        let said = if message.is_empty() { format!("HTTP {status}") } else { message.clone() };
        match (status, code) {
            _ if is_about_token => transport.unauthorized(shape, message),
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
