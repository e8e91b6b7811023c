//! Which changes need a new object. Core drops paths whose value did not change, and refuses paths that exist on neither
//! side; so neither is given here.

use super::{
    compare,
    object::{self, Object, Place},
};
use crate::{
    path::AttributePath,
    schema::{AttributeSchema, Nesting, Replace},
    value::Value,
};

/// The places where the schema says that this change needs a new object.
pub(crate) fn paths(object: Object<'_>, prior: &Value, planned: &Value) -> Vec<AttributePath> {
    let mut found = Vec::new();
    in_object(object, prior, planned, &Place::default(), &mut found);
    found.dedup();
    found
}

/// Whether a root attribute that a plan hook named has really changed. What is never stored may have.
pub(crate) fn has_changed(attribute: &AttributeSchema, prior: &Value, planned: &Value) -> bool {
    let (prior, planned) = (prior.member(attribute.name), planned.member(attribute.name));
    attribute.write_only || !compare::equal(&attribute.shape.value_type(), prior, planned)
}

fn in_object(
    object: Object<'_>,
    prior: &Value,
    planned: &Value,
    place: &Place,
    found: &mut Vec<AttributePath>,
) {
    for attribute in object.attributes {
        let place = place.member(attribute.name);
        let (prior, planned) = (prior.member(attribute.name), planned.member(attribute.name));
        if needs_replacement(attribute, prior, planned) {
            found.push(place.path());
        }
        if let Some((nesting, inner)) = object::nested(attribute) {
            in_nested(nesting, inner, prior, planned, &place, found);
        }
    }
    for nested in object.blocks {
        let (prior, planned) = (prior.member(nested.name), planned.member(nested.name));
        in_nested(nested.nesting, (&nested.block).into(), prior, planned, &place.member(nested.name), found);
    }
}

fn needs_replacement(attribute: &AttributeSchema, prior: &Value, planned: &Value) -> bool {
    match attribute.replace {
        Replace::Never => false,
        Replace::Always => !prior.is_null() && !compare::equal(&attribute.shape.value_type(), prior, planned),
        Replace::If(decides) => {
            !compare::equal(&attribute.shape.value_type(), prior, planned) && decides(prior, planned)
        }
    }
}

fn in_nested(
    nesting: Nesting,
    object: Object<'_>,
    prior: &Value,
    planned: &Value,
    place: &Place,
    found: &mut Vec<AttributePath>,
) {
    match nesting {
        Nesting::Single if prior.as_known().is_some() || planned.as_known().is_some() => {
            in_object(object, prior, planned, place, found);
        }
        Nesting::Single => {}
        Nesting::List => {
            for index in 0..object::sequence(prior).len().max(object::sequence(planned).len()) {
                let (prior, planned) = (object::element(prior, index), object::element(planned, index));
                in_object(object, prior, planned, &place.index(index), found);
            }
        }
        Nesting::Map => {
            let mut keys = object::keys(prior);
            keys.extend(object::keys(planned));
            keys.sort();
            keys.dedup();
            for key in keys {
                in_object(object, prior.member(key), planned.member(key), &place.key(key), found);
            }
        }
        Nesting::Set => {
            if set_needs_replacement(object, prior, planned) {
                found.push(place.path());
            }
        }
    }
}

/// Elements of a set have no name: one that went may have become any of those that came.
fn set_needs_replacement(object: Object<'_>, prior: &Value, planned: &Value) -> bool {
    let needs = |prior: &Value, planned: &Value| {
        let mut found = Vec::new();
        in_object(object, prior, planned, &Place::default(), &mut found);
        !found.is_empty()
    };
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
        schema::Presence,
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
