//! `cks_subject_access_review`: what somebody may do in a cluster.

use std::collections::BTreeSet;

use clusters::Clusters;
use kubernetes::AccessQuestion;
use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Error, Schema, Value};

use crate::{
    checks,
    errors::{ClientError as _, IntoDiagnostics as _},
};

/// Asks a cluster whether somebody may do something: a user, the members of groups, or the provider itself. Made for `check` blocks, which
/// prove what bindings are meant to give, or to keep from people.
///
/// To ask about others the provider needs the right to `create` `subjectaccessreviews` in the API group `authorization.k8s.io`; about
/// itself everybody may ask.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_subject_access_review")]
pub(crate) struct SubjectAccessReview {
    /// Id of the cluster that is asked.
    #[schema(required, validate(checks::cluster_id))]
    cluster_id: String,
    /// User name as the cluster sees it, prefix included, such as `oidc:ada@example.com` or `system:serviceaccount:team:deployer`. Without it
    /// and without `groups` the question is about the provider itself.
    #[schema(optional, validate(checks::not_empty))]
    user: Option<String>,
    /// Groups of the user, or groups of any user, as the cluster sees them. The cluster adds none: a real caller also is in
    /// `system:authenticated`, and a ServiceAccount in `system:serviceaccounts` and `system:serviceaccounts:NAMESPACE`.
    #[schema(optional, validate_each(checks::not_empty))]
    groups: Option<BTreeSet<String>>,
    /// What would be done: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `bind`, `escalate`,
    /// `impersonate`, or `*` for everything. For `non_resource_url` the method in small letters, such as `get`.
    #[schema(required, validate(checks::not_empty))]
    verb: String,
    /// The resource, in the plural and in small letters, such as `pods`; `*` for all. Give either this or `non_resource_url`.
    #[schema(optional, validate(resource))]
    resource: Option<String>,
    /// The resource's API group without a version, such as `apps`. Default: the core group, which has no name.
    #[schema(optional, validate(api_group))]
    api_group: Option<String>,
    /// A part of the resource, such as `log` or `exec` of `pods`.
    #[schema(optional, validate(checks::not_empty))]
    subresource: Option<String>,
    /// The namespace. Default: all of them, or none for resources of the whole cluster.
    #[schema(optional, validate(checks::not_empty))]
    namespace: Option<String>,
    /// The name of one object. Default: any.
    #[schema(optional, validate(checks::not_empty))]
    name: Option<String>,
    /// A path that is no resource, such as `/metrics`.
    #[schema(optional, validate(non_resource_url))]
    non_resource_url: Option<String>,
    /// Whether the cluster would allow it.
    #[schema(computed)]
    allowed: Value<bool>,
    /// Why, in the cluster's words; often empty where it is not allowed.
    #[schema(computed)]
    reason: Value<String>,
}

impl DataSource for SubjectAccessReview {
    type Provider = Clusters;

    fn validate(config: &SubjectAccessReviewPartial, report: &mut Diagnostics) {
        if config.resource.is_null() && config.non_resource_url.is_null() {
            let detail = "Give the `resource`, such as \"pods\", or a `non_resource_url`.";
            report.push(Diagnostic::error("May do it to what?", detail).at("resource"));
        }
        if config.non_resource_url.as_known().is_none() {
            return;
        }
        for (attribute, is_given) in [
            ("resource", config.resource.as_known().is_some()),
            ("api_group", config.api_group.as_known().is_some()),
            ("subresource", config.subresource.as_known().is_some()),
            ("namespace", config.namespace.as_known().is_some()),
            ("name", config.name.as_known().is_some()),
        ] {
            if is_given {
                let detail =
                    format!("A path that is no resource has no `{attribute}`: leave one of the two out.");
                report.push(Diagnostic::error("Resource and non-resource URL", detail).at(attribute));
            }
        }
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let kubernetes = context
            .provider()
            .kubernetes(&self.cluster_id, Clusters::READING, context.stopped())
            .await
            .map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        let review = kubernetes.may(&self.question()).await.into_diagnostics()?;
        Ok(Self { allowed: Value::Known(review.allowed), reason: Value::Known(review.reason), ..self })
    }
}

impl SubjectAccessReview {
    fn question(&self) -> AccessQuestion {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        AccessQuestion {
            user: self.user.clone(),
            groups: self.groups.iter().flatten().cloned().collect(),
            verb: self.verb.clone(),
            api_group: text(&self.api_group),
            resource: text(&self.resource),
            subresource: text(&self.subresource),
            namespace: text(&self.namespace),
            name: text(&self.name),
            non_resource_url: self.non_resource_url.clone(),
        }
    }
}

/// Kubernetes answers "not allowed" for a resource that does not exist: what cannot be one is better said.
fn resource(name: &str) -> Result<(), String> {
    checks::not_empty(name)?;
    if let Some((resource, subresource)) = name.split_once('/') {
        return Err(format!(
            "{name:?} is a resource with a part of it: write resource = {resource:?} and subresource = {subresource:?}."
        ));
    }
    if name.chars().any(char::is_uppercase) {
        return Err(format!(
            "{name:?} is no resource: those are in small letters and in the plural, such as \"pods\" for Pod. `kubectl api-resources` lists \
             them."
        ));
    }
    if name.contains('.') {
        return Err(format!(
            "{name:?} is a resource with its API group: give what stands behind the first dot as `api_group`."
        ));
    }
    Ok(())
}

fn api_group(name: &str) -> Result<(), String> {
    checks::plain(name)?;
    match name.split_once('/') {
        Some((group, _)) => Err(format!("{name:?} holds a version, which plays no part: write {group:?}.")),
        None if name == "core" || name == "v1" => {
            Err(format!("{name:?} is no API group: the core group has no name. Leave `api_group` out."))
        }
        None => Ok(()),
    }
}

fn non_resource_url(path: &str) -> Result<(), String> {
    if path == "*" || path.starts_with('/') {
        return checks::plain(path);
    }
    Err(format!("{path:?} is no path: it begins with a slash, such as \"/metrics\"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_server_would_know_is_said_before_it_answers_no() {
        #[track_caller]
        fn check(rule: fn(&str) -> Result<(), String>, input: &str, complaint: &str) {
            match rule(input) {
                Ok(()) => assert_eq!(complaint, "", "{input:?} was accepted"),
                Err(message) => {
                    assert!(!complaint.is_empty() && message.contains(complaint), "{input:?}: {message}");
                }
            }
        }
        check(resource, "pods", "");
        check(resource, "*", "");
        check(resource, "", "empty");
        check(resource, "Pod", "small letters");
        check(resource, "pods/exec", "subresource = \"exec\"");
        check(resource, "deployments.apps", "`api_group`");
        check(api_group, "", "");
        check(api_group, "rbac.authorization.k8s.io", "");
        check(api_group, "apps/v1", "write \"apps\"");
        check(api_group, "core", "no name");
        check(api_group, "v1", "no name");
        check(non_resource_url, "/metrics", "");
        check(non_resource_url, "*", "");
        check(non_resource_url, "metrics", "begins with a slash");
    }

    #[test]
    fn an_empty_list_of_groups_is_as_none() {
        let groups = |groups: Option<&[&str]>| {
            let groups = groups.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            let review = SubjectAccessReview {
                cluster_id: "a".to_owned(),
                user: None,
                groups,
                verb: "get".to_owned(),
                resource: Some("pods".to_owned()),
                api_group: None,
                subresource: None,
                namespace: None,
                name: None,
                non_resource_url: None,
                allowed: Value::Unknown,
                reason: Value::Unknown,
            };
            review.question().groups
        };
        assert_eq!(groups(None), groups(Some(&[])));
        assert_eq!(groups(Some(&["b", "a"])), ["a", "b"]);
    }
}
