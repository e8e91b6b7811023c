//! Waiting until a new binding is in force. The authorizer reads what is stored a moment later, so that what follows in the same
//! apply could still be refused.
//!
//! A question of access for one rule of the role and one subject that was added, again and again for a few seconds. Whoever may not
//! see the role or put the question does not wait, and nothing that comes of it is a failure: the binding is written.

use std::time::Duration;

use clusters::ClusterKubernetes;
use kubernetes::{AccessQuestion, Role, Rule, Subject};

use super::RbacBinding;
use crate::resources::object::ObjectResource as _;
use crate::resources::rbac_dry_run::RightsResource as _;

/// Longer than any authorizer takes that will see it soon.
const LONGEST: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until somebody who was bound has what the role gives.
pub(super) async fn wait(binding: &RbacBinding, prior: Option<&RbacBinding>, kubernetes: &ClusterKubernetes) {
    let before = prior.map(|prior| prior.content().subjects).unwrap_or_default();
    let bound = binding.content().subjects;
    let Some(subject) = bound.difference(&before).next() else { return };
    if tokio::time::timeout(LONGEST, until_allowed(binding, subject, kubernetes)).await.is_err() {
        tracing::debug!("the binding is written, and not in force after some seconds");
    }
}

async fn until_allowed(binding: &RbacBinding, subject: &Subject, kubernetes: &ClusterKubernetes) {
    let Some(place) = binding.bound_role() else { return };
    let Ok(Some(role)) = kubernetes.find::<Role>(&place).await else { return };
    let namespace = binding.scope.namespace.clone().unwrap_or_default();
    let question = role.content.rules.iter().find_map(|rule| question(rule, subject, &namespace));
    let Some(question) = question else { return };
    while kubernetes.may(&question).await.is_ok_and(|answer| !answer.allowed) {
        tokio::time::sleep(PAUSE).await;
    }
}

/// May the subject do what this rule allows?
fn question(rule: &Rule, subject: &Subject, namespace: &str) -> Option<AccessQuestion> {
    let first = |texts: &[String]| texts.first().cloned();
    let (user, groups) = match subject {
        Subject::User(name) => (name.clone(), Vec::new()),
        // A group alone is nobody: some user in it.
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
    Some(AccessQuestion {
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
    fn the_question_is_one_that_the_rule_answers_with_yes() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let rule = Rule {
            verbs: texts(&["get", "list"]),
            api_groups: texts(&[""]),
            resources: texts(&["pods/log"]),
            resource_names: texts(&["a"]),
            non_resource_urls: Vec::new(),
        };
        let account = Subject::ServiceAccount { namespace: "ci".to_owned(), name: "deployer".to_owned() };
        let asked = question(&rule, &account, "team").expect("the rule is for resources");
        assert_eq!(asked.user.as_deref(), Some("system:serviceaccount:ci:deployer"));
        assert_eq!((asked.verb.as_str(), asked.resource.as_str()), ("get", "pods"));
        assert_eq!((asked.subresource.as_str(), asked.name.as_str()), ("log", "a"));
        assert_eq!(asked.namespace, "team");
        let paths = Rule { verbs: texts(&["get"]), non_resource_urls: texts(&["/x"]), ..Rule::default() };
        assert!(question(&paths, &account, "").is_none());
    }
}
