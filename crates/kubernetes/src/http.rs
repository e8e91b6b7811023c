//! How a request to Kubernetes is sent once, and how its response is read.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::Full;
use request_pipeline::{Effect, Problem, Redactor, TlsProblem, body_text, send_once, shortened};
use secrecy::SecretString;
use serde_json::Value;

use super::{
    client::{Connected, bearer_header},
    errors::{Action, Error},
    page::FromBody,
    pool::{Failure, KnownServer, PooledConnection},
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
    /// Whether a state rests on what it does, so that it may go only to a cluster that can be told from the state's.
    pub(super) needs_proof: bool,
}

/// Why a request was not sent.
#[derive(Debug)]
pub(super) enum Unsent {
    /// No connection leads to the server that it was for.
    Moved,
    /// For good.
    Final(Box<Error>),
}

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Self::Final(error.into())
    }
}

/// Outcome of one attempt: usually JSON of any 2xx, or a rejection.
pub(super) type Answer<T = Value> = request_pipeline::Answer<T, Refusal>;

impl Session {
    /// One attempt at this server, ended by the deadline, the connection's time limit, or cancelling.
    pub(super) async fn attempt<T: FromBody>(
        &self,
        connected: &Connected,
        server: &Arc<KnownServer>,
        request: &Request,
    ) -> Result<Answer<T>, Unsent> {
        let token = connected.token().map_err(|problem| self.client().unusable(problem))?;
        let answer = self.attempt_with(connected, server, request, token.as_ref()).await?;
        let (Answer::Rejected(refusal), Some(token)) = (&answer, &token) else { return Ok(answer) };
        let is_rejected = refusal.status == StatusCode::UNAUTHORIZED;
        let Some(other) = is_rejected.then(|| connected.replacement_of(token)).flatten() else {
            return Ok(answer);
        };
        tracing::debug!(
            server = connected.server,
            "token rejected, sending the one that replaced it in its file"
        );
        self.attempt_with(connected, server, request, Some(&other)).await
    }

    async fn attempt_with<T: FromBody>(
        &self,
        connected: &Connected,
        server: &Arc<KnownServer>,
        request: &Request,
        token: Option<&SecretString>,
    ) -> Result<Answer<T>, Unsent> {
        let http_request = self.http_request(request, token)?;
        let connection = match self.open(connected, &request.action, connected.pool.to(server)).await? {
            Ok(connection) => connection,
            Err(answer) => return Ok(answer),
        };
        let effect = if request.method == Method::GET { Effect::Read } else { Effect::Write };
        let longest = Some(self.client().connection().request_timeout);
        let log = |outcome, elapsed: std::time::Duration| {
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(server = connected.server, method = %request.method, path = request.target, outcome, elapsed_ms, "sent a request to Kubernetes");
        };
        let redactor = Redactor(token);
        let exchange = self.exchange(connected, connection, http_request, request.longest, redactor);
        let sent = send_once(self.call(), effect, longest, exchange, log).await;
        match sent.map_err(|_| self.cancelled(&request.action))? {
            Answer::Success(Some(response)) => Ok(Answer::Success(response)),
            Answer::Success(None) => Err(Unsent::Moved),
            Answer::Rejected(refusal) => Ok(Answer::Rejected(refusal)),
            Answer::Problem(problem) => Ok(Answer::Problem(problem)),
            Answer::Tls(problem) => Ok(Answer::Tls(problem)),
        }
    }

    /// Waits for something of the connections, as for an attempt. `Err`: the outcome of the attempt that needs it.
    pub(super) async fn open<T, A>(
        &self,
        connected: &Connected,
        action: &Action,
        opening: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Result<T, Answer<A>>, Unsent> {
        let opening = async {
            match opening.await {
                Ok(opened) => Answer::Success(Some(opened)),
                Err(failure) => failed(&failure, connected, Redactor(None)),
            }
        };
        let longest = Some(self.client().connection().request_timeout);
        let opened = send_once(self.call(), Effect::Read, longest, opening, |_, _| {}).await;
        match opened.map_err(|_| self.cancelled(action))? {
            Answer::Success(Some(opened)) => Ok(Ok(opened)),
            Answer::Success(None) => Err(Unsent::Moved),
            Answer::Rejected(refusal) => Ok(Err(Answer::Rejected(refusal))),
            Answer::Problem(problem) => Ok(Err(Answer::Problem(problem))),
            Answer::Tls(problem) => Ok(Err(Answer::Tls(problem))),
        }
    }

    fn cancelled(&self, action: &Action) -> Error {
        Error::cancelled_in(action, &self.client().connection().title)
    }

    /// The response; `Success(None)` if no connection leads to the server any more.
    async fn exchange<T: FromBody>(
        &self,
        connected: &Connected,
        connection: PooledConnection,
        request: http::Request<Full<Bytes>>,
        longest: usize,
        redactor: Redactor<'_>,
    ) -> Answer<Option<T>> {
        let response = match connected.pool.send(connection, request, longest).await {
            Ok(response) => response,
            Err(failure) => return failed(&failure, connected, redactor),
        };
        let (head, body) = response.into_parts();
        self.note_time(&head.headers);
        self.note_warnings(warnings(&head.headers, redactor));
        match understood(head.status, &head.headers, &body, redactor) {
            Answer::Success(response) => {
                self.client().note_success();
                Answer::Success(Some(response))
            }
            Answer::Rejected(refusal) => Answer::Rejected(refusal),
            Answer::Problem(problem) => Answer::Problem(problem),
            Answer::Tls(problem) => Answer::Tls(problem),
        }
    }

    fn http_request(
        &self,
        request: &Request,
        token: Option<&SecretString>,
    ) -> Result<http::Request<Full<Bytes>>, Error> {
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
        builder.body(Full::from(body)).map_err(|error| self.client().unusable(error.to_string()))
    }
}

pub(super) fn understood<T: FromBody>(
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
    redactor: Redactor<'_>,
) -> Answer<T> {
    let code = status.as_u16();
    let text = || body_text(body);
    if status.is_success() {
        return match T::from_body(body) {
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

/// The outcome of an attempt without a response; `Success(None)` if no connection leads to its server, so that nothing was sent.
fn failed<T>(failure: &Failure, connected: &Connected, redactor: Redactor<'_>) -> Answer<Option<T>> {
    let (error, connected_once): (&(dyn std::error::Error + 'static), _) = match failure {
        Failure::OtherServer => return Answer::Success(None),
        // Final: a further attempt would read as much again.
        Failure::TooLong { status, longest } => {
            let problem = format!("the answer is longer than {} KiB", longest >> 10);
            return Answer::Rejected(Refusal::unreadable(*status, &problem, redactor));
        }
        Failure::NotConnected(error) => (error.as_ref(), false),
        Failure::Broken(error) => (error.as_ref(), true),
        Failure::Unanswered(unanswered) => (unanswered, unanswered.connected),
    };
    if let Some(problem) = TlsProblem::find(error) {
        return Answer::Tls(problem);
    }
    let mut cause = redactor.chain(error);
    if let Some(proxy) = connected.proxy.as_deref().filter(|_| !connected_once) {
        cause = format!("by the proxy {proxy}: {cause}");
    }
    Answer::Problem(Problem { cause: redactor.text(&cause), retry_after: None, connected: connected_once })
}

impl Request {
    pub(super) fn get(action: Action, target: String) -> Self {
        Self { action, method: Method::GET, target, body: None, longest: LONGEST_OBJECT, needs_proof: false }
    }

    pub(super) fn post(action: Action, target: String, body: Value) -> Self {
        let (method, body) = (Method::POST, Some(body));
        Self { action, method, target, body, longest: LONGEST_OBJECT, needs_proof: false }
    }

    /// The same with another limit of the answer.
    pub(super) fn at_most(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Path of the object that it writes, if any: not by a dry run.
    pub(super) fn written(&self) -> Option<String> {
        let place = self.action.place.as_ref()?;
        let is_dry_run = self.target.contains("dryRun=");
        let writes = self.method != Method::GET && self.action.subresource.is_none() && !is_dry_run;
        writes.then(|| self.action.api.path_of(place))
    }

    /// To be sent only to a cluster that can be told from the state's.
    pub(super) fn proved(self, needs_proof: bool) -> Self {
        Self { needs_proof, ..self }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
