//! Relations of two values: equal by type, since a set is compared without order; of the same meaning, where a
//! schema has a rule for it; and planned from a configuration.

use std::collections::BTreeMap;

use super::{
    nulls,
    object::{self, Object},
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    schema::{AttributeSchema, Nesting, Shape},
    value::{Data, Type, Value},
};

/// Whether two values of a type are the same. Unknown is the same as unknown.
pub(crate) fn equal(value_type: &Type, one: &Value, other: &Value) -> bool {
    let (Value::Known(one), Value::Known(other)) = (one, other) else { return same_state(one, other) };
    match (value_type, one, other) {
        (Type::Set(element), Data::Sequence(one), Data::Sequence(other)) => {
            pair_up(one, other, |one, other| equal(element, one, other))
        }
        (_, Data::Dynamic(one), Data::Dynamic(other)) => one.0 == other.0 && equal(&one.0, &one.1, &other.1),
        _ => parts_relate(value_type, one, other, equal),
    }
}

/// Whether two objects mean the same: equal, or spelt differently.
pub(crate) fn same_meaning(object: Object<'_>, one: &Value, other: &Value) -> bool {
    objects_relate(object, one, other, |attribute, one, other| {
        let is_same =
            equal(&attribute.shape.value_type(), one, other) || is_respelling(attribute, one, other);
        is_same.then_some(true)
    })
}

/// Whether a planned object is the configured one with computed values filled in.
pub(crate) fn elaborates(object: Object<'_>, config: &Value, planned: &Value) -> bool {
    objects_relate(object, config, planned, |attribute, config, planned| {
        if config.is_null() {
            return Some(planned.is_null() || attribute.presence.is_computed());
        }
        let is_same = attribute.write_only || equal(&attribute.shape.value_type(), config, planned);
        is_same.then_some(true)
    })
}

/// Whether two known values mean the same: by the schema's rule, or except for keys of maps whose value is null.
pub(crate) fn is_respelling(attribute: &AttributeSchema, one: &Value, other: &Value) -> bool {
    let are_comparable =
        one.is_wholly_known() && other.is_wholly_known() && !one.is_null() && !other.is_null();
    let is_same_but_for_nulls = || match &attribute.shape {
        Shape::Type(value_type) => {
            let [one, other] = [one, other].map(|value| nulls::without(value_type, value));
            equal(value_type, &one, &other)
        }
        Shape::Nested { .. } => false,
    };
    are_comparable && (attribute.same.is_some_and(|same| same(one, other)) || is_same_but_for_nulls())
}

/// Whether the parts of two known values relate, each by its type. Values without parts relate if they are
/// equal. The caller pairs up the elements of sets.
pub(crate) fn parts_relate(
    value_type: &Type,
    one: &Data,
    other: &Data,
    relate: fn(&Type, &Value, &Value) -> bool,
) -> bool {
    match (value_type, one, other) {
        (Type::List(element), Data::Sequence(one), Data::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| relate(element, one, other))
        }
        (Type::Tuple(types), Data::Sequence(one), Data::Sequence(other)) => {
            one.len() == other.len()
                && types
                    .iter()
                    .zip(one.iter().zip(other))
                    .all(|(part, (one, other))| relate(part, one, other))
        }
        (Type::Map(element), Data::Mapping(one), Data::Mapping(other)) => {
            one.keys().eq(other.keys()) && one.iter().all(|(key, one)| relate(element, one, &other[key]))
        }
        (Type::Object(types), Data::Mapping(one), Data::Mapping(other)) => {
            types.iter().all(|(name, part)| relate(part, member(one, name), member(other, name)))
        }
        _ => one == other,
    }
}

/// Whether both are null, both unknown, or both known.
pub(crate) fn same_state(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn member<'a>(members: &'a BTreeMap<String, Value>, name: &str) -> &'a Value {
    members.get(name).unwrap_or(&Value::Null)
}

/// Whether the elements of two sets pair up. Good for any relation where equal elements are interchangeable.
fn pair_up(one: &[Value], other: &[Value], relate: impl Fn(&Value, &Value) -> bool) -> bool {
    let mut left: Vec<&Value> = other.iter().collect();
    one.len() == other.len()
        && one.iter().all(|one| match left.iter().position(|other| relate(one, other)) {
            Some(position) => {
                left.swap_remove(position);
                true
            }
            None => false,
        })
}

/// Decides whether the two values of an attribute relate; none leaves that to the objects nested in them.
type Rule = fn(&AttributeSchema, &Value, &Value) -> Option<bool>;

fn objects_relate(object: Object<'_>, one: &Value, other: &Value, rule: Rule) -> bool {
    let mut relation = Relation { rule, holds: true };
    walk(object, [one, other], &mut relation);
    relation.holds
}

/// Visits two values until the relation does not hold.
struct Relation {
    rule: Rule,
    holds: bool,
}

impl Visitor<2> for Relation {
    fn object(&mut self, node: &Node<'_, 2>) -> bool {
        let [one, other] = node.values;
        self.holds &= same_state(one, other);
        self.holds && one.as_known().is_some()
    }

    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 2>) -> Action {
        if !self.holds {
            return Action::Keep;
        }
        let [one, other] = node.values;
        let decided = (self.rule)(attribute, one, other);
        if decided.is_none() && object::nested(attribute).is_some() {
            return Action::Descend;
        }
        self.holds = decided == Some(true);
        Action::Keep
    }

    fn elements(&mut self, _nesting: Nesting, node: &Node<'_, 2>) -> bool {
        let [one, other] = node.values;
        let is_known = self.object(node);
        self.holds &= !is_known || object::same_elements(one, other);
        self.holds && is_known
    }

    fn set(&mut self, object: Object<'_>, node: &Node<'_, 2>) -> Option<Value> {
        let [one, other] = node.values.map(object::sequence);
        self.holds = pair_up(one, other, |one, other| objects_relate(object, one, other, self.rule));
        None
    }
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
