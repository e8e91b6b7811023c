//! Rejections in Kubernetes' format (`Status`), their meaning, and `Warning` headers.
//!
//! Rules are Kubernetes': reasons and details of `metav1.Status`, the wording of escalations from
//! `pkg/registry/rbac/validation` (`attempting to grant RBAC permissions not currently held`).

use http::{HeaderMap, header};
use kube::core::Status;
use request_pipeline::{Redactor, shortened};

use super::errors::{Action, Anonymous, Cause, Error};

/// Text before the rules of an escalation, which follow one a line.
const ESCALATION: &str = "attempting to grant RBAC permissions not currently held:";

/// The most rules or fields of one rejection that are shown.
const MOST: usize = 20;

/// A rejection.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// `AlreadyExists`, `Conflict`, …; empty if the response is not from Kubernetes.
    pub(super) reason: String,
    pub(super) message: String,
    /// Plural and name of the rejected object, if the server returns them.
    subject: Option<(String, String)>,
    causes: Vec<Cause>,
    /// Where a list whose next page has expired may go on; empty if the server returns no place.
    pub(super) remainder: String,
    /// What the same address answers without credentials, after a 401.
    pub(super) anonymous: Option<Anonymous>,
}

impl Refusal {
    /// From the response's body, without secrets: JSON may spell a token with escapes, so that only its decoded strings show it.
    pub(super) fn parse(status: u16, body: &str, redactor: Redactor<'_>) -> Self {
        let Ok(parsed) = serde_json::from_str::<Status>(body) else {
            return Self::unreadable(status, body, redactor);
        };
        let (mut subject, mut causes) = (None, Vec::new());
        if let Some(details) = parsed.details {
            let cause = |cause: kube::core::response::StatusCause| Cause {
                field: shortened(&redactor.text(&cause.field)),
                message: shortened(&redactor.text(&cause.message)),
            };
            causes = details.causes.into_iter().take(MOST).map(cause).collect();
            subject = (!details.kind.is_empty())
                .then(|| (redactor.text(&details.kind), redactor.text(&details.name)));
        }
        // Each missing rule has a line of its own, and is shortened when it is shown.
        let (reason, message) = (redactor.text(&parsed.reason), redactor.text(&parsed.message));
        let remainder = parsed.metadata.and_then(|list| list.continue_).unwrap_or_default();
        Self { status, reason, message, subject, causes, remainder, anonymous: None }
    }

    /// Not in Kubernetes' format: usually from a proxy or load balancer before it.
    pub(super) fn unreadable(status: u16, body: &str, redactor: Redactor<'_>) -> Self {
        Self { status, message: shortened(&redactor.text(body)), ..Self::default() }
    }

    /// The object has another uid than the request.
    pub(super) fn is_of_another_object(&self) -> bool {
        self.status == 422 && self.causes.iter().any(|cause| cause.field == "metadata.uid")
    }

    pub(super) fn is_already_exists(&self) -> bool {
        self.status == 409 && self.reason == "AlreadyExists"
    }

    pub(super) fn is_conflict(&self) -> bool {
        self.status == 409 && !self.is_already_exists()
    }

    /// Whether the next page of a list has expired.
    pub(super) fn is_expired(&self) -> bool {
        self.status == 410 && self.reason == "Expired"
    }

    /// Whether Kubernetes itself returned that this object does not exist.
    pub(super) fn is_certain_not_found(&self, action: &Action) -> bool {
        let Some(place) = &action.place else { return false };
        let about = |(plural, name): &(String, String)| plural == action.api.plural && *name == place.name;
        self.status == 404 && self.reason == "NotFound" && self.subject.as_ref().is_some_and(about)
    }

    /// The error of a request.
    pub(super) fn into_error(self, action: Action, title: &str, credentials: &str) -> Error {
        if self.is_certain_not_found(&action) {
            return Error::NotFound { action: action.into() };
        }
        let action = Box::new(action);
        let missing = missing_rules(&self.message);
        let Self { status, reason, message, subject, causes, anonymous, remainder: _ } = self;
        let message = shortened(&message);
        match (status, reason.as_str()) {
            (401, _) => {
                let message = if message == "Unauthorized" { String::new() } else { message };
                let (title, credentials) = (title.to_owned(), credentials.to_owned());
                Error::Unauthorized { title, credentials, message, anonymous }
            }
            (403, _) if !missing.is_empty() => Error::Escalation { action, missing },
            (403, _) => Error::Forbidden { action, message },
            (404, "NotFound") => match subject {
                Some((kind, name)) => {
                    Error::Missing { action, kind: shortened(&kind), name: shortened(&name) }
                }
                None => Error::Unexpected { title: title.to_owned(), action, status, message },
            },
            (409, "AlreadyExists") => Error::AlreadyExists { action },
            (409, _) => Error::Conflict { action, message },
            (400 | 422, "BadRequest" | "Invalid") => Error::Invalid { action, message, causes },
            _ => Error::Unexpected { title: title.to_owned(), action, status, message },
        }
    }
}

/// The rules that an escalation lists; of many, the first ones and the number of the others.
fn missing_rules(message: &str) -> Vec<String> {
    let Some((_, rules)) = message.split_once(ESCALATION) else { return Vec::new() };
    let mut rules = rules.lines().map(str::trim).filter(|rule| !rule.is_empty());
    let mut shown: Vec<_> = rules.by_ref().take(MOST).map(shortened).collect();
    match rules.count() {
        0 => {}
        others => shown.push(format!("and {others} more")),
    }
    shown
}

/// The texts of all `Warning` headers (RFC 7234 5.5: `299 - "text"`), without secrets.
pub(super) fn warnings(headers: &HeaderMap, redactor: Redactor<'_>) -> impl Iterator<Item = String> {
    headers.get_all(header::WARNING).iter().filter_map(move |value| {
        let (_, quoted) = value.to_str().ok()?.split_once('"')?;
        let text = quoted.rsplit_once('"').map_or(quoted, |(text, _)| text);
        Some(shortened(&redactor.text(&text.replace("\\\"", "\"").replace("\\\\", "\\"))))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Api, ObjectPlace};

    const BINDINGS: Api = Api {
        group_version: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        plural: "clusterrolebindings",
    };

    fn create() -> Action {
        Action::on("create", BINDINGS, &ObjectPlace::cluster("team"))
    }

    #[track_caller]
    fn error(status: u16, body: &serde_json::Value) -> Error {
        Refusal::parse(status, &body.to_string(), Redactor(None)).into_error(
            create(),
            "the endpoint",
            "the token",
        )
    }

    #[test]
    fn an_escalation_lists_the_missing_rules() {
        let message = "clusterrolebindings.rbac.authorization.k8s.io \"team\" is forbidden: user \"eve\" (groups=[\"a\"]) is attempting to \
                       grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}\n\
                       {APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}";
        let Error::Escalation { missing, .. } =
            error(403, &json!({"reason": "Forbidden", "message": message}))
        else {
            panic!("no escalation")
        };
        assert_eq!(missing.len(), 2, "{missing:?}");
        assert!(missing[1].contains("secrets"), "{missing:?}");
    }

    #[test]
    fn of_many_missing_rules_the_first_and_their_number_are_shown() {
        let message = format!("{ESCALATION}\n{}", "{Verbs:[\"get\"]}\n".repeat(50));
        let Error::Escalation { missing, .. } =
            error(403, &json!({"reason": "Forbidden", "message": message}))
        else {
            panic!("no escalation")
        };
        assert_eq!((missing.len(), missing[20].as_str()), (21, "and 30 more"));
    }

    #[test]
    fn a_missing_role_differs_from_a_missing_binding() {
        let found = |kind: &str, name: &str| {
            error(
                404,
                &json!({"reason": "NotFound", "message": "x", "details": {"kind": kind, "name": name}}),
            )
        };
        assert_eq!(found("clusterrolebindings", "team"), Error::NotFound { action: create().into() });
        // kube-apiserver 1.36 returns the role's name and the binding's kind.
        for kind in ["clusterroles", "clusterrolebindings"] {
            let name = "viewer".to_owned();
            let missing = Error::Missing { action: create().into(), kind: kind.to_owned(), name };
            assert_eq!(found(kind, "viewer"), missing);
        }
    }

    #[test]
    fn a_not_found_that_is_not_from_kubernetes_is_not_certain() {
        let page = Refusal::parse(404, "<html>default backend - 404</html>", Redactor(None));
        assert!(!page.is_certain_not_found(&create()));
        let path =
            Refusal::parse(404, &json!({"reason": "NotFound", "details": {}}).to_string(), Redactor(None));
        assert!(!path.is_certain_not_found(&create()));
        assert!(matches!(path.into_error(create(), "", ""), Error::Unexpected { status: 404, .. }));
    }

    #[test]
    fn warnings_are_read_without_their_code_and_quotes() {
        let mut headers = HeaderMap::new();
        headers.append(header::WARNING, "299 - \"unknown field \\\"spec.x\\\"\"".parse().expect("a header"));
        headers.append(header::WARNING, "299 - \"second\"".parse().expect("a header"));
        let texts = warnings(&headers, Redactor(None)).collect::<Vec<_>>();
        assert_eq!(texts, ["unknown field \"spec.x\"", "second"]);
    }

    #[test]
    fn a_token_at_the_end_of_a_long_warning_is_redacted_before_the_warning_is_shortened() {
        let token = "s3cret-token".to_owned().into();
        let warning = format!("299 - \"{}s3cret-token\"", "x".repeat(145));
        let mut headers = HeaderMap::new();
        headers.append(header::WARNING, warning.parse().expect("a header"));
        for text in warnings(&headers, Redactor(Some(&token))) {
            assert!(text.contains("[toke") && !text.contains("s3c"), "{text}");
        }
    }

    #[test]
    fn a_token_that_json_escapes_is_redacted_everywhere_in_a_rejection() {
        let token = "s3cret/token".to_owned().into();
        let body = r#"{"reason": "s3cret\/token", "message": "s3cret\/token", "details": {
            "kind": "s3cret\/token", "name": "s3cret\u002ftoken", "causes": [{"field": "s3cret\/token", "message": "s3cret\/token"}]}}"#;
        let rejection = Refusal::parse(422, body, Redactor(Some(&token)));
        let shown = format!("{rejection:?}");
        assert!(!shown.contains("s3cret") && shown.matches("[token]").count() == 6, "{shown}");
    }
}
