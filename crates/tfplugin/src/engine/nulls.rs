//! Null inside collections. A null value of a map means that the key is absent: author's code never receives it, and the state keeps it
//! as it is configured, as core requires. A null element of a list or set, and a null object in any collection, is an error of the
//! configuration (terraform-plugin-sdk treats both alike).

use std::collections::BTreeMap;

use crate::{
    path::Step,
    schema::{AttributeSchema, Nesting, Shape},
    value::{Data, Type, Value},
};

/// What is wrong with the nulls in an attribute's value, each with the steps that lead there; they end at a set. Objects in nested
/// attributes are not looked into.
pub(crate) fn faults(attribute: &AttributeSchema, value: &Value) -> Vec<(Vec<Step>, String)> {
    let mut found = Vec::new();
    match &attribute.shape {
        Shape::Type(value_type) => null_elements(value_type, value, &[], &mut found),
        Shape::Nested { nesting: Nesting::Single, .. } => {}
        Shape::Nested { nesting, .. } => {
            found = steps(*nesting == Nesting::Set, value)
                .filter(|(_, element)| element.is_null())
                .map(|(step, _)| step.into_iter().collect())
                .collect();
        }
    }
    let detail = format!(
        "{:?} has an element that is null. Remove it, for example with a `for` expression that ends in `if value != null`.",
        attribute.name
    );
    found.into_iter().map(|steps| (steps, detail.clone())).collect()
}

/// The elements of a list, set, or map, each with its step, which those of a set do not have.
fn steps(is_set: bool, value: &Value) -> Box<dyn Iterator<Item = (Option<Step>, &Value)> + '_> {
    match value {
        Value::Known(Data::Sequence(elements)) => {
            Box::new(elements.iter().enumerate().map(move |(index, element)| {
                let step = i64::try_from(index).ok().filter(|_| !is_set).map(Step::Index);
                (step, element)
            }))
        }
        Value::Known(Data::Mapping(members)) => {
            Box::new(members.iter().map(|(key, element)| (Some(Step::Key(key.clone())), element)))
        }
        _ => Box::new(std::iter::empty()),
    }
}

fn null_elements(value_type: &Type, value: &Value, at: &[Step], found: &mut Vec<Vec<Step>>) {
    let (element_type, is_set, may_be_null) = match value_type {
        Type::List(element) => (element, false, false),
        Type::Set(element) => (element, true, false),
        Type::Map(element) => (element, false, !matches!(**element, Type::Object(_))),
        Type::Object(types) => {
            for (name, member_type) in types {
                let at = [at, &[Step::Attribute(name.clone())]].concat();
                null_elements(member_type, value.member(name), &at, found);
            }
            return;
        }
        _ => return,
    };
    for (step, element) in steps(is_set, value) {
        let place = [at, step.as_slice()].concat();
        if element.is_null() && !may_be_null {
            found.push(place);
            continue;
        }
        let before = found.len();
        null_elements(element_type, element, &place, found);
        if is_set {
            found[before..].iter_mut().for_each(|place| place.truncate(at.len()));
        }
    }
}

/// The value as author's code receives it: without the keys of maps whose value is null.
pub(crate) fn without(value_type: &Type, value: &Value) -> Value {
    let Value::Known(data) = value else { return value.clone() };
    Value::Known(match (value_type, data) {
        (Type::List(element) | Type::Set(element), Data::Sequence(elements)) => {
            Data::Sequence(elements.iter().map(|value| without(element, value)).collect())
        }
        (Type::Map(element), Data::Mapping(members)) => Data::Mapping(
            members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), without(element, value)))
                .collect(),
        ),
        (Type::Object(types), Data::Mapping(members)) => Data::Mapping(
            members
                .iter()
                .map(|(name, value)| {
                    let part = types.get(name);
                    (name.clone(), part.map_or_else(|| value.clone(), |part| without(part, value)))
                })
                .collect(),
        ),
        (_, data) => data.clone(),
    })
}

/// The value with the keys of maps that have a null value in `earlier`, if anything changes by that.
pub(crate) fn restored(value_type: &Type, value: &Value, earlier: &Value) -> Option<Value> {
    let (Value::Known(data), Value::Known(earlier)) = (value, earlier) else { return None };
    match (value_type, data, earlier) {
        (Type::List(element), Data::Sequence(elements), Data::Sequence(earlier)) => {
            let restored = elements.iter().enumerate().map(|(index, value)| {
                earlier.get(index).and_then(|earlier| restored(element, value, earlier))
            });
            replaced(elements, restored.collect()).map(Data::Sequence)
        }
        (Type::Set(element), Data::Sequence(elements), Data::Sequence(earlier)) => {
            let restored = elements.iter().map(|value| {
                let same = |earlier: &&Value| {
                    *earlier != value && without(element, earlier) == without(element, value)
                };
                earlier.iter().find(same).cloned()
            });
            replaced(elements, restored.collect()).map(Data::Sequence)
        }
        (Type::Map(element), Data::Mapping(members), Data::Mapping(earlier)) => {
            let mut result = changed(members, earlier, |_| Some(&**element));
            for (key, _) in
                earlier.iter().filter(|(key, value)| value.is_null() && !members.contains_key(*key))
            {
                result.get_or_insert_with(|| members.clone()).insert(key.clone(), Value::Null);
            }
            result.map(Data::Mapping)
        }
        (Type::Object(types), Data::Mapping(members), Data::Mapping(earlier)) => {
            changed(members, earlier, |name| types.get(name)).map(Data::Mapping)
        }
        _ => None,
    }
    .map(Value::Known)
}

/// The elements with those that changed in their place, if one did.
fn replaced(elements: &[Value], changed: Vec<Option<Value>>) -> Option<Vec<Value>> {
    changed.iter().any(Option::is_some).then(|| {
        let pairs = elements.iter().zip(changed);
        pairs.map(|(value, changed)| changed.unwrap_or_else(|| value.clone())).collect()
    })
}

/// The members with those that changed in their place, if one did.
fn changed<'t>(
    members: &BTreeMap<String, Value>,
    earlier: &BTreeMap<String, Value>,
    type_of: impl Fn(&str) -> Option<&'t Type>,
) -> Option<BTreeMap<String, Value>> {
    let mut result = None;
    for (name, value) in members {
        let earlier = type_of(name).zip(earlier.get(name));
        if let Some(value) = earlier.and_then(|(part, earlier)| restored(part, value, earlier)) {
            result.get_or_insert_with(|| members.clone()).insert(name.clone(), value);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{object, objects, sequence, text, word};

    fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    fn it(value_type: Type) -> AttributeSchema {
        AttributeSchema { shape: Shape::Type(value_type), ..text("it", crate::schema::Presence::Optional) }
    }

    #[track_caller]
    fn check_faults(attribute: &AttributeSchema, value: &Value, expected: &[&str]) {
        let found = faults(attribute, value).into_iter();
        let path = |steps: Vec<Step>| {
            steps
                .into_iter()
                .fold(crate::AttributePath::attribute("it"), crate::AttributePath::then)
                .to_string()
        };
        assert_eq!(found.map(|(steps, _)| path(steps)).collect::<Vec<_>>(), expected, "{value:?}");
    }

    #[test]
    fn a_null_element_is_found_at_its_place_and_a_null_value_of_a_map_is_none() {
        let nulls = || sequence([word("a"), word("-"), word("?")]);
        check_faults(&it(list(Type::String)), &nulls(), &["it[1]"]);
        check_faults(&it(set(Type::String)), &nulls(), &["it"]);
        check_faults(&it(map(Type::String)), &object([("k", word("-"))]), &[]);
        check_faults(
            &it(map(list(Type::String))),
            &object([("k", nulls()), ("l", word("-"))]),
            &["it[\"k\"][1]"],
        );
        check_faults(&it(list(set(Type::String))), &sequence([nulls()]), &["it[0]"]);
        check_faults(&it(list(list(Type::String))), &sequence([nulls(), word("-")]), &["it[0][1]", "it[1]"]);
        let inner = Type::Object([("words".to_owned(), list(Type::String))].into());
        let part = || object([("words", nulls())]);
        check_faults(&it(list(inner.clone())), &sequence([part(), word("-")]), &["it[0].words[1]", "it[1]"]);
        check_faults(&it(map(inner)), &object([("k", word("-"))]), &["it[\"k\"]"]);
        let nested = |nesting| objects("it", crate::schema::Presence::Optional, nesting, vec![]);
        check_faults(&nested(Nesting::List), &nulls(), &["it[1]"]);
        check_faults(&nested(Nesting::Set), &nulls(), &["it"]);
        check_faults(&nested(Nesting::Map), &object([("k", word("-"))]), &["it[\"k\"]"]);
        check_faults(&nested(Nesting::Single), &word("-"), &[]);
        check_faults(&nested(Nesting::List), &word("?"), &[]);
    }

    #[track_caller]
    fn check_restored(value_type: &Type, value: Value, earlier: &Value, expected: &Value) {
        let found = restored(value_type, &value, earlier).unwrap_or(value);
        assert_eq!(found, *expected);
    }

    #[test]
    fn null_values_of_maps_are_removed_and_come_back_where_they_were() {
        let (full, bare) = (object([("a", word("x")), ("b", word("-"))]), object([("a", word("x"))]));
        let (other, other_full) = (object([("a", word("y"))]), object([("a", word("y")), ("b", word("-"))]));
        let texts = map(Type::String);
        assert_eq!(without(&texts, &full), bare);
        check_restored(&texts, bare.clone(), &full, &full);
        check_restored(&texts, other.clone(), &full, &other_full);
        check_restored(&texts, bare.clone(), &bare, &bare);
        check_restored(
            &list(texts.clone()),
            sequence([other.clone(), bare.clone()]),
            &sequence([full.clone()]),
            &sequence([other_full, bare.clone()]),
        );
        check_restored(
            &set(texts.clone()),
            sequence([other.clone(), bare.clone()]),
            &sequence([full.clone()]),
            &sequence([other, full.clone()]),
        );
        let inner = Type::Object([("labels".to_owned(), texts)].into());
        let part = |labels: &Value| object([("labels", labels.clone())]);
        assert_eq!(without(&inner, &part(&full)), part(&bare));
        check_restored(&inner, part(&bare), &part(&full), &part(&full));
        check_restored(&Type::String, word("x"), &word("-"), &word("x"));
    }
}
