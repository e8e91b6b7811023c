//! Error responses of the API, in all formats in which it may send them.
//!
//! The format of the REST front is not published: Connect's JSON (code by name, details as base64 of protobuf, with a readable `debug` or without)
//! and grpc-gateway's (code by number, details by `@type`) are both read, as are text and HTML of proxies before the API.

use std::borrow::Cow;

use prost::Message;
use request_pipeline::shortened;
use serde_json::Value;

use super::{errors::Violation, fields::field_of, tolerant::text_of};

/// The most fields of one rejection that are shown.
const MOST_VIOLATIONS: usize = 20;

/// A rejection. Texts are short and on one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorBody {
    pub(super) code: Option<Code>,
    /// May be empty.
    pub(super) message: String,
    pub(super) violations: Vec<Violation>,
    /// The thing that the API did not find, or that already exists, if it named one.
    pub(super) resource: Option<Resource>,
}

/// `google.rpc.ResourceInfo`. Texts may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) name: String,
}

impl Resource {
    /// Whether it is the cluster with this id, as far as the API named a type and a name at all.
    fn may_be_cluster(&self, id: &str) -> bool {
        let has = |text: &str, part: &str| text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
        (self.kind.is_empty() || has(&self.kind, "cluster")) && (self.name.is_empty() || has(&self.name, id))
    }
}

/// The codes of gRPC that have a meaning here, in Connect's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    InvalidArgument,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unauthenticated,
    Other,
}

impl ErrorBody {
    pub(super) fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(json)) => Self::from_json(&Value::Object(json)),
            _ => Self { message: from_text(&String::from_utf8_lossy(body)), ..Self::default() },
        }
    }

    /// Whether the API itself returned that this cluster does not exist: its details name this cluster, or nothing; without details, its
    /// message says it of a cluster. A bare "Not Found" is grpc-gateway's response to an unknown route, and a proxy before the API can
    /// return the same code with a text of its own, such as "no healthy upstream".
    pub(super) fn is_certain_not_found(&self, id: &str) -> bool {
        if self.code != Some(Code::NotFound) {
            return false;
        }
        if let Some(resource) = &self.resource {
            return resource.may_be_cluster(id);
        }
        let message = self.message.to_ascii_lowercase();
        let about_cluster = message.contains("cluster") || message.contains(&id.to_ascii_lowercase());
        about_cluster
            && ["not found", "not exist", "no such", "no cluster"].iter().any(|words| message.contains(words))
    }

    fn from_json(json: &Value) -> Self {
        // Google's own front nests all of it in `error`; grpc-gateway's first version had the message there.
        if let Some(nested @ Value::Object(_)) = json.get("error") {
            return Self::from_json(nested);
        }
        let member = |name: &str| json.get(name).map(text_of).filter(|text| !text.is_empty());
        let message = member("message").or_else(|| member("error")).unwrap_or_default();
        let mut read = Self {
            code: ["status", "code"]
                .into_iter()
                .filter_map(member)
                .map(|code| Code::of(&code))
                .min_by_key(|code| *code == Code::Other),
            message: shortened(&message),
            ..Self::default()
        };
        for detail in json.get("details").and_then(Value::as_array).into_iter().flatten() {
            read.add_detail(detail);
        }
        if read.violations.is_empty() {
            read.violations = violations_in(&message);
        }
        read
    }

    fn add_detail(&mut self, detail: &Value) {
        let name = detail.get("@type").or_else(|| detail.get("type")).map(text_of).unwrap_or_default();
        let kind = name.rsplit(['/', '.']).next().unwrap_or_default();
        let readable = detail.get("debug").filter(|debug| debug.is_object()).unwrap_or(detail);
        if kind == "ResourceInfo" {
            self.resource = Some(resource_of(readable, detail));
            return;
        }
        let found = match readable.get("fieldViolations").or_else(|| readable.get("violations")) {
            Some(list) => {
                list.as_array().into_iter().flatten().take(MOST_VIOLATIONS).map(violation_of_json).collect()
            }
            None => {
                violations_of_protobuf(kind, detail.get("value").and_then(Value::as_str).unwrap_or_default())
            }
        };
        self.violations.extend(found);
        self.violations.truncate(MOST_VIOLATIONS);
    }
}

impl Code {
    fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "3" | "invalid_argument" => Self::InvalidArgument,
            "5" | "not_found" => Self::NotFound,
            "6" | "already_exists" => Self::AlreadyExists,
            "7" | "permission_denied" => Self::PermissionDenied,
            "9" | "failed_precondition" => Self::FailedPrecondition,
            "10" | "aborted" => Self::Aborted,
            "11" | "out_of_range" => Self::OutOfRange,
            "16" | "unauthenticated" => Self::Unauthenticated,
            _ => Self::Other,
        }
    }
}

/// `google.rpc.BadRequest`, `PreconditionFailure` and `QuotaFailure` all have a list in field 1, whose items contain the rejected field
/// and the description.
#[derive(Message)]
struct Violations {
    #[prost(message, repeated, tag = "1")]
    items: Vec<Item>,
}

#[derive(Message)]
struct Item {
    #[prost(string, tag = "1")]
    first: String,
    #[prost(string, tag = "2")]
    second: String,
    #[prost(string, tag = "3")]
    third: String,
}

/// `google.rpc.ResourceInfo` has type and name in its first two fields.
fn resource_of(readable: &Value, detail: &Value) -> Resource {
    let member = |name: &str| readable.get(name).map(text_of).unwrap_or_default();
    let (kind, name) = (member("resourceType"), member("resourceName"));
    if !kind.is_empty() || !name.is_empty() {
        return Resource { kind, name };
    }
    let base64 = detail.get("value").and_then(Value::as_str).unwrap_or_default();
    let bytes = super::certificates::decode_base64(base64).unwrap_or_default();
    let Item { first, second, .. } = Item::decode(bytes.as_slice()).unwrap_or_default();
    Resource { kind: first, name: second }
}

fn violations_of_protobuf(kind: &str, base64: &str) -> Vec<Violation> {
    if !matches!(kind, "BadRequest" | "PreconditionFailure" | "QuotaFailure") {
        return Vec::new();
    }
    let bytes = super::certificates::decode_base64(base64).unwrap_or_default();
    let items = Violations::decode(bytes.as_slice()).map(|list| list.items).unwrap_or_default();
    let read = |item: Item| match kind {
        "PreconditionFailure" => violation(&item.second, &item.third),
        _ => violation(&item.first, &item.second),
    };
    items.into_iter().take(MOST_VIOLATIONS).map(read).collect()
}

fn violation_of_json(json: &Value) -> Violation {
    let member = |name: &str| json.get(name).map(text_of).filter(|text| !text.is_empty());
    let field = member("field").or_else(|| member("subject")).or_else(|| member("type")).unwrap_or_default();
    violation(&field, &member("description").unwrap_or_default())
}

fn violation(field: &str, description: &str) -> Violation {
    Violation { field: shortened(field), path: field_of(field, None), description: shortened(description) }
}

/// Without details, validators put `field: reason` into the message, one a line.
fn violations_in(message: &str) -> Vec<Violation> {
    let complaint = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let line = line.strip_prefix("validation error:").unwrap_or(line).trim();
        let (field, description) = line.trim_start_matches("- ").split_once(": ")?;
        field_of(field, None)?;
        Some(violation(field, description))
    };
    message.lines().filter_map(complaint).take(MOST_VIOLATIONS).collect()
}

/// The title of an HTML page.
fn from_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_html = ["<html", "<!doctype", "<head", "<body"].iter().any(|mark| lower.contains(mark));
    if !is_html {
        return shortened(text);
    }
    let inside = |tag: &str| {
        let opened = lower.find(&format!("<{tag}"))?;
        let start = opened + lower.get(opened..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find("</")?;
        text.get(start..end).map(str::trim).filter(|title| !title.is_empty())
    };
    let title = inside("title").or_else(|| inside("h1")).map_or(Cow::Borrowed("untitled"), Cow::Borrowed);
    format!("an HTML page: {}", shortened(&title))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    use serde_json::json;

    use super::*;

    fn on(field: &str, path: Option<&str>, description: &str) -> Violation {
        let path = path.map(|path| field_of(path, None).expect("a path"));
        Violation { field: field.into(), path, description: description.into() }
    }

    #[track_caller]
    fn check(body: &str, code: Option<Code>, message: &str, violations: &[Violation]) {
        let read = ErrorBody::parse(body.as_bytes());
        assert_eq!(
            (read.code, read.message.as_str(), read.violations.as_slice()),
            (code, message, violations)
        );
    }

    #[test]
    fn connect_with_readable_details() {
        check(
            r#"{"code":"invalid_argument","message":"validation error","details":[{"type":"google.rpc.BadRequest","value":"AA",
                "debug":{"fieldViolations":[{"field":"network","description":"cannot change network config during an upgrade"}]}}]}"#,
            Some(Code::InvalidArgument),
            "validation error",
            &[on("network", Some("network"), "cannot change network config during an upgrade")],
        );
    }

    #[test]
    fn connect_with_protobuf_details_only() {
        let item = |first: &str, second: &str, third: &str| Item {
            first: first.into(),
            second: second.into(),
            third: third.into(),
        };
        let body = |kind: &str, item: Item| {
            let value = STANDARD_NO_PAD.encode(Violations { items: vec![item] }.encode_to_vec());
            format!(
                r#"{{"code":"x","message":"m","details":[{{"type":"google.rpc.{kind}","value":"{value}"}}]}}"#
            )
        };
        let other = Some(Code::Other);
        check(
            &body("BadRequest", item("oidc.ca", "value must be base64", "ignored")),
            other,
            "m",
            &[on("oidc.ca", Some("oidc.ca"), "value must be base64")],
        );
        check(
            &body("PreconditionFailure", item("STATE", "cluster", "is updating")),
            other,
            "m",
            &[on("cluster", None, "is updating")],
        );
        check(&body("QuotaFailure", item("org", "too many", "")), other, "m", &[on("org", None, "too many")]);
        check(&body("LocalizedMessage", item("en", "text", "")), other, "m", &[]);
    }

    #[test]
    fn details_that_are_not_protobuf_are_ignored() {
        for value in ["!!", "/////w==", ""] {
            let body = format!(
                r#"{{"code":"x","message":"m","details":[{{"type":"google.rpc.BadRequest","value":"{value}"}}]}}"#
            );
            check(&body, Some(Code::Other), "m", &[]);
        }
    }

    #[test]
    fn grpc_gateway_with_a_number_and_a_type() {
        check(
            r#"{"code":3,"message":"validation error","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations":[{"field":"oidc.issuer_url","description":"value must be a valid URI"}]}]}"#,
            Some(Code::InvalidArgument),
            "validation error",
            &[on("oidc.issuer_url", Some("oidc.issuerUrl"), "value must be a valid URI")],
        );
        check(
            r#"{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"m"}}"#,
            Some(Code::FailedPrecondition),
            "m",
            &[],
        );
        check(r#"{"error":"old form","code":9}"#, Some(Code::FailedPrecondition), "old form", &[]);
    }

    #[test]
    fn violations_inside_the_message_are_found() {
        check(
            r#"{"code":"invalid_argument","message":"validation error: oidc.issuer_url: value must be a valid URI"}"#,
            Some(Code::InvalidArgument),
            "validation error: oidc.issuer_url: value must be a valid URI",
            &[on("oidc.issuer_url", Some("oidc.issuerUrl"), "value must be a valid URI")],
        );
        check(
            r#"{"code":3,"message":"validation errors:\n - oidc.client_id: value is required\n - other: no"}"#,
            Some(Code::InvalidArgument),
            "validation errors: - oidc.client_id: value is required - other: no",
            &[on("oidc.client_id", Some("oidc.clientId"), "value is required")],
        );
    }

    #[test]
    fn text_pages_and_nothing_still_give_a_message() {
        check("upstream connect error\n\n reset", None, "upstream connect error reset", &[]);
        check(
            "<html><head><title> 502 Bad\nGateway</title></head></html>",
            None,
            "an HTML page: 502 Bad Gateway",
            &[],
        );
        check("<!DOCTYPE html><h1 class='x'>Denied</h1>", None, "an HTML page: Denied", &[]);
        check("<html><title>", None, "an HTML page: untitled", &[]);
        check("", None, "", &[]);
        check("[1]", None, "[1]", &[]);
        check(r#"{"details":"none","message":null}"#, None, "", &[]);
        assert_eq!(ErrorBody::parse("x ".repeat(5000).as_bytes()).message.chars().count(), 301);
        assert_eq!(ErrorBody::parse(b"a\x1b[31mb \xff").message, "a [31mb \u{fffd}");
    }

    #[test]
    fn only_an_error_of_the_api_itself_is_a_certain_not_found() {
        #[track_caller]
        fn check(body: &str, expected: bool) {
            assert_eq!(ErrorBody::parse(body.as_bytes()).is_certain_not_found("8154-a"), expected, "{body}");
        }
        let info = |kind: &str, name: &str| {
            let item = Item { first: kind.into(), second: name.into(), third: String::new() };
            let value = STANDARD_NO_PAD.encode(item.encode_to_vec());
            [
                json!({"type": "google.rpc.ResourceInfo", "value": value}),
                json!({"type": "google.rpc.ResourceInfo", "value": value, "debug": {"resourceType": kind, "resourceName": name}}),
                json!({"@type": "type.googleapis.com/google.rpc.ResourceInfo", "resourceType": kind, "resourceName": name}),
            ]
        };
        for (kind, name, expected) in [
            ("cluster", "8154-a", true),
            ("coreweave.cks.v1beta1.Cluster", "clusters/8154-A", true),
            ("cluster", "", true),
            ("", "", true),
            ("cluster", "another", false),
            ("vpc", "8154-a", false),
            ("organization", "ab1cd2", false),
        ] {
            for detail in info(kind, name) {
                for message in ["Not Found", "cluster not found"] {
                    check(
                        &json!({"code": "not_found", "message": message, "details": [detail]}).to_string(),
                        expected,
                    );
                }
            }
        }
        check(r#"{"code":"not_found","message":"cluster not found"}"#, true);
        check(r#"{"code":5,"message":"cluster 8154-a not found","details":[]}"#, true);
        check(r#"{"code":5,"message":"Not Found","details":[]}"#, false);
        // Envoy and others before the API, with the code of gRPC.
        check(r#"{"code":5,"message":"no healthy upstream"}"#, false);
        check(r#"{"code":5,"message":"no healthy upstream in cluster cks"}"#, false);
        check(r#"{"code":"not_found","message":"organization not found"}"#, false);
        check(r#"{"code":"not_found","message":""}"#, false);
        check("404 page not found", false);
        check("<html><title>404 Not Found</title></html>", false);
        check(r#"{"message":"no Route matched with those values"}"#, false);
        check("", false);
    }
}
