//! Core's rules for plans and results, written anew from Terraform's `internal/plans/objchange`. They share no code with the engine, so
//! that a mistake there is found here.
//!
//! | function | Terraform's | in |
//! |---|---|---|
//! | [`proposed_new`] | `ProposedNew` (`objchange.go`) | `proposed` |
//! | [`plan_errors`] | `AssertPlanValid` (`plan_valid.go`) | `valid` |
//! | [`result_errors`] | `AssertObjectCompatible` (`compatible.go`) | `compatible` |

mod compatible;
mod proposed;
mod valid;

use crate::{
    Value,
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Shape},
    value::{Data, Type},
};

pub use self::{compatible::result_errors, proposed::proposed_new, valid::plan_errors};

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown;

/// Attributes and blocks of an object.
#[derive(Clone, Copy)]
struct Members<'a>(&'a [AttributeSchema], &'a [NestedBlock]);

fn of(block: &Block) -> Members<'_> {
    Members(&block.attributes, &block.blocks)
}

/// cty's `RawEquals` of values without refinements: unknown is the same as unknown, and a set has no order.
fn raw_equal(value_type: &Type, one: &Value, other: &Value) -> bool {
    let (Value::Known(one), Value::Known(other)) = (one, other) else {
        return one.is_null() && other.is_null() || one.is_unknown() && other.is_unknown();
    };
    match (value_type, one, other) {
        (Type::List(element), Data::Sequence(one), Data::Sequence(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| raw_equal(element, one, other))
        }
        (Type::Set(element), Data::Sequence(one), Data::Sequence(other)) => {
            let mut rest: Vec<&Value> = other.iter().collect();
            let found = |one: &Value| {
                let place = rest.iter().position(|other| raw_equal(element, one, other));
                place.map(|place| rest.swap_remove(place)).is_some()
            };
            one.len() == other.len() && one.iter().all(found)
        }
        (Type::Map(element), Data::Mapping(one), Data::Mapping(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| raw_equal(element, one, other)))
        }
        (Type::Object(types), Data::Mapping(_), Data::Mapping(_)) => types.iter().all(|(name, part)| {
            let [one, other] = [one, other].map(|data| match data {
                Data::Mapping(members) => members.get(name).unwrap_or(&NULL),
                _ => &NULL,
            });
            raw_equal(part, one, other)
        }),
        _ => one == other,
    }
}

/// The element of a list; null where there is none, unknown where the list is.
fn at(value: &Value, index: usize) -> &Value {
    if value.is_unknown() { &UNKNOWN } else { elements(value).get(index).unwrap_or(&NULL) }
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Known(Data::Sequence(elements)) => elements,
        _ => &[],
    }
}

fn contains_write_only(members: Members<'_>, value: &Value) -> bool {
    let Members(attributes, blocks) = members;
    let in_attributes = attributes.iter().any(|attribute| {
        let value = value.member(attribute.name);
        match &attribute.shape {
            _ if attribute.write_only => !value.is_null(),
            Shape::Nested { nesting, attributes } => {
                objects(*nesting, value).any(|object| contains_write_only(Members(attributes, &[]), object))
            }
            Shape::Type(_) => false,
        }
    });
    let in_blocks = blocks.iter().any(|nested| {
        let value = value.member(nested.name);
        objects(nested.nesting, value).any(|object| contains_write_only(of(&nested.block), object))
    });
    in_attributes || in_blocks
}

/// The known objects in a nested attribute or block.
fn objects(nesting: Nesting, value: &Value) -> impl Iterator<Item = &Value> {
    let found: Vec<&Value> = match (nesting, value) {
        (Nesting::Single, value) => vec![value],
        (Nesting::List | Nesting::Set, Value::Known(Data::Sequence(elements))) => elements.iter().collect(),
        (Nesting::Map, Value::Known(Data::Mapping(members))) => members.values().collect(),
        _ => Vec::new(),
    };
    found.into_iter().filter(|object| object.as_known().is_some())
}
