//! The log of all requests that arrived: tests read from it what a client really sent.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use crate::faults::Call;

/// One request, as it arrived, and what it got.
#[derive(Clone, Debug)]
pub struct Request {
    /// What was called, and at which of the endpoints.
    pub call: Call,
    /// Host that the client asked for (`Host` header or `:authority`), without port.
    pub host: String,
    /// HTTP method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Headers; credentials are blotted out.
    pub headers: HeaderMap,
    /// JSON body; `Null` when there is none, and at the Kubernetes endpoints, where bodies are streams.
    pub body: Value,
    /// Status of the answer; `None` while it is not sent, and when it was lost on purpose.
    pub status: Option<StatusCode>,
}

impl Request {
    /// The header as text, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The requests so far, or since they were last forgotten.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// How many were forgotten.
    forgotten: usize,
    requests: Vec<Request>,
}

impl Log {
    /// Notes a request; the number is for [`Self::answered`].
    pub(crate) fn note(&mut self, request: Request) -> usize {
        self.requests.push(request);
        self.forgotten + self.requests.len() - 1
    }

    /// Notes the status of the answer.
    pub(crate) fn answered(&mut self, number: usize, status: StatusCode) {
        let request = number.checked_sub(self.forgotten).and_then(|index| self.requests.get_mut(index));
        if let Some(request) = request {
            request.status = Some(status);
        }
    }

    pub(crate) fn requests(&self) -> &[Request] {
        &self.requests
    }

    pub(crate) fn forget(&mut self) {
        self.forgotten += self.requests.len();
        self.requests.clear();
    }
}

/// Counts requests by method.
pub fn by_method<'a>(requests: impl IntoIterator<Item = &'a Request>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts.entry(request.method.to_string()).or_default() += 1;
    }
    counts
}

/// Headers without credentials: the scheme stays, the secret goes.
pub(crate) fn without_secrets(headers: &HeaderMap) -> HeaderMap {
    let mut out = headers.clone();
    for name in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE] {
        let Some(value) = out.get(&name) else { continue };
        let scheme =
            value.to_str().ok().and_then(|value| value.split_once(' ')).map_or("", |(scheme, _)| scheme);
        let blotted = format!("{scheme} [redacted]");
        if let Ok(blotted) = blotted.trim_start().parse() {
            out.insert(name, blotted);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method, StatusCode};

    use super::{Call, Log, Request, without_secrets};

    #[test]
    fn a_late_answer_does_not_count_for_a_request_that_came_after_forgetting() {
        let request = || Request {
            call: Call::Whoami,
            host: String::new(),
            method: Method::GET,
            path: String::new(),
            headers: HeaderMap::new(),
            body: serde_json::Value::Null,
            status: None,
        };
        let mut log = Log::default();
        let early = log.note(request());
        log.forget();
        let late = log.note(request());
        log.answered(early, StatusCode::OK);
        assert_eq!(log.requests()[0].status, None);
        log.answered(late, StatusCode::OK);
        assert_eq!(log.requests()[0].status, Some(StatusCode::OK));
    }

    #[test]
    fn the_log_keeps_no_token() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer CW-SECRET-x"));
        headers.insert("user-agent", HeaderValue::from_static("me/1"));
        let shown = without_secrets(&headers);
        assert_eq!(shown["authorization"], "Bearer [redacted]");
        assert_eq!(shown["user-agent"], "me/1");
    }
}
