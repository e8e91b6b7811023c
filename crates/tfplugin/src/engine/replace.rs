//! Which changes need a new object. Core drops paths whose value did not change, and rejects paths that exist
//! neither in the prior nor in the planned state; so neither is returned here.
//!
//! A planned value that is unknown may turn out to be the prior one: it needs no new object yet.

use super::{
    compare, consistent,
    object::{self, Object},
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    path::AttributePath,
    schema::{AttributeSchema, Replace},
    value::Value,
};

/// Places whose change needs a new object.
#[derive(Debug, Default)]
pub(crate) struct Replacements {
    /// It is certain that the value changes.
    pub(crate) certain: Vec<AttributePath>,
    /// The planned value is unknown, and may be the prior one.
    pub(crate) possible: Vec<AttributePath>,
}

/// Whether a change needs a new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    No,
    Possible,
    Certain,
}

impl Replacements {
    /// By the schema.
    pub(crate) fn by_schema(object: Object<'_>, prior: &Value, planned: &Value, config: &Value) -> Self {
        let mut found = Self::default();
        walk(object, [prior, planned, config], &mut found);
        found
    }

    /// Adds a place, once.
    pub(crate) fn add(&mut self, need: Need, path: AttributePath) {
        let paths = match need {
            Need::No => return,
            Need::Possible => &mut self.possible,
            Need::Certain => &mut self.certain,
        };
        if !paths.contains(&path) {
            paths.push(path);
        }
    }

    /// The same with the places in order.
    pub(crate) fn sorted(mut self) -> Self {
        self.certain.sort();
        self.possible.sort();
        self
    }

    fn need(&self) -> Need {
        match self {
            Self { certain, .. } if !certain.is_empty() => Need::Certain,
            Self { possible, .. } if !possible.is_empty() => Need::Possible,
            _ => Need::No,
        }
    }
}

/// Whether a root attribute that the author's plan names really changes. One that is never stored may have.
pub(crate) fn need_of_named(attribute: &AttributeSchema, prior: &Value, planned: &Value) -> Need {
    let values = [prior.member(attribute.name), planned.member(attribute.name)];
    if attribute.write_only { Need::Certain } else { change(attribute, values) }
}

/// Whether a value changes, as far as that is certain.
fn change(attribute: &AttributeSchema, [prior, planned]: [&Value; 2]) -> Need {
    let value_type = attribute.shape.value_type();
    if compare::equal(&value_type, prior, planned) {
        Need::No
    } else if consistent::compatible(&value_type, planned, prior) {
        Need::Possible
    } else {
        Need::Certain
    }
}

/// Visits prior, planned, and config.
impl Visitor<3> for Replacements {
    fn object(&mut self, node: &Node<'_, 3>) -> bool {
        let [prior, planned, _] = node.values;
        prior.as_known().is_some() || planned.as_known().is_some()
    }

    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 3>) -> Action {
        let [prior, planned, config] = node.values;
        let need = match (attribute.replace, change(attribute, [prior, planned])) {
            (Replace::Never, _) | (_, Need::No) => Need::No,
            // The provider computes it anew, of the same object.
            (_, Need::Possible) if attribute.presence.is_computed() && config.is_null() => Need::No,
            (Replace::Always, _) if prior.is_null() => Need::No,
            (Replace::If(decides), _) if !decides(prior, planned) => Need::No,
            (_, need) => need,
        };
        self.add(need, node.path());
        Action::Descend
    }

    fn set(&mut self, object: Object<'_>, node: &Node<'_, 3>) -> Option<Value> {
        let [prior, planned, _] = node.values;
        self.add(need_of_set(object, [prior, planned]), node.path());
        None
    }
}

/// Elements of a set have no name: one that went may have become any of those that came.
fn need_of_set(object: Object<'_>, [prior, planned]: [&Value; 2]) -> Need {
    let need =
        |prior: &Value, planned: &Value| Replacements::by_schema(object, prior, planned, &Value::Null).need();
    let (mut went, mut came) = (Vec::new(), object::sequence(planned).iter().collect::<Vec<_>>());
    for prior in object::sequence(prior) {
        match came.iter().position(|planned| compare::same_meaning(object, prior, planned)) {
            Some(position) => drop(came.remove(position)),
            None => went.push(prior),
        }
    }
    let nothing = if planned.is_unknown() { &Value::Unknown } else { &Value::Null };
    if came.is_empty() {
        return went.iter().map(|prior| need(prior, nothing)).max().unwrap_or(Need::No);
    }
    if went.is_empty() {
        return came.iter().map(|planned| need(&Value::Null, planned)).max().unwrap_or(Need::No);
    }
    let least = |prior: &&Value| came.iter().map(|planned| need(prior, planned)).min();
    went.iter().filter_map(least).max().unwrap_or(Need::No)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::testing::{block, object, objects, sequence, text, word},
        schema::{Nesting, Presence},
    };

    fn zone(replace: Replace) -> AttributeSchema {
        AttributeSchema { replace, ..text("zone", Presence::Optional) }
    }

    #[track_caller]
    fn check(replace: Replace, prior: &str, planned: &str, expected: Need) {
        let block = block(vec![zone(replace)]);
        let [prior, planned] = [prior, planned].map(|text| object([("zone", word(text))]));
        let found = Replacements::by_schema((&block).into(), &prior, &planned, &planned);
        assert_eq!(found.need(), expected, "{prior:?} to {planned:?}: {found:?}");
    }

    #[test]
    fn a_change_needs_a_new_object_as_the_schema_says() {
        check(Replace::Never, "a", "b", Need::No);
        check(Replace::Never, "a", "?", Need::No);
        check(Replace::Always, "a", "a", Need::No);
        check(Replace::Always, "a", "b", Need::Certain);
        check(Replace::Always, "a", "?", Need::Possible);
        check(Replace::Always, "a", "-", Need::Certain);
        check(Replace::Always, "-", "b", Need::No);
        check(Replace::Always, "-", "?", Need::No);
        let from_a = Replace::If(|prior, _| *prior == word("a"));
        check(from_a, "a", "b", Need::Certain);
        check(from_a, "a", "?", Need::Possible);
        check(from_a, "-", "?", Need::No);
        check(from_a, "b", "a", Need::No);
        check(from_a, "a", "a", Need::No);
    }

    #[test]
    fn a_value_that_the_provider_computes_anew_needs_no_new_object() {
        let computed = AttributeSchema { presence: Presence::OptionalComputed, ..zone(Replace::Always) };
        let block = block(vec![computed]);
        let [prior, planned, null] = ["a", "?", "-"].map(|text| object([("zone", word(text))]));
        let found = |config| Replacements::by_schema((&block).into(), &prior, &planned, config).need();
        assert_eq!((found(&null), found(&planned)), (Need::No, Need::Possible));
    }

    #[test]
    fn a_list_that_is_unknown_in_parts_changes_only_if_the_rest_does() {
        let shape =
            crate::schema::Shape::Type(crate::value::Type::List(Box::new(crate::value::Type::String)));
        let block = block(vec![AttributeSchema { shape, ..zone(Replace::Always) }]);
        let prior = object([("zone", sequence([word("a"), word("b")]))]);
        for (planned, expected) in [
            (sequence([word("a"), word("?")]), Need::Possible),
            (sequence([word("c"), word("?")]), Need::Certain),
            (sequence([word("?")]), Need::Certain),
        ] {
            let planned = object([("zone", planned)]);
            let found = Replacements::by_schema((&block).into(), &prior, &planned, &planned);
            assert_eq!(found.need(), expected, "{planned:?}");
        }
    }

    #[track_caller]
    fn check_nested(nesting: Nesting, prior: Value, planned: Value, expected: &[&str]) {
        let block = block(vec![objects("parts", Presence::Optional, nesting, vec![zone(Replace::Always)])]);
        let [prior, planned] = [prior, planned].map(|parts| object([("parts", parts)]));
        let found = Replacements::by_schema((&block).into(), &prior, &planned, &planned);
        let possible = found.possible.iter().map(|path| format!("{path}?"));
        let found: Vec<_> = found.certain.iter().map(ToString::to_string).chain(possible).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_lead_to_what_exists_and_end_at_sets() {
        let part = |zone: &str| object([("zone", word(zone))]);
        check_nested(Nesting::Single, part("a"), part("b"), &["parts.zone"]);
        check_nested(Nesting::Single, part("a"), Value::Null, &["parts.zone"]);
        check_nested(Nesting::Single, part("a"), Value::Unknown, &["parts.zone?"]);
        check_nested(Nesting::Single, Value::Null, part("a"), &[]);
        let list = |zones: [&str; 2]| sequence(zones.map(part));
        check_nested(Nesting::List, list(["a", "b"]), list(["a", "c"]), &["parts[1].zone"]);
        check_nested(Nesting::List, list(["a", "b"]), sequence([part("a")]), &["parts[1].zone"]);
        check_nested(Nesting::List, sequence([part("a")]), list(["a", "b"]), &[]);
        check_nested(Nesting::Set, list(["a", "b"]), list(["b", "a"]), &[]);
        check_nested(Nesting::Set, list(["a", "b"]), list(["b", "c"]), &["parts"]);
        check_nested(Nesting::Set, sequence([part("a")]), list(["a", "b"]), &[]);
        check_nested(Nesting::Set, sequence([part("a")]), sequence([]), &["parts"]);
        check_nested(Nesting::Set, sequence([part("a")]), Value::Unknown, &["parts?"]);
        check_nested(Nesting::Set, list(["a", "b"]), list(["a", "?"]), &["parts?"]);
        check_nested(Nesting::Set, list(["a", "b"]), sequence([part("c"), Value::Unknown]), &["parts?"]);
        check_nested(Nesting::List, list(["a", "b"]), Value::Unknown, &["parts[0].zone?", "parts[1].zone?"]);
        check_nested(
            Nesting::List,
            list(["a", "b"]),
            sequence([part("a"), Value::Unknown]),
            &["parts[1].zone?"],
        );
        check_nested(
            Nesting::Map,
            object([("k", part("a"))]),
            object([("l", part("a"))]),
            &["parts[\"k\"].zone"],
        );
    }
}
