//! `cks_subject_access_review`: whether a caller has a permission in a cluster.

use std::collections::BTreeSet;

use clusters::Clusters;
use kubernetes::AccessReviewSpec;
use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Error, Schema, Value};

use crate::{
    checks,
    errors::{ClientError as _, IntoDiagnostics as _},
    operation::ReachClusters as _,
};

/// Returns whether a user, the members of groups, or the provider itself has a permission in a cluster. Use it in `check` blocks
/// that verify what bindings grant, and what they do not grant.
///
/// A review of other callers requires permission to `create` `subjectaccessreviews` in the API group `authorization.k8s.io`. A
/// review of the provider itself requires none.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_subject_access_review")]
pub(crate) struct SubjectAccessReview {
    /// Id of the cluster.
    #[schema(required, validate(checks::cluster_id))]
    cluster_id: String,
    /// User name with its prefix, as Kubernetes has it, such as `oidc:ada@example.com` or `system:serviceaccount:team:deployer`.
    /// Default without `groups`: the provider itself.
    #[schema(optional, validate(checks::not_empty))]
    user: Option<String>,
    /// Groups of the user, with their prefix, such as `oidc:platform`. Without `user`: groups of any user. Kubernetes adds no groups
    /// in a review; a real caller is also in `system:authenticated`, and a ServiceAccount in `system:serviceaccounts` and
    /// `system:serviceaccounts:NAMESPACE`.
    #[schema(optional, validate_each(checks::not_empty))]
    groups: Option<BTreeSet<String>>,
    /// Verb, such as `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `bind`, `escalate`,
    /// `impersonate`, or `*` for all verbs. With `non_resource_url`: the HTTP method in lower case, such as `get`.
    #[schema(required, validate(checks::not_empty))]
    verb: String,
    /// Resource, in lower case and in the plural, such as `pods`, or `*` for all resources. Set either this or `non_resource_url`.
    #[schema(optional, validate(resource))]
    resource: Option<String>,
    /// API group of the resource without a version, such as `apps`. Default: the core group, which has no name.
    #[schema(optional, validate(api_group))]
    api_group: Option<String>,
    /// Subresource, such as `log` or `exec` of `pods`.
    #[schema(optional, validate(checks::not_empty))]
    subresource: Option<String>,
    /// Namespace. Default: all namespaces, or none for cluster-scoped resources.
    #[schema(optional, validate(checks::not_empty))]
    namespace: Option<String>,
    /// Name of one object. Default: any object.
    #[schema(optional, validate(checks::not_empty))]
    name: Option<String>,
    /// URL path that is not a resource, such as `/metrics`.
    #[schema(optional, validate(non_resource_url))]
    non_resource_url: Option<String>,
    /// Whether the cluster allows it.
    #[schema(computed)]
    allowed: Value<bool>,
    /// Reason that the cluster returns. Often empty if `allowed` is false.
    #[schema(computed)]
    reason: Value<String>,
}

impl DataSource for SubjectAccessReview {
    type Provider = Clusters;

    fn validate(config: &SubjectAccessReviewPartial, report: &mut Diagnostics) {
        if config.resource.is_null() && config.non_resource_url.is_null() {
            let detail = "Set `resource`, such as \"pods\", or `non_resource_url`.";
            report.push(Diagnostic::error("Set resource or non_resource_url", detail).at("resource"));
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
                    format!("A URL path that is not a resource has no `{attribute}`. Remove one of the two.");
                report.push(
                    Diagnostic::error(format!("{attribute} conflicts with non_resource_url"), detail)
                        .at(attribute),
                );
            }
        }
    }

    async fn read(self, context: &Context<Clusters>) -> Result<Self, Error> {
        let kubernetes = context
            .clusters()
            .reading()
            .kubernetes(&self.cluster_id)
            .await
            .map_err(|error| error.into_diagnostics().at("cluster_id"))?;
        let review = kubernetes.may(&self.question()).await.into_diagnostics()?;
        Ok(Self { allowed: Value::Known(review.allowed), reason: Value::Known(review.reason), ..self })
    }
}

impl SubjectAccessReview {
    fn question(&self) -> AccessReviewSpec {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        AccessReviewSpec {
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

/// Kubernetes returns "not allowed" for a resource that does not exist, so a name that cannot be one is reported here.
fn resource(name: &str) -> Result<(), String> {
    checks::not_empty(name)?;
    if let Some((resource, subresource)) = name.split_once('/') {
        return Err(format!(
            "{name:?} is a resource with a subresource: write resource = {} and subresource = {}.",
            checks::shown(resource),
            checks::shown(subresource)
        ));
    }
    if name.chars().any(char::is_uppercase) {
        return Err(format!(
            "{name:?} is not a resource: write it in lower case and in the plural, such as \"pods\" for Pod. `kubectl api-resources` \
             lists all."
        ));
    }
    if name.contains('.') {
        return Err(format!(
            "{name:?} is a resource with its API group: write the part after the first dot as `api_group`."
        ));
    }
    Ok(())
}

fn api_group(name: &str) -> Result<(), String> {
    checks::plain(name)?;
    match name.split_once('/') {
        Some((group, _)) => {
            Err(format!("{name:?} contains a version, which has no effect: write {}.", checks::shown(group)))
        }
        None if name == "core" || name == "v1" => {
            Err(format!("{name:?} is not an API group: the core group has no name. Remove `api_group`."))
        }
        None => Ok(()),
    }
}

fn non_resource_url(path: &str) -> Result<(), String> {
    if path == "*" || path.starts_with('/') {
        return checks::plain(path);
    }
    Err(format!("{path:?} is not a URL path: a path begins with a slash, such as \"/metrics\"."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::check;

    #[test]
    fn a_name_that_no_server_has_is_reported_instead_of_not_allowed() {
        check(resource, "pods", "");
        check(resource, "*", "");
        check(resource, "", "empty");
        check(resource, "Pod", "lower case");
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
    fn an_empty_list_of_groups_counts_as_unset() {
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
