//! Errors of the API, and the formats in which a gateway may send them.
//!
//! Rule: connect-go's codes with their HTTP status; details of google/rpc/error_details.proto, as base64 protobuf (Connect) or
//! as JSON with `@type` (grpc-gateway).

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::behaviour::ErrorStyle;

/// Status codes of gRPC that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Unknown,
    InvalidArgument,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    Unimplemented,
    Internal,
    Unavailable,
    Unauthenticated,
}

impl Code {
    /// Name in Connect, number in gRPC, status in HTTP.
    fn forms(self) -> (&'static str, u8, StatusCode) {
        match self {
            Self::Unknown => ("unknown", 2, StatusCode::INTERNAL_SERVER_ERROR),
            Self::InvalidArgument => ("invalid_argument", 3, StatusCode::BAD_REQUEST),
            Self::NotFound => ("not_found", 5, StatusCode::NOT_FOUND),
            Self::AlreadyExists => ("already_exists", 6, StatusCode::CONFLICT),
            Self::PermissionDenied => ("permission_denied", 7, StatusCode::FORBIDDEN),
            Self::ResourceExhausted => ("resource_exhausted", 8, StatusCode::TOO_MANY_REQUESTS),
            Self::FailedPrecondition => ("failed_precondition", 9, StatusCode::BAD_REQUEST),
            Self::Aborted => ("aborted", 10, StatusCode::CONFLICT),
            Self::Unimplemented => ("unimplemented", 12, StatusCode::NOT_IMPLEMENTED),
            Self::Internal => ("internal", 13, StatusCode::INTERNAL_SERVER_ERROR),
            Self::Unavailable => ("unavailable", 14, StatusCode::SERVICE_UNAVAILABLE),
            Self::Unauthenticated => ("unauthenticated", 16, StatusCode::UNAUTHORIZED),
        }
    }

    /// The code that fits a bare HTTP status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::InvalidArgument,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Aborted,
            429 => Self::ResourceExhausted,
            500 => Self::Internal,
            502..=504 => Self::Unavailable,
            _ => Self::Unknown,
        }
    }
}

/// One field that broke a rule, named as the .proto file does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) field: String,
    pub(crate) description: String,
}

/// Content of `details`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    BadRequest(Vec<Violation>),
    Resource { kind: &'static str, name: String, description: String },
    Precondition { kind: &'static str, description: String },
    Quota { subject: &'static str, description: String },
}

impl Detail {
    fn type_name(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "google.rpc.BadRequest",
            Self::Resource { .. } => "google.rpc.ResourceInfo",
            Self::Precondition { .. } => "google.rpc.PreconditionFailure",
            Self::Quota { .. } => "google.rpc.QuotaFailure",
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::BadRequest(violations) => json!({
                "fieldViolations": violations.iter()
                    .map(|violation| json!({"field": violation.field, "description": violation.description}))
                    .collect::<Vec<_>>(),
            }),
            Self::Resource { kind, name, description } => {
                json!({"resourceType": kind, "resourceName": name, "description": description})
            }
            Self::Precondition { kind, description } => {
                json!({"violations": [{"type": kind, "description": description}]})
            }
            Self::Quota { subject, description } => {
                json!({"violations": [{"subject": subject, "description": description}]})
            }
        }
    }

    fn protobuf(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::BadRequest(violations) => {
                for violation in violations {
                    let mut inner = Vec::new();
                    put(&mut inner, 1, violation.field.as_bytes());
                    put(&mut inner, 2, violation.description.as_bytes());
                    put(&mut out, 1, &inner);
                }
            }
            Self::Resource { kind, name, description } => {
                put(&mut out, 1, kind.as_bytes());
                put(&mut out, 2, name.as_bytes());
                put(&mut out, 4, description.as_bytes());
            }
            Self::Precondition { kind, description } => {
                let mut inner = Vec::new();
                put(&mut inner, 1, kind.as_bytes());
                put(&mut inner, 3, description.as_bytes());
                put(&mut out, 1, &inner);
            }
            Self::Quota { subject, description } => {
                let mut inner = Vec::new();
                put(&mut inner, 1, subject.as_bytes());
                put(&mut inner, 2, description.as_bytes());
                put(&mut out, 1, &inner);
            }
        }
        out
    }
}

/// Appends one length-delimited protobuf field (wire type 2).
fn put(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = bytes.len();
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            out.push(low & 0x7f);
            break;
        }
        out.push(low | 0x80);
    }
    out.extend_from_slice(bytes);
}

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) detail: Option<Detail>,
}

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    /// 400 with the fields that broke a rule.
    pub(crate) fn invalid(violations: Vec<Violation>) -> Self {
        let detail = Some(Detail::BadRequest(violations));
        Self { code: Code::InvalidArgument, message: "validation error".to_owned(), detail }
    }

    /// 400 with one field that broke a rule.
    pub(crate) fn violation(field: &str, description: &str) -> Self {
        Self::invalid(vec![Violation { field: field.to_owned(), description: description.to_owned() }])
    }

    /// 404 for a cluster: unknown, deleted, or of another organisation.
    pub(crate) fn no_cluster(id: &str) -> Self {
        let description = format!("cluster {id} not found");
        let detail = Detail::Resource { kind: "cluster", name: id.to_owned(), description };
        Self { code: Code::NotFound, message: "cluster not found".to_owned(), detail: Some(detail) }
    }

    /// 409 for a cluster whose name is taken.
    pub(crate) fn cluster_exists(name: &str, zone: &str) -> Self {
        let description = format!("cluster {name} already exists in {zone}");
        let detail =
            Detail::Resource { kind: "cluster", name: name.to_owned(), description: description.clone() };
        Self { code: Code::AlreadyExists, message: description, detail: Some(detail) }
    }

    /// 400 because of the state the cluster is in.
    pub(crate) fn precondition(description: impl Into<String>) -> Self {
        let description = description.into();
        let detail = Detail::Precondition { kind: "CLUSTER_STATE", description: description.clone() };
        Self { code: Code::FailedPrecondition, message: description, detail: Some(detail) }
    }

    /// 429.
    pub(crate) fn exhausted() -> Self {
        let description = "too many requests".to_owned();
        let detail = Detail::Quota { subject: "organization", description: description.clone() };
        Self { code: Code::ResourceExhausted, message: description, detail: Some(detail) }
    }

    /// The response in the configured format.
    pub(crate) fn respond(&self, style: ErrorStyle) -> Response {
        let (_, _, status) = self.code.forms();
        self.respond_as(status, style)
    }

    /// The same under another HTTP status.
    pub(crate) fn respond_as(&self, status: StatusCode, style: ErrorStyle) -> Response {
        let (content_type, body) = self.body(status, style);
        let mut response = (status, body).into_response();
        match content_type {
            Some(value) => {
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(value))
            }
            None => response.headers_mut().remove(header::CONTENT_TYPE),
        };
        response
    }

    fn body(&self, status: StatusCode, style: ErrorStyle) -> (Option<&'static str>, String) {
        let (name, number, _) = self.code.forms();
        let connect = |debug: bool| {
            let details: Vec<Value> = self
                .detail
                .iter()
                .map(|detail| {
                    let value = STANDARD_NO_PAD.encode(detail.protobuf());
                    let mut out = json!({"type": detail.type_name(), "value": value});
                    if debug {
                        out["debug"] = detail.json();
                    }
                    out
                })
                .collect();
            let mut body = json!({"code": name, "message": self.message});
            if !details.is_empty() {
                body["details"] = Value::Array(details);
            }
            body.to_string()
        };
        match style {
            ErrorStyle::Connect => (Some("application/json"), connect(true)),
            ErrorStyle::ConnectWithoutDebug => (Some("application/json"), connect(false)),
            ErrorStyle::GrpcGateway => {
                let details: Vec<Value> = self
                    .detail
                    .iter()
                    .map(|detail| {
                        let mut out = json!({"@type": format!("type.googleapis.com/{}", detail.type_name())});
                        if let (Value::Object(out), Value::Object(fields)) = (&mut out, detail.json()) {
                            out.extend(fields);
                        }
                        out
                    })
                    .collect();
                let body = json!({"code": number, "message": self.message, "details": details});
                (Some("application/json"), body.to_string())
            }
            ErrorStyle::PlainText => (Some("text/plain; charset=utf-8"), self.message.clone()),
            ErrorStyle::Html => {
                let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"));
                let body = format!(
                    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
                );
                (Some("text/html"), body)
            }
            ErrorStyle::Empty => (None, String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    use serde_json::{Value, json};

    use super::{ApiError, ErrorStyle, StatusCode, put};

    fn issuer() -> ApiError {
        ApiError::violation("oidc.issuer_url", "value must be a valid URI")
    }

    #[track_caller]
    fn check(style: ErrorStyle, expected: &Value) {
        let (content_type, body) = issuer().body(StatusCode::BAD_REQUEST, style);
        assert_eq!(content_type, Some("application/json"));
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), *expected);
    }

    #[test]
    fn connect_has_protobuf_and_debug() {
        let value =
            STANDARD_NO_PAD.encode(b"\x0a\x2c\x0a\x0foidc.issuer_url\x12\x19value must be a valid URI");
        check(
            ErrorStyle::Connect,
            &json!({"code": "invalid_argument", "message": "validation error", "details": [{
                "type": "google.rpc.BadRequest", "value": value,
                "debug": {"fieldViolations": [{"field": "oidc.issuer_url", "description": "value must be a valid URI"}]},
            }]}),
        );
        check(
            ErrorStyle::ConnectWithoutDebug,
            &json!({"code": "invalid_argument", "message": "validation error",
            "details": [{"type": "google.rpc.BadRequest", "value": value}]}),
        );
    }

    #[test]
    fn grpc_gateway_has_numbers_and_types() {
        check(
            ErrorStyle::GrpcGateway,
            &json!({"code": 3, "message": "validation error", "details": [{
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": "oidc.issuer_url", "description": "value must be a valid URI"}],
            }]}),
        );
    }

    #[test]
    fn text_html_and_empty_bodies_have_no_json() {
        let body = |style| issuer().body(StatusCode::BAD_REQUEST, style).1;
        assert_eq!(body(ErrorStyle::PlainText), "validation error");
        assert!(body(ErrorStyle::Html).contains("<h1>400 Bad Request</h1>"));
        assert_eq!(body(ErrorStyle::Empty), "");
    }

    #[test]
    fn lengths_over_127_take_two_bytes() {
        let mut out = Vec::new();
        put(&mut out, 1, &[b'x'; 300]);
        assert_eq!(out[..3], [0x0a, 0xac, 0x02]);
    }
}
