//! When two values are the same: by type, since a set is compared without order, and by meaning, where a schema says so.

use std::collections::BTreeMap;

use super::object::{self, Object};
use crate::{
    schema::Nesting,
    value::{Data, Type, Value},
};

/// Whether two values of a type are the same. Unknown is the same as unknown.
pub(crate) fn equal(value_type: &Type, one: &Value, other: &Value) -> bool {
    let (Value::Known(one), Value::Known(other)) = (one, other) else {
        return std::mem::discriminant(one) == std::mem::discriminant(other);
    };
    match (one, other, value_type) {
        (Data::Sequence(one), Data::Sequence(other), Type::Set(element)) => {
            pair_up(one, other, |one, other| equal(element, one, other))
        }
        (Data::Sequence(one), Data::Sequence(other), Type::List(element)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(element, one, other))
        }
        (Data::Sequence(one), Data::Sequence(other), Type::Tuple(elements)) => {
            one.len() == other.len()
                && elements
                    .iter()
                    .zip(one.iter().zip(other))
                    .all(|(element, (one, other))| equal(element, one, other))
        }
        (Data::Mapping(one), Data::Mapping(other), Type::Map(element)) => {
            same_keys(one, other) && one.iter().all(|(key, one)| equal(element, one, &other[key]))
        }
        (Data::Mapping(one), Data::Mapping(other), Type::Object(attributes)) => attributes
            .iter()
            .all(|(name, attribute)| equal(attribute, member(one, name), member(other, name))),
        (Data::Dynamic(one), Data::Dynamic(other), _) => one.0 == other.0 && equal(&one.0, &one.1, &other.1),
        _ => one == other,
    }
}

/// Whether two objects mean the same: equal, or spelt differently where the schema has a rule for it.
pub(crate) fn same_meaning(object: Object<'_>, one: &Value, other: &Value) -> bool {
    let (Value::Known(_), Value::Known(_)) = (one, other) else {
        return std::mem::discriminant(one) == std::mem::discriminant(other);
    };
    let attributes = object.attributes.iter().all(|attribute| {
        let (one, other) = (one.member(attribute.name), other.member(attribute.name));
        equal(&attribute.shape.value_type(), one, other)
            || is_respelling(attribute.same, one, other)
            || object::nested(attribute)
                .is_some_and(|(nesting, inner)| nested_same(nesting, inner, one, other))
    });
    attributes
        && object.blocks.iter().all(|nested| {
            let (one, other) = (one.member(nested.name), other.member(nested.name));
            nested_same(nested.nesting, (&nested.block).into(), one, other)
        })
}

/// Whether a schema's rule says that two known values mean the same.
pub(crate) fn is_respelling(same: Option<fn(&Value, &Value) -> bool>, one: &Value, other: &Value) -> bool {
    same.is_some_and(|same| {
        one.is_wholly_known()
            && other.is_wholly_known()
            && !one.is_null()
            && !other.is_null()
            && same(one, other)
    })
}

/// Whether the elements of two sets pair up. Good for any relation where equal elements are interchangeable.
pub(crate) fn pair_up(one: &[Value], other: &[Value], same: impl Fn(&Value, &Value) -> bool) -> bool {
    let mut left: Vec<&Value> = other.iter().collect();
    one.len() == other.len()
        && one.iter().all(|one| match left.iter().position(|other| same(one, other)) {
            Some(position) => {
                left.swap_remove(position);
                true
            }
            None => false,
        })
}

fn nested_same(nesting: Nesting, object: Object<'_>, one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Known(Data::Sequence(one)), Value::Known(Data::Sequence(other)))
            if nesting == Nesting::Set =>
        {
            pair_up(one, other, |one, other| same_meaning(object, one, other))
        }
        (Value::Known(Data::Sequence(one)), Value::Known(Data::Sequence(other))) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same_meaning(object, one, other))
        }
        (Value::Known(Data::Mapping(one)), Value::Known(Data::Mapping(other))) if nesting == Nesting::Map => {
            same_keys(one, other) && one.iter().all(|(key, one)| same_meaning(object, one, &other[key]))
        }
        _ => same_meaning(object, one, other),
    }
}

fn same_keys(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> bool {
    one.keys().eq(other.keys())
}

fn member<'a>(members: &'a BTreeMap<String, Value>, name: &str) -> &'a Value {
    members.get(name).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Value {
        Value::Known(Data::Sequence(texts.iter().map(|text| Value::string(*text)).collect()))
    }

    #[track_caller]
    fn check(value_type: &Type, one: &Value, other: &Value, expected: bool) {
        assert_eq!(equal(value_type, one, other), expected, "{one:?} and {other:?} as {value_type:?}");
        assert_eq!(equal(value_type, other, one), expected, "{other:?} and {one:?} as {value_type:?}");
    }

    #[test]
    fn sets_are_the_same_in_any_order_and_lists_are_not() {
        let set = Type::Set(Box::new(Type::String));
        let list = Type::List(Box::new(Type::String));
        check(&set, &strings(&["a", "b"]), &strings(&["b", "a"]), true);
        check(&set, &strings(&["a", "b"]), &strings(&["a", "a"]), false);
        check(&set, &strings(&["a"]), &strings(&["a", "b"]), false);
        check(&list, &strings(&["a", "b"]), &strings(&["b", "a"]), false);
        check(&list, &strings(&["a", "b"]), &strings(&["a", "b"]), true);
        check(&list, &strings(&[]), &Value::Null, false);
    }

    #[test]
    fn sets_deep_inside_are_compared_as_sets() {
        let object = Type::Object([("tags".to_owned(), Type::Set(Box::new(Type::String)))].into());
        let one = Value::mapping([("tags", strings(&["a", "b"]))]);
        let other = Value::mapping([("tags", strings(&["b", "a"]))]);
        check(
            &Type::Map(Box::new(object.clone())),
            &Value::mapping([("x", one.clone())]),
            &Value::mapping([("x", other.clone())]),
            true,
        );
        check(
            &Type::Map(Box::new(object.clone())),
            &Value::mapping([("x", one.clone())]),
            &Value::mapping([("y", other.clone())]),
            false,
        );
        check(&object, &one, &other, true);
    }

    #[test]
    fn the_three_states_differ_from_each_other() {
        for (one, other) in [
            (Value::Null, Value::Unknown),
            (Value::Null, Value::string("")),
            (Value::Unknown, Value::string("")),
        ] {
            check(&Type::String, &one, &other, false);
        }
        check(&Type::String, &Value::Unknown, &Value::Unknown, true);
        check(&Type::String, &Value::Null, &Value::Null, true);
    }
}
