//! The log of requests, for `local-cks requests`: as JSON for the socket and for programs, as a table for people. Without bodies and
//! without headers other than the client's name; the library has replaced credentials in paths.

use std::iter;

use local_cks::Request;
use serde_json::{Value, json};

/// Most requests of the log: those of many runs of a module, in some megabytes.
pub(crate) const LIMIT: usize = 10_000;

/// The members of a request in JSON, with the columns of the table.
const COLUMNS: [(&str, &str); 5] = [
    ("method", "METHOD"),
    ("host", "HOST"),
    ("path", "PATH"),
    ("status", "STATUS"),
    ("user_agent", "USER AGENT"),
];

/// One request.
pub(crate) fn json(request: &Request) -> Value {
    json!({
        "method": request.method.as_str(),
        "host": request.host,
        "path": request.path,
        "status": request.status.map(|status| status.as_u16()),
        "user_agent": request.header("user-agent"),
    })
}

/// A line for each request, after one with the columns' names; `-` where there is nothing.
pub(crate) fn table(requests: &[Value]) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let names = COLUMNS.map(|(_, name)| name.to_owned());
    let rows = requests.iter().map(|request| COLUMNS.map(|(member, _)| text(&request[member])));
    let rows: Vec<_> = iter::once(names).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let [method, host, path, status, _] = [0, 1, 2, 3, 4].map(width);
    rows.iter()
        .map(|[m, h, p, s, agent]| format!("{m:method$}  {h:host$}  {p:path$}  {s:status$}  {agent}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{json, table};

    #[test]
    fn columns_are_aligned_and_what_is_missing_is_a_dash() {
        let requests = [
            json!({"method": "GET", "host": "h", "path": "/long", "status": 200, "user_agent": "curl/8"}),
            json!({"method": "PATCH", "host": "hh", "path": "/", "status": null, "user_agent": null}),
        ];
        assert_eq!(
            table(&requests),
            [
                "METHOD  HOST  PATH   STATUS  USER AGENT",
                "GET     h     /long  200     curl/8",
                "PATCH   hh    /      -       -",
            ]
        );
    }
}
