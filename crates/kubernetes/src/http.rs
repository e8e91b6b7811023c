//! How a request to Kubernetes is sent, and how its response is read. All else is the pipeline's.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;
use request_pipeline::{Effect, Problem, Redactor, Repeated, Retry, Unanswered, repeat, send_once};
use secrecy::SecretString;
use serde_json::Value;

use super::{
    client::{Connected, bearer_header, cause_of, pool_error},
    errors::{Action, Error},
    session::Session,
    status::{Refusal, warnings},
};

/// Longer than any page of a list.
const LONGEST_BODY: usize = 64 << 20;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) action: Action,
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Option<Value>,
}

/// Outcome of one attempt: JSON of any 2xx, or a rejection.
type Answer = request_pipeline::Answer<Value, Refusal>;

/// Outcome of a request with all its repetitions.
pub(super) type Outcome = Repeated<Value, Refusal>;

impl Session {
    /// A request, repeated while its failure may pass.
    pub(super) async fn send(&self, request: &Request) -> Result<Outcome, Error> {
        let client = self.client();
        let renewed = AtomicBool::new(false);
        // The server of the last attempt, for messages: a changed kubeconfig may lead to another.
        let server = Mutex::new(String::new());
        let attempt = || async {
            let connected = client.made(self.call()).await?;
            connected.server.clone_into(&mut server.lock().unwrap_or_else(PoisonError::into_inner));
            let answer = self.attempt(&connected, request).await?;
            // The credentials may have been revoked or replaced.
            if matches!(&answer, Answer::Rejected(refusal) if refusal.status == 401)
                && !renewed.load(Ordering::Relaxed)
                && client.renew(&connected).await
            {
                tracing::debug!(server = connected.server, "credentials rejected, reading them again");
                renewed.store(true, Ordering::Relaxed);
                let connected = client.made(self.call()).await?;
                return self.attempt(&connected, request).await;
            }
            Ok(answer)
        };
        let Request { action, method, target, .. } = request;
        let server = || server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        repeat(
            Retry::until(self.call().deadline, client.connection().backoff),
            self.call(),
            attempt,
            || format!("{action}: {method} {}{target}", server()),
            || client.has_succeeded(),
            |ended| Error::ended(ended, &client.connection().title, &server()),
        )
        .await
    }

    /// One attempt, ended by the deadline, the connection's time limit, or cancelling.
    async fn attempt(&self, connected: &Arc<Connected>, request: &Request) -> Result<Answer, Error> {
        let token = connected.token().map_err(|problem| self.client().unusable(problem))?;
        let http_request = self.http_request(request, token.as_ref())?;
        let effect = if request.method == Method::GET { Effect::Read } else { Effect::Write };
        let longest = Some(self.client().connection().request_timeout);
        let log = |outcome, elapsed: std::time::Duration| {
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(server = connected.server, method = %request.method, path = request.target, outcome, elapsed_ms, "sent a request to Kubernetes");
        };
        let exchange = self.exchange(connected, http_request, Redactor(token.as_ref()));
        send_once(self.call(), effect, longest, exchange, log).await.map_err(|_| Error::Cancelled)
    }

    async fn exchange(
        &self,
        connected: &Connected,
        request: http::Request<Body>,
        redactor: Redactor<'_>,
    ) -> Answer {
        let response = match connected.kube.send(request).await {
            Ok(response) => response,
            Err(error) => {
                return Answer::Problem(transport_problem(&error, connected.proxy.as_deref(), redactor));
            }
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, LONGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
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

fn understood(status: StatusCode, headers: &HeaderMap, body: &[u8], redactor: Redactor<'_>) -> Answer {
    let code = status.as_u16();
    let text = || String::from_utf8_lossy(body);
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
    let message = refusal.message.clone();
    Answer::of_status(status, headers, &message, refusal)
}

fn transport_problem(error: &kube::Error, proxy: Option<&str>, redactor: Redactor<'_>) -> Problem {
    let (mut cause, connected) = match (pool_error(error), cause_of::<Unanswered>(error)) {
        (Some(error), _) => (redactor.chain(error), !error.is_connect()),
        (None, Some(unanswered)) => (redactor.chain(unanswered), unanswered.connected),
        (None, None) => (redactor.chain(error), true),
    };
    if let Some(proxy) = proxy.filter(|_| !connected) {
        cause = format!("by the proxy {proxy}: {cause}");
    }
    Problem { cause: redactor.text(&cause), retry_after: None, connected }
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
