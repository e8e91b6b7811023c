//! The rules of a role: mapping between attributes and Kubernetes' form, and the checks of Kubernetes (`pkg/apis/rbac/validation`,
//! `ValidatePolicyRule`) during plan.

use kubernetes::Rule;
use tfplugin::{AttributePath, Diagnostic, Diagnostics, Schema, Value, path::Step};

use super::RbacRolePartial;

/// One rule: these verbs on these resources, or on these paths.
#[derive(Clone, Debug, PartialEq, Schema)]
pub(crate) struct RbacRule {
    /// Verbs, such as `get`, `list` and `watch`; `*` for all.
    #[schema(required)]
    verbs: Vec<String>,
    /// API groups, such as `apps`; `""` is the core group.
    #[schema(optional)]
    api_groups: Option<Vec<String>>,
    /// Resources, such as `pods` or `pods/log`; `*` for all.
    #[schema(optional)]
    resources: Option<Vec<String>>,
    /// Names of single objects. Defaults to all objects.
    #[schema(optional)]
    resource_names: Option<Vec<String>>,
    /// URL paths that are not resources, such as `/healthz`, instead of resources. Valid only in a ClusterRole.
    #[schema(optional)]
    non_resource_urls: Option<Vec<String>>,
}

impl RbacRule {
    /// As Kubernetes has it: null and `[]` are the same.
    pub(super) fn wanted(&self) -> Rule {
        let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        Rule {
            verbs: self.verbs.clone(),
            api_groups: list(&self.api_groups),
            resources: list(&self.resources),
            resource_names: list(&self.resource_names),
            non_resource_urls: list(&self.non_resource_urls),
        }
    }

    /// A planned rule, if it is wholly known.
    pub(super) fn known(planned: &RbacRulePartial) -> Option<Self> {
        Self::from_value(&Self::partial_to_value(planned)).ok()
    }

    fn of(rule: &Rule) -> Self {
        let list = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        Self {
            verbs: rule.verbs.clone(),
            api_groups: list(&rule.api_groups),
            resources: list(&rule.resources),
            resource_names: list(&rule.resource_names),
            non_resource_urls: list(&rule.non_resource_urls),
        }
    }
}

/// The rules as found, in the user's spelling where a rule means the same.
pub(super) fn as_found(known: &[RbacRule], found: &[Rule]) -> Vec<RbacRule> {
    let spelling = |(index, rule): (usize, &Rule)| {
        let same = |known: &&RbacRule| known.wanted().normalized() == rule.normalized();
        known.get(index).filter(same).or_else(|| known.iter().find(same)).cloned()
    };
    found.iter().enumerate().map(|at| spelling(at).unwrap_or_else(|| RbacRule::of(at.1))).collect()
}

/// Reports rules that Kubernetes would reject. Unknown values are not reported.
pub(super) fn check(config: &RbacRolePartial, report: &mut Diagnostics) {
    for (index, rule) in config.rules.as_known().into_iter().flatten().enumerate() {
        let Some(rule) = rule.as_known() else { continue };
        let mut complain = |attribute: &str, problem: &str| {
            let index = Step::Index(i64::try_from(index).unwrap_or(i64::MAX));
            let path = AttributePath::attribute("rules").then(index);
            let path = path.then(Step::Attribute(attribute.to_owned()));
            report.push(Diagnostic::error("Invalid rule", problem).at_path(path));
        };
        if Given::of(&rule.verbs) == Given::Nothing {
            complain("verbs", "A rule needs at least one verb. Set `verbs`, such as [\"get\"].");
        }
        check_objects(rule, config.scope.namespace.as_known().is_some(), &mut complain);
    }
}

fn check_objects(rule: &RbacRulePartial, is_namespaced: bool, complain: &mut impl FnMut(&str, &str)) {
    let [groups, resources] = [&rule.api_groups, &rule.resources].map(Given::of);
    let names = Given::of(&rule.resource_names);
    match Given::of(&rule.non_resource_urls) {
        Given::Something if is_namespaced => complain(
            "non_resource_urls",
            "A Role is for one namespace, and URL paths such as /healthz are in none. Remove `namespace`, so that it is a ClusterRole, or \
             remove the paths.",
        ),
        Given::Something if [groups, resources, names].contains(&Given::Something) => complain(
            "non_resource_urls",
            "A rule is for resources or for URL paths, not for both. Write two rules.",
        ),
        Given::Nothing if resources == Given::Nothing => complain(
            "resources",
            "A rule needs resources. Set `resources`, such as [\"pods\"], or, in a ClusterRole, `non_resource_urls`.",
        ),
        Given::Nothing if groups == Given::Nothing => {
            complain(
                "api_groups",
                "A rule for resources needs API groups. Set `api_groups`, such as [\"\"] for the core group of pods and secrets.",
            );
        }
        _ => {}
    }
}

/// Content of a list in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Nothing,
    Something,
    NotKnownYet,
}

impl Given {
    fn of<T>(list: &Value<Vec<T>>) -> Self {
        match list {
            Value::Null => Self::Nothing,
            Value::Known(elements) if elements.is_empty() => Self::Nothing,
            Value::Known(_) => Self::Something,
            Value::Unknown => Self::NotKnownYet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::rbac_scope::ScopeFieldsPartial;

    fn list(words: &[&str]) -> Value<Vec<Value<String>>> {
        Value::Known(words.iter().map(|word| Value::Known((*word).to_owned())).collect())
    }

    fn pods() -> RbacRulePartial {
        RbacRulePartial {
            verbs: list(&["get"]),
            api_groups: list(&[""]),
            resources: list(&["pods"]),
            ..RbacRulePartial::default()
        }
    }

    #[track_caller]
    fn complaints(rule: RbacRulePartial, namespace: Value<String>, expected: &[&str]) {
        let rules = Value::Known(vec![Value::Known(pods()), Value::Known(rule)]);
        let mut report = Diagnostics::default();
        let scope = ScopeFieldsPartial { namespace, ..ScopeFieldsPartial::default() };
        check(&RbacRolePartial { scope, rules, ..RbacRolePartial::default() }, &mut report);
        let found: Vec<_> = report.iter().map(|message| message.path.to_string()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_invalid_rule_is_reported_at_its_attribute() {
        let somewhere = || Value::Known("team".to_owned());
        let paths = || RbacRulePartial {
            verbs: list(&["get"]),
            non_resource_urls: list(&["/healthz"]),
            ..RbacRulePartial::default()
        };
        complaints(pods(), Value::Null, &[]);
        complaints(paths(), Value::Null, &[]);
        complaints(paths(), Value::Unknown, &[]);
        complaints(paths(), somewhere(), &["rules[1].non_resource_urls"]);
        complaints(RbacRulePartial { verbs: list(&[]), ..pods() }, Value::Null, &["rules[1].verbs"]);
        complaints(
            RbacRulePartial { api_groups: Value::Null, ..pods() },
            Value::Null,
            &["rules[1].api_groups"],
        );
        complaints(RbacRulePartial { resources: list(&[]), ..pods() }, Value::Null, &["rules[1].resources"]);
        let both = RbacRulePartial { non_resource_urls: list(&["/x"]), ..pods() };
        complaints(both, Value::Null, &["rules[1].non_resource_urls"]);
        let later = RbacRulePartial { non_resource_urls: Value::Unknown, resources: Value::Null, ..pods() };
        complaints(later, Value::Null, &[]);
        complaints(RbacRulePartial { verbs: Value::Unknown, ..pods() }, Value::Null, &[]);
    }

    #[test]
    fn null_and_empty_lists_keep_the_users_spelling_in_any_order() {
        let spelt = |names: Option<Vec<String>>| RbacRule {
            verbs: vec!["get".to_owned()],
            api_groups: Some(vec![String::new()]),
            resources: Some(vec!["pods".to_owned()]),
            resource_names: names,
            non_resource_urls: None,
        };
        let foreign = Rule { verbs: vec!["watch".to_owned()], ..Rule::default() };
        for names in [None, Some(Vec::new())] {
            let known = [spelt(names)];
            assert_eq!(as_found(&known, &[known[0].wanted()]), known);
            let shifted = as_found(&known, &[foreign.clone(), known[0].wanted()]);
            assert_eq!(shifted, [RbacRule::of(&foreign), known[0].clone()]);
        }
        let imported = as_found(&[], &[spelt(Some(Vec::new())).wanted()]);
        assert_eq!(imported, [spelt(None)]);
    }
}
