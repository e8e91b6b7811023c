//! How a request to Kubernetes is sent once, and how its response is read.

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use kube::client::Body;
use request_pipeline::{Effect, Problem, Redactor, TlsProblem, Unanswered, body_text, send_once, shortened};
use secrecy::SecretString;
use serde_json::Value;

use super::{
    client::{Connected, bearer_header, cause_of, pool_error},
    errors::{Action, Error},
    session::Session,
    status::{Refusal, warnings},
};

/// Longer than any object, which etcd limits to 1.5 MiB.
pub(super) const LONGEST_OBJECT: usize = 4 << 20;

/// Longer than any page of a list.
pub(super) const LONGEST_LIST: usize = 64 << 20;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) action: Action,
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Option<Value>,
    /// Longest answer in bytes: a longer one is not read to its end.
    pub(super) longest: usize,
}

/// Outcome of one attempt: usually JSON of any 2xx, or a rejection.
pub(super) type Answer<T = Value> = request_pipeline::Answer<T, Refusal>;

impl Session {
    /// One attempt, ended by the deadline, the connection's time limit, or cancelling.
    pub(super) async fn attempt(&self, connected: &Connected, request: &Request) -> Result<Answer, Error> {
        let token = connected.token().map_err(|problem| self.client().unusable(problem))?;
        let http_request = self.http_request(request, token.as_ref())?;
        let effect = if request.method == Method::GET { Effect::Read } else { Effect::Write };
        let longest = Some(self.client().connection().request_timeout);
        let log = |outcome, elapsed: std::time::Duration| {
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(server = connected.server, method = %request.method, path = request.target, outcome, elapsed_ms, "sent a request to Kubernetes");
        };
        let exchange = self.exchange(connected, http_request, request.longest, Redactor(token.as_ref()));
        let title = &self.client().connection().title;
        let sent = send_once(self.call(), effect, longest, exchange, log).await;
        sent.map_err(|_| Error::cancelled_in(&request.action, title))
    }

    async fn exchange(
        &self,
        connected: &Connected,
        request: http::Request<Body>,
        longest: usize,
        redactor: Redactor<'_>,
    ) -> Answer {
        let response = match connected.kube.send(request).await {
            Ok(response) => response,
            Err(error) => {
                return transport_problem(&error, connected.proxy.as_deref(), redactor);
            }
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, longest).collect().await {
            Ok(body) => body.to_bytes(),
            // Final: a further attempt would read as much again.
            Err(error) if error.is::<LengthLimitError>() => {
                let problem = format!("the answer is longer than {} KiB", longest >> 10);
                return Answer::Rejected(Refusal::unreadable(head.status.as_u16(), &problem, redactor));
            }
            Err(error) => {
                let cause = redactor.chain(error.as_ref());
                return Answer::Problem(Problem { cause, retry_after: None, connected: true });
            }
        };
        self.note_time(&head.headers);
        self.note_warnings(warnings(&head.headers, redactor));
        let answer = understood(head.status, &head.headers, &body, redactor);
        if matches!(answer, Answer::Success(_)) {
            self.client().note_success();
        }
        answer
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

pub(super) fn understood(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    redactor: Redactor<'_>,
) -> Answer {
    let code = status.as_u16();
    let text = || body_text(body);
    if status.is_success() {
        return match serde_json::from_slice(body) {
            Ok(value) => Answer::Success(value),
            Err(error) if error.is_eof() => Answer::Problem(Problem {
                cause: format!("the answer (HTTP {code}) was cut short"),
                retry_after: None,
                connected: true,
            }),
            Err(_) => Answer::Rejected(Refusal::unreadable(code, &text(), redactor)),
        };
    }
    let refusal = Refusal::parse(code, &text(), redactor);
    let message = shortened(&refusal.message);
    Answer::of_status(status, headers, &message, refusal)
}

fn transport_problem(error: &kube::Error, proxy: Option<&str>, redactor: Redactor<'_>) -> Answer {
    if let Some(problem) = TlsProblem::find(error) {
        return Answer::Tls(problem);
    }
    let (mut cause, connected) = match (pool_error(error), cause_of::<Unanswered>(error)) {
        (Some(error), _) => (redactor.chain(error), !error.is_connect()),
        (None, Some(unanswered)) => (redactor.chain(unanswered), unanswered.connected),
        (None, None) => (redactor.chain(error), true),
    };
    if let Some(proxy) = proxy.filter(|_| !connected) {
        cause = format!("by the proxy {proxy}: {cause}");
    }
    Answer::Problem(Problem { cause: redactor.text(&cause), retry_after: None, connected })
}

impl Request {
    pub(super) fn get(action: Action, target: String) -> Self {
        Self { action, method: Method::GET, target, body: None, longest: LONGEST_OBJECT }
    }

    pub(super) fn post(action: Action, target: String, body: Value) -> Self {
        Self { action, method: Method::POST, target, body: Some(body), longest: LONGEST_OBJECT }
    }

    /// The same with another limit of the answer.
    pub(super) fn at_most(self, longest: usize) -> Self {
        Self { longest, ..self }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
