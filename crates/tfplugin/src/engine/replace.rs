//! Which changes need a new object. Core drops paths whose value did not change, and rejects paths that exist
//! neither in the prior nor in the planned state; so neither is returned here.

use super::{
    compare,
    object::{self, Object},
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    path::AttributePath,
    schema::{AttributeSchema, Replace},
    value::Value,
};

/// The places where the change needs a new object by the schema.
pub(crate) fn paths(object: Object<'_>, prior: &Value, planned: &Value) -> Vec<AttributePath> {
    let mut found = Replacements(Vec::new());
    walk(object, [prior, planned], &mut found);
    found.0.dedup();
    found.0
}

/// Whether a root attribute that the author's plan names has really changed. One that is never stored may have.
pub(crate) fn has_changed(attribute: &AttributeSchema, prior: &Value, planned: &Value) -> bool {
    let (prior, planned) = (prior.member(attribute.name), planned.member(attribute.name));
    attribute.write_only || !compare::equal(&attribute.shape.value_type(), prior, planned)
}

/// Visits prior and planned.
struct Replacements(Vec<AttributePath>);

impl Visitor<2> for Replacements {
    fn object(&mut self, node: &Node<'_, 2>) -> bool {
        node.values.into_iter().any(|value| value.as_known().is_some())
    }

    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 2>) -> Action {
        if needs_replacement(attribute, node.values) {
            self.0.push(node.path());
        }
        Action::Descend
    }

    fn set(&mut self, object: Object<'_>, node: &Node<'_, 2>) -> Option<Value> {
        if set_needs_replacement(object, node.values) {
            self.0.push(node.path());
        }
        None
    }
}

fn needs_replacement(attribute: &AttributeSchema, [prior, planned]: [&Value; 2]) -> bool {
    match attribute.replace {
        Replace::Never => false,
        Replace::Always => !prior.is_null() && !compare::equal(&attribute.shape.value_type(), prior, planned),
        Replace::If(decides) => {
            !compare::equal(&attribute.shape.value_type(), prior, planned) && decides(prior, planned)
        }
    }
}

/// Elements of a set have no name: one that went may have become any of those that came.
fn set_needs_replacement(object: Object<'_>, [prior, planned]: [&Value; 2]) -> bool {
    let needs = |prior: &Value, planned: &Value| !paths(object, prior, planned).is_empty();
    let (mut went, mut came) = (Vec::new(), object::sequence(planned).iter().collect::<Vec<_>>());
    for prior in object::sequence(prior) {
        match came.iter().position(|planned| compare::same_meaning(object, prior, planned)) {
            Some(position) => drop(came.remove(position)),
            None => went.push(prior),
        }
    }
    let nothing = if planned.is_unknown() { &Value::Unknown } else { &Value::Null };
    if came.is_empty() {
        return went.iter().any(|prior| needs(prior, nothing));
    }
    if went.is_empty() {
        return came.iter().any(|planned| needs(&Value::Null, planned));
    }
    went.iter().any(|prior| came.iter().all(|planned| needs(prior, planned)))
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
    fn check(replace: Replace, prior: &str, planned: &str, expected: bool) {
        let block = block(vec![zone(replace)]);
        let found =
            paths((&block).into(), &object([("zone", word(prior))]), &object([("zone", word(planned))]));
        assert_eq!(!found.is_empty(), expected, "{prior} to {planned}: {found:?}");
    }

    #[test]
    fn a_change_needs_a_new_object_as_the_schema_says() {
        check(Replace::Never, "a", "b", false);
        check(Replace::Always, "a", "a", false);
        check(Replace::Always, "a", "b", true);
        check(Replace::Always, "a", "?", true);
        check(Replace::Always, "a", "-", true);
        check(Replace::Always, "-", "b", false);
        let from_a = Replace::If(|prior, _| *prior == word("a"));
        check(from_a, "a", "b", true);
        check(from_a, "b", "a", false);
        check(from_a, "a", "a", false);
    }

    #[track_caller]
    fn check_nested(nesting: Nesting, prior: Value, planned: Value, expected: &[&str]) {
        let block = block(vec![objects("parts", Presence::Optional, nesting, vec![zone(Replace::Always)])]);
        let found = paths((&block).into(), &object([("parts", prior)]), &object([("parts", planned)]));
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn paths_lead_to_what_exists_and_end_at_sets() {
        let part = |zone: &str| object([("zone", word(zone))]);
        check_nested(Nesting::Single, part("a"), part("b"), &["parts.zone"]);
        check_nested(Nesting::Single, part("a"), Value::Null, &["parts.zone"]);
        check_nested(Nesting::Single, part("a"), Value::Unknown, &["parts.zone"]);
        check_nested(Nesting::Single, Value::Null, part("a"), &[]);
        let list = |zones: [&str; 2]| sequence(zones.map(part));
        check_nested(Nesting::List, list(["a", "b"]), list(["a", "c"]), &["parts[1].zone"]);
        check_nested(Nesting::List, list(["a", "b"]), sequence([part("a")]), &["parts[1].zone"]);
        check_nested(Nesting::List, sequence([part("a")]), list(["a", "b"]), &[]);
        check_nested(Nesting::Set, list(["a", "b"]), list(["b", "a"]), &[]);
        check_nested(Nesting::Set, list(["a", "b"]), list(["b", "c"]), &["parts"]);
        check_nested(Nesting::Set, sequence([part("a")]), list(["a", "b"]), &[]);
        check_nested(Nesting::Set, sequence([part("a")]), sequence([]), &["parts"]);
        check_nested(Nesting::Set, sequence([part("a")]), Value::Unknown, &["parts"]);
        check_nested(
            Nesting::Map,
            object([("k", part("a"))]),
            object([("l", part("a"))]),
            &["parts[\"k\"].zone"],
        );
    }
}
