//! Answers in the forms of the two APIs, and of what may stand before them.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
    /// Whether something was stored, changed or deleted.
    pub wrote: bool,
    html: bool,
    retry_after: Option<u32>,
}

impl Answer {
    /// JSON of a success.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string().into_bytes(), wrote: false, html: false, retry_after: None }
    }

    /// The same for a request that changed something.
    pub fn written(status: u16, body: &Value) -> Self {
        Self { wrote: true, ..Self::json(status, body) }
    }

    /// A page of a proxy.
    pub fn page(status: u16, text: &str) -> Self {
        let body = format!("<html><body><h1>{text}</h1></body></html>").into_bytes();
        Self { status, body, wrote: false, html: true, retry_after: None }
    }

    /// An error of CoreWeave's API in Connect's form.
    pub fn connect(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({"code": code, "message": message}))
    }

    /// A `Status` of Kubernetes. `about`: group, plural and name.
    pub fn kubernetes(status: u16, reason: &str, message: &str, about: Option<(&str, &str, &str)>) -> Self {
        let mut details = json!({});
        if let Some((group, kind, name)) = about {
            details = json!({"name": name, "kind": kind});
            if !group.is_empty() {
                details["group"] = group.into();
            }
        }
        Self::json(
            status,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": message, "reason": reason, "details": details, "code": status,
            }),
        )
    }

    /// With the header `Retry-After`.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The response, with the server's clock.
    pub fn into_response(self, now: i64) -> Response<Bytes> {
        let time = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or_default());
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
            .header(header::DATE, httpdate::fmt_http_date(time))
            .header(header::CONTENT_TYPE, if self.html { "text/html" } else { "application/json" });
        if let Some(seconds) = self.retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        response.body(Bytes::from(self.body)).unwrap_or_default()
    }
}
