//! Roles and ClusterRoles.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    difference::Difference,
    object::{Api, Kind},
};

/// Rules of a role. Their order is kept, although Kubernetes ignores it; lists of a rule in another order are no difference, since other
/// clients store them as sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Whether kube-controller-manager collects its rules from other roles (`aggregationRule`). Read only.
    pub aggregated: bool,
}

/// One rule (`PolicyRule`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Verbs, such as `get`.
    pub verbs: Vec<String>,
    /// API groups; `""` is the core group.
    pub api_groups: Vec<String>,
    /// Resources in the plural.
    pub resources: Vec<String>,
    /// Names of the objects; empty for all.
    pub resource_names: Vec<String>,
    /// Paths, such as `/healthz`.
    pub non_resource_urls: Vec<String>,
}

impl Rule {
    /// The same for every rule with this meaning: each list sorted, without repetitions, and in Unicode normal form.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let texts = |texts: &[String]| {
            let texts = texts.iter().map(|text| normal_form::normalized(text).into_owned());
            texts.collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self {
            verbs: texts(&self.verbs),
            api_groups: texts(&self.api_groups),
            resources: texts(&self.resources),
            resource_names: texts(&self.resource_names),
            non_resource_urls: texts(&self.non_resource_urls),
        }
    }

    fn from_json(rule: &Value) -> Self {
        Self {
            verbs: texts(&rule["verbs"]),
            api_groups: texts(&rule["apiGroups"]),
            resources: texts(&rule["resources"]),
            resource_names: texts(&rule["resourceNames"]),
            non_resource_urls: texts(&rule["nonResourceURLs"]),
        }
    }

    fn to_json(&self) -> Value {
        let members = [
            ("verbs", &self.verbs),
            ("apiGroups", &self.api_groups),
            ("resources", &self.resources),
            ("resourceNames", &self.resource_names),
            ("nonResourceURLs", &self.non_resource_urls),
        ];
        let given = members.into_iter().filter(|(name, texts)| *name == "verbs" || !texts.is_empty());
        given.map(|(name, texts)| (name.to_owned(), json!(texts))).collect::<Map<_, _>>().into()
    }
}

impl Kind for Role {
    const MEMBERS: &'static [&'static str] = &["rules", "aggregationRule"];

    fn api(namespaced: bool) -> Api {
        let group_version = "rbac.authorization.k8s.io/v1";
        if namespaced {
            Api { group_version, kind: "Role", plural: "roles" }
        } else {
            Api { group_version, kind: "ClusterRole", plural: "clusterroles" }
        }
    }

    fn from_json(object: &Value) -> Self {
        Self {
            rules: object["rules"].as_array().into_iter().flatten().map(Rule::from_json).collect(),
            aggregated: !object["aggregationRule"].is_null(),
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let rules: Vec<_> = self.rules.iter().map(Rule::to_json).collect();
        Map::from_iter([("rules".to_owned(), rules.into())])
    }

    fn differences(&self, found: &Self) -> Vec<Difference> {
        if !self.aggregated && found.aggregated {
            return vec![Difference::AggregationRule];
        }
        if self.rules == found.rules { Vec::new() } else { vec![Difference::Rules] }
    }

    fn normalized(&self) -> Self {
        Self { rules: self.rules.iter().map(Rule::normalized).collect(), ..self.clone() }
    }

    fn in_spelling_of(&self, live: &Self) -> Self {
        let spelling = |rule: &Rule| {
            let same = |live: &&Rule| live.normalized() == rule.normalized();
            live.rules.iter().find(same).unwrap_or(rule).clone()
        };
        Self { rules: self.rules.iter().map(spelling).collect(), ..self.clone() }
    }
}

/// A list of texts; empty for other values.
fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_back_as_written() {
        let rule = |word: &str| Rule {
            verbs: vec![word.to_owned()],
            resources: vec!["pods".to_owned()],
            ..Rule::default()
        };
        let given = Role { rules: vec![rule("get"), rule("list")], aggregated: false };
        assert_eq!(Role::from_json(&Value::Object(given.to_json())), given);
        assert!(given.differences(&given).is_empty());
        let turned = Role { rules: vec![rule("list"), rule("get")], aggregated: false };
        assert_eq!(given.differences(&turned).len(), 1);
    }

    #[test]
    fn a_rule_means_the_same_in_any_order_of_its_lists() {
        let rule = |verbs: &[&str]| Role {
            rules: vec![Rule {
                verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
                ..Rule::default()
            }],
            aggregated: false,
        };
        let given = rule(&["get", "list"]).normalized();
        for same in [&["list", "get"][..], &["get", "list", "get"]] {
            assert!(given.differences(&rule(same).normalized()).is_empty(), "{same:?}");
            assert_eq!(rule(&["get", "list"]).in_spelling_of(&rule(same)), rule(same));
        }
        assert_eq!(given.differences(&rule(&["get"]).normalized()).len(), 1);
    }

    #[test]
    fn a_role_that_became_aggregated_differs() {
        let given = Role::default();
        let aggregated = Role::from_json(&json!({"aggregationRule": {}, "rules": null}));
        assert_eq!(given.differences(&aggregated).len(), 1);
    }

    #[test]
    fn unset_members_are_not_sent() {
        let role = Role {
            rules: vec![Rule { verbs: vec!["get".to_owned()], ..Rule::default() }],
            aggregated: false,
        };
        assert_eq!(Value::Object(role.to_json()), json!({"rules": [{"verbs": ["get"]}]}));
    }
}
