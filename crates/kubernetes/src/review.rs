//! Reviews of identity and access. Kubernetes stores none of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    errors::{Action, Error},
    http::Request,
    object::Api,
    session::Session,
};

/// Identity of a caller in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Name of the user.
    pub username: String,
    /// Kubernetes UID.
    pub uid: String,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Further facts about the user, by key.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// An access review: a permission, and its subject.
#[derive(Clone, Debug, Default)]
pub struct AccessReviewSpec {
    /// `None` without groups: the caller.
    pub user: Option<String>,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Verb, such as `get`.
    pub verb: String,
    /// API group; empty for the core group.
    pub api_group: String,
    /// Resource in the plural, such as `pods`; empty for a URL.
    pub resource: String,
    /// Subresource, such as `log`; may be empty.
    pub subresource: String,
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// URL path, instead of all other fields except the verb.
    pub non_resource_url: Option<String>,
}

/// Result of an access review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessReview {
    pub allowed: bool,
    pub reason: String,
}

const AUTHENTICATION: &str = "authentication.k8s.io/v1";
const AUTHORIZATION: &str = "authorization.k8s.io/v1";

impl Session {
    /// The caller's identity.
    pub async fn who_am_i(&self) -> Result<Identity, Error> {
        let api =
            Api { group_version: AUTHENTICATION, kind: "SelfSubjectReview", plural: "selfsubjectreviews" };
        let response = self.review(api, None).await?;
        let user = &response["status"]["userInfo"];
        let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
        let extra = user["extra"].as_object().into_iter().flatten();
        Ok(Identity {
            username: text("username"),
            uid: text("uid"),
            groups: texts(&user["groups"]),
            extra: extra.map(|(name, values)| (name.clone(), texts(values))).collect(),
        })
    }

    /// Whether the subject has the permission.
    pub async fn may(&self, question: &AccessReviewSpec) -> Result<AccessReview, Error> {
        let is_caller = question.user.is_none() && question.groups.is_empty();
        let api = if is_caller {
            Api {
                group_version: AUTHORIZATION,
                kind: "SelfSubjectAccessReview",
                plural: "selfsubjectaccessreviews",
            }
        } else {
            Api { group_version: AUTHORIZATION, kind: "SubjectAccessReview", plural: "subjectaccessreviews" }
        };
        let response = self.review(api, Some(spec(question))).await?;
        let status = &response["status"];
        let text = |name: &str| status[name].as_str().unwrap_or_default();
        let reason = [text("reason"), text("evaluationError")];
        Ok(AccessReview {
            allowed: status["allowed"].as_bool().unwrap_or_default(),
            reason: reason.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "),
        })
    }

    async fn review(&self, api: Api, spec: Option<Value>) -> Result<Value, Error> {
        let action = Action { verb: "create", api, place: None, subresource: None };
        let mut body = json!({"apiVersion": api.group_version, "kind": api.kind, "metadata": {}});
        if let Some(spec) = spec {
            body["spec"] = spec;
        }
        let outcome = self.send(&Request::post(action.clone(), api.path(None), body)).await?;
        outcome.answer.map_err(|refusal| self.refused(refusal, action))
    }
}

fn spec(question: &AccessReviewSpec) -> Value {
    let mut spec = Map::new();
    if let Some(user) = &question.user {
        spec.insert("user".to_owned(), user.clone().into());
    }
    if !question.groups.is_empty() {
        spec.insert("groups".to_owned(), json!(question.groups));
    }
    let attributes = match &question.non_resource_url {
        Some(path) => ("nonResourceAttributes", json!({"verb": question.verb, "path": path})),
        None => (
            "resourceAttributes",
            json!({
                "verb": question.verb, "group": question.api_group, "resource": question.resource,
                "subresource": question.subresource, "namespace": question.namespace, "name": question.name,
            }),
        ),
    };
    spec.insert(attributes.0.to_owned(), attributes.1);
    Value::Object(spec)
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}
