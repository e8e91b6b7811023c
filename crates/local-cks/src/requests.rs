//! The log of all requests, from which tests read what a client sent.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use crate::faults::Call;

/// One request and the status of its response.
#[derive(Clone, Debug)]
pub struct Request {
    /// Kind of the call.
    pub call: Call,
    /// Number of the connection that it came on, unique in this program.
    pub connection: u64,
    /// Host of the request (`Host` header or `:authority`), without port.
    pub host: String,
    /// HTTP method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Headers; credentials are redacted.
    pub headers: HeaderMap,
    /// JSON body; `Null` if there is none, and at the Kubernetes endpoints, where bodies are streams.
    pub body: Value,
    /// Status of the response; `None` until it is sent, and if a fault dropped it.
    pub status: Option<StatusCode>,
}

impl Request {
    /// The header as text, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The requests since the log was last cleared.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Number of cleared requests.
    forgotten: usize,
    requests: Vec<Request>,
}

impl Log {
    /// Logs a request; the number is for [`Self::answered`].
    pub(crate) fn note(&mut self, request: Request) -> usize {
        self.requests.push(request);
        self.forgotten + self.requests.len() - 1
    }

    /// Logs the status of the response.
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

/// Headers with redacted credentials; the scheme is kept.
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
    fn a_late_response_is_not_logged_for_a_request_after_a_clear() {
        let request = || Request {
            call: Call::Whoami,
            connection: 1,
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
