//! Whether the rules of a role grant everything that other rules grant, as Kubernetes compares them before it lets a caller grant rights
//! (`k8s.io/component-helpers/auth/rbac/validation`, `Covers`).

use super::role::{Role, Rule};

const ALL: &str = "*";

impl Role {
    /// Whether each permission of the other role is one of this role's too.
    pub fn grants_all_of(&self, other: &Self) -> bool {
        other
            .rules
            .iter()
            .flat_map(permissions)
            .all(|permission| self.rules.iter().any(|rule| rule.grants(&permission)))
    }
}

/// One permission of a rule: one verb on one thing.
#[derive(Clone, Copy, Debug)]
struct Permission<'a> {
    verb: &'a str,
    on: Target<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Target<'a> {
    /// `name`: `None` for all objects.
    Resource {
        api_group: &'a str,
        resource: &'a str,
        name: Option<&'a str>,
    },
    Url(&'a str),
}

/// All permissions of a rule.
fn permissions(rule: &Rule) -> impl Iterator<Item = Permission<'_>> {
    let names: Vec<_> = if rule.resource_names.is_empty() {
        vec![None]
    } else {
        rule.resource_names.iter().map(|name| Some(name.as_str())).collect()
    };
    let mut targets: Vec<_> = rule.non_resource_urls.iter().map(|url| Target::Url(url)).collect();
    for api_group in &rule.api_groups {
        for resource in &rule.resources {
            targets.extend(names.iter().map(|name| Target::Resource { api_group, resource, name: *name }));
        }
    }
    rule.verbs.iter().flat_map(move |verb| {
        let targets = targets.clone();
        targets.into_iter().map(move |on| Permission { verb, on })
    })
}

impl Rule {
    fn grants(&self, Permission { verb, on }: &Permission<'_>) -> bool {
        let has = |texts: &[String], text: &str| texts.iter().any(|own| own == ALL || own == text);
        if !has(&self.verbs, verb) {
            return false;
        }
        match on {
            Target::Url(url) => self.non_resource_urls.iter().any(|own| is_url_below(own, url)),
            Target::Resource { api_group, resource, name } => {
                let subresource = resource.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
                let is_named = |name: &str| self.resource_names.iter().any(|own| own == name);
                has(&self.api_groups, api_group)
                    && (has(&self.resources, resource)
                        || subresource.is_some_and(|subresource| has(&self.resources, &subresource)))
                    && (self.resource_names.is_empty() || name.is_some_and(is_named))
            }
        }
    }
}

/// A star at the end of a URL stands for anything.
fn is_url_below(own: &str, url: &str) -> bool {
    own == url || own.strip_suffix(ALL).is_some_and(|start| url.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &str) -> Vec<String> {
        list.split(' ')
            .filter(|text| !text.is_empty())
            .map(|text| text.trim_matches('"').to_owned())
            .collect()
    }

    /// Verbs, API groups (`""` is the core group), resources and names.
    fn rule(verbs: &str, api_groups: &str, resources: &str, names: &str) -> Rule {
        Rule {
            verbs: texts(verbs),
            api_groups: texts(api_groups),
            resources: texts(resources),
            resource_names: texts(names),
            non_resource_urls: Vec::new(),
        }
    }

    fn urls(verbs: &str, urls: &str) -> Rule {
        Rule { verbs: texts(verbs), non_resource_urls: texts(urls), ..Rule::default() }
    }

    #[test]
    fn a_role_grants_what_its_rules_together_grant() {
        #[track_caller]
        fn check(own: &[Rule], other: &[Rule], expected: bool) {
            let role = |rules: &[Rule]| Role { rules: rules.to_vec(), aggregated: false };
            assert_eq!(role(own).grants_all_of(&role(other)), expected, "{own:?} {other:?}");
        }
        let pods = || rule("get list", r#""""#, "pods", "");
        check(&[pods()], &[pods()], true);
        check(&[], &[pods()], false);
        check(&[pods()], &[], true);
        check(&[rule("get", r#""""#, "pods", ""), rule("list", r#""""#, "pods", "")], &[pods()], true);
        check(&[rule("get", r#""""#, "pods", "")], &[pods()], false);
        check(&[rule("*", "*", "*", "")], &[pods(), rule("use", "a", "b/c", "d")], true);
        check(&[pods()], &[rule("*", r#""""#, "pods", "")], false);
        check(&[rule("get list", "apps", "pods", "")], &[pods()], false);
        // Names.
        check(&[rule("get list", r#""""#, "pods", "one")], &[pods()], false);
        check(&[pods()], &[rule("get", r#""""#, "pods", "one")], true);
        check(&[rule("get", r#""""#, "pods", "one two")], &[rule("get", r#""""#, "pods", "two")], true);
        check(&[rule("get", r#""""#, "pods", "one")], &[rule("get", r#""""#, "pods", "one two")], false);
        // Subresources.
        check(&[rule("get", r#""""#, "*/log", "")], &[rule("get", r#""""#, "pods/log", "")], true);
        check(&[rule("get", r#""""#, "pods", "")], &[rule("get", r#""""#, "pods/log", "")], false);
        // URLs.
        check(&[urls("get", "/healthz*")], &[urls("get", "/healthz/etcd")], true);
        check(&[urls("get", "*")], &[urls("get", "/metrics")], true);
        check(&[urls("get", "/healthz")], &[urls("get", "/healthz/etcd")], false);
        check(&[rule("get", "*", "*", "")], &[urls("get", "/metrics")], false);
        // What grants nothing.
        check(&[], &[rule("get", "", "pods", "")], true);
    }
}
