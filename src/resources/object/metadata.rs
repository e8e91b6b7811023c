//! Labels and annotations: only declared keys are ours.
//!
//! Rules for keys and values are Kubernetes' (`apimachinery/pkg/util/validation`, qualified names and label values).

use std::collections::BTreeMap;

/// Labels or annotations: null, or declared keys.
pub(super) type Metadata = Option<BTreeMap<String, String>>;

/// The declared keys as they are now. One that somebody removed is missing, so that the plan brings it back.
pub(super) fn declared(known: &Metadata, found: &BTreeMap<String, String>) -> Metadata {
    let known = known.as_ref()?;
    Some(
        found
            .iter()
            .filter(|(key, _)| known.contains_key(*key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// All that an import takes: what people and tools declared, not what Kubernetes keeps for itself.
pub(super) fn imported(found: &BTreeMap<String, String>) -> Metadata {
    let entries: BTreeMap<_, _> = found
        .iter()
        .filter(|(key, _)| !is_kubernetes_own(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    (!entries.is_empty()).then_some(entries)
}

fn is_kubernetes_own(key: &str) -> bool {
    key.split_once('/')
        .is_some_and(|(domain, _)| domain.ends_with("kubernetes.io") || domain.ends_with("k8s.io"))
}

/// A qualified name: `team`, `example.com/team`.
pub(super) fn key(key: &str) -> Result<(), String> {
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    let fits = is_name(name)
        && domain.is_none_or(|domain| !domain.is_empty() && domain.len() <= 253 && is_domain(domain));
    if fits {
        return Ok(());
    }
    Err(format!(
        "{key:?} is no key that Kubernetes takes: write name or example.com/name, the name at most 63 letters, digits, '-', '_' and '.', \
         beginning and ending with a letter or digit."
    ))
}

/// The keys of a whole map.
pub(super) fn keys<V>(entries: &BTreeMap<String, V>) -> Result<(), String> {
    entries.keys().try_for_each(|name| key(name))
}

/// A label's value. Annotations may hold anything.
pub(super) fn value(value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    // The value is not repeated: it may be sensitive.
    Err("It is no value that a label can have: at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit."
        .to_owned())
}

fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let outside = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    name.len() <= 63
        && name.bytes().all(inside)
        && outside(name.bytes().next())
        && outside(name.bytes().next_back())
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_declared_keys_are_seen_and_a_removed_one_is_missed() {
        let found = map(&[("team", "b"), ("foreign", "x")]);
        assert_eq!(declared(&None, &found), None);
        assert_eq!(
            declared(&Some(map(&[("team", "a"), ("gone", "y")])), &found),
            Some(map(&[("team", "b")]))
        );
        assert_eq!(declared(&Some(BTreeMap::new()), &found), Some(BTreeMap::new()));
    }

    #[test]
    fn an_import_takes_all_but_what_is_kubernetes_own() {
        let found = map(&[
            ("team", "a"),
            ("example.com/owner", "b"),
            ("kubernetes.io/metadata.name", "x"),
            ("rbac.authorization.kubernetes.io/autoupdate", "true"),
            ("app.k8s.io/x", "y"),
        ]);
        assert_eq!(imported(&found), Some(map(&[("team", "a"), ("example.com/owner", "b")])));
        assert_eq!(imported(&map(&[("kubernetes.io/metadata.name", "x")])), None);
    }

    #[test]
    fn keys_and_values_are_those_that_kubernetes_takes() {
        for good in ["team", "a", "example.com/team", "A_b.c-9", "x.y/z"] {
            assert_eq!(key(good), Ok(()), "{good}");
        }
        for bad in ["", "/a", "a/", "-a", "a b", "Example.com/a", "a/b/c", &"a".repeat(64)] {
            assert!(key(bad).is_err(), "{bad}");
        }
        assert_eq!(value(""), Ok(()));
        assert!(value("a b").is_err() && value(&"a".repeat(64)).is_err());
    }
}
