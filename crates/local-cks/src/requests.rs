//! The log of all requests, from which tests read what a client sent.

use std::collections::{BTreeMap, VecDeque};

use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::Value;

use crate::{accounts::TOKEN_PREFIX, faults::Call};

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
    /// Path with query; credentials are redacted.
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
    /// Number of requests that are no longer in the log.
    forgotten: usize,
    /// How many of them were dropped since the log was last cleared, because of the limit.
    dropped: usize,
    /// Maximum length; `None`: no maximum.
    limit: Option<usize>,
    requests: VecDeque<Request>,
}

impl Log {
    /// Logs a request; the number is for [`Self::answered`].
    pub(crate) fn note(&mut self, request: Request) -> usize {
        self.requests.push_back(request);
        if self.limit.is_some_and(|limit| self.requests.len() > limit) {
            self.requests.pop_front();
            self.forgotten += 1;
            self.dropped += 1;
        }
        self.forgotten + self.requests.len() - 1
    }

    /// Logs the status of the response.
    pub(crate) fn answered(&mut self, number: usize, status: StatusCode) {
        let request = number.checked_sub(self.forgotten).and_then(|index| self.requests.get_mut(index));
        if let Some(request) = request {
            request.status = Some(status);
        }
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// How many requests since the last clear are not in the log, because it has a limit.
    pub(crate) const fn dropped(&self) -> usize {
        self.dropped
    }

    pub(crate) const fn set_limit(&mut self, limit: usize) {
        self.limit = Some(limit);
    }

    pub(crate) fn forget(&mut self) {
        self.forgotten += self.requests.len();
        self.dropped = 0;
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

/// Begin of every JWT: `{"` in base64. Kubernetes' `continue` tokens begin so too, but have no dots.
const JWT_PREFIX: &str = "eyJ";

/// Path with query, without credentials: the values of parameters that are named after one, and CoreWeave tokens and JWTs anywhere.
pub(crate) fn path_without_secrets(uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let has_jwt = |text: &str| text.split_once(JWT_PREFIX).is_some_and(|(_, rest)| rest.contains('.'));
    let has_token = |text: &str| text.contains(TOKEN_PREFIX) || has_jwt(text);
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["token", "secret", "password"].iter().any(|word| name.ends_with(word))
    };
    let parameter = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if is_secret(name) || has_token(value) => {
            format!("{name}=[redacted]")
        }
        _ => parameter.to_owned(),
    };
    let segment = |segment: &str| {
        if has_token(segment) { "[redacted]".to_owned() } else { segment.to_owned() }
    };
    let path = path.split('/').map(segment).collect::<Vec<_>>().join("/");
    match query {
        Some(query) => format!("{path}?{}", query.split('&').map(parameter).collect::<Vec<_>>().join("&")),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method, StatusCode};

    use super::{Call, Log, Request, path_without_secrets, without_secrets};

    fn request(path: &str) -> Request {
        Request {
            call: Call::Whoami,
            connection: 1,
            host: String::new(),
            method: Method::GET,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: serde_json::Value::Null,
            status: None,
        }
    }

    #[track_caller]
    fn check_statuses(log: &Log, expected: &[Option<StatusCode>]) {
        assert_eq!(log.requests().map(|request| request.status).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_late_response_is_not_logged_for_a_request_after_a_clear() {
        let mut log = Log::default();
        let early = log.note(request("/"));
        log.forget();
        let late = log.note(request("/"));
        log.answered(early, StatusCode::OK);
        check_statuses(&log, &[None]);
        log.answered(late, StatusCode::OK);
        check_statuses(&log, &[Some(StatusCode::OK)]);
    }

    #[test]
    fn a_limited_log_has_the_last_requests_and_counts_the_others() {
        let mut log = Log::default();
        log.set_limit(2);
        let numbers = ["/1", "/2", "/3"].map(|path| log.note(request(path)));
        let paths: Vec<_> = log.requests().map(|request| request.path.clone()).collect();
        assert_eq!((paths, log.dropped()), (vec!["/2".to_owned(), "/3".to_owned()], 1));
        log.answered(numbers[0], StatusCode::NOT_FOUND);
        log.answered(numbers[2], StatusCode::OK);
        check_statuses(&log, &[None, Some(StatusCode::OK)]);
        log.forget();
        assert_eq!(log.dropped(), 0);
    }

    #[test]
    fn paths_have_no_credentials() {
        let check = |path: &str, expected: &str| {
            assert_eq!(path_without_secrets(&path.parse().unwrap()), expected);
        };
        let kept = "/api/v1/namespaces/a/secrets/ci-token?fieldSelector=type%3Dx/service-account-token&limit=5&watch";
        check(kept, kept);
        let page = "/api/v1/secrets?limit=500&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ";
        check(page, page);
        check("/x?access_token=abc&limit=5", "/x?access_token=[redacted]&limit=5");
        check("/x?clientSecret=abc&Password=", "/x?clientSecret=[redacted]&Password=[redacted]");
        check("/x/CW-SECRET-abc?a=CW-SECRET-abc", "/x/[redacted]?a=[redacted]");
        check("/x/eyJhbGciOiJub25lIn0.e30.?code=eyJhbGciOiJub25lIn0.e30.", "/x/[redacted]?code=[redacted]");
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
