//! Waits until a new binding is in force. The authorizer reads it a moment after it is stored, so Kubernetes could still reject the next
//! request of the same apply.
//!
//! The wait is for an access review of one rule of the role and one added subject, for a few seconds; bindings that are written at the same
//! time share it. It ends at once if the caller may not read the role or create the review. It never fails: the binding is written.

use std::{sync::Arc, time::Duration};

use clusters::ClusterKubernetes;
use kubernetes::{AccessReviewSpec, Role, Rule, Subject, WrittenBinding};

use super::RbacBinding;
use crate::resources::{
    object::{ObjectResource as _, Written},
    rbac_dry_run::RightsResource as _,
};

/// Longer than an authorizer takes to read the binding.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until an added subject has the permissions of the role.
pub(super) async fn wait(
    binding: &RbacBinding,
    written: Written<'_, RbacBinding>,
    kubernetes: &ClusterKubernetes,
) {
    let before = written.prior.map(|prior| prior.content().subjects).unwrap_or_default();
    let bound = binding.content().subjects;
    let Some(subject) = bound.difference(&before).next() else { return };
    if tokio::time::timeout(TIMEOUT, until_in_force(binding, subject, written, kubernetes)).await.is_err() {
        tracing::debug!("the binding is written, and not in force after five seconds");
    }
}

async fn until_in_force(
    binding: &RbacBinding,
    subject: &Subject,
    Written { object, is_new, .. }: Written<'_, RbacBinding>,
    kubernetes: &ClusterKubernetes,
) {
    let Some(place) = binding.bound_role() else { return };
    let role = match kubernetes.glance::<Role>(&place).await {
        Ok(Some(role)) => role,
        // Another client may have made it a moment ago.
        Ok(None) => match kubernetes.find::<Role>(&place).await {
            Ok(Some(role)) => Arc::new(role),
            _ => return,
        },
        Err(_) => return,
    };
    let namespace = binding.scope.namespace.clone().unwrap_or_default();
    let question = role.content.rules.iter().find_map(|rule| question(rule, subject, &namespace));
    let Some(question) = question else { return };
    kubernetes.wait_until_in_force(WrittenBinding { binding: object, is_new, role: &role }, question).await;
}

/// The access review of whether the subject has the first permission of this rule.
fn question(rule: &Rule, subject: &Subject, namespace: &str) -> Option<AccessReviewSpec> {
    let first = |texts: &[String]| texts.first().cloned();
    let (user, groups) = match subject {
        Subject::User(name) => (name.clone(), Vec::new()),
        // A review needs a user: any user in the group.
        Subject::Group(name) => ("terraform-provider-cks".to_owned(), vec![name.clone()]),
        Subject::ServiceAccount { namespace, name } => {
            (format!("system:serviceaccount:{namespace}:{name}"), Vec::new())
        }
        Subject::Other(_) => return None,
    };
    let (resource, subresource) = match first(&rule.resources)?.split_once('/') {
        Some((resource, subresource)) => (resource.to_owned(), subresource.to_owned()),
        None => (first(&rule.resources)?, String::new()),
    };
    Some(AccessReviewSpec {
        user: Some(user),
        groups,
        verb: first(&rule.verbs)?,
        api_group: first(&rule.api_groups)?,
        resource,
        subresource,
        namespace: namespace.to_owned(),
        name: first(&rule.resource_names).unwrap_or_default(),
        non_resource_url: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_review_is_of_a_permission_in_the_rule() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let rule = Rule {
            verbs: texts(&["get", "list"]),
            api_groups: texts(&[""]),
            resources: texts(&["pods/log"]),
            resource_names: texts(&["a"]),
            non_resource_urls: Vec::new(),
        };
        let account = Subject::ServiceAccount { namespace: "ci".to_owned(), name: "deployer".to_owned() };
        let review = question(&rule, &account, "team").expect("a rule for resources");
        assert_eq!(review.user.as_deref(), Some("system:serviceaccount:ci:deployer"));
        assert_eq!((review.verb.as_str(), review.resource.as_str()), ("get", "pods"));
        assert_eq!((review.subresource.as_str(), review.name.as_str()), ("log", "a"));
        assert_eq!(review.namespace, "team");
        let paths = Rule { verbs: texts(&["get"]), non_resource_urls: texts(&["/x"]), ..Rule::default() };
        assert!(question(&paths, &account, "").is_none());
    }
}
