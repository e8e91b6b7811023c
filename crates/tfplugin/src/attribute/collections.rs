//! Lists, sets and maps, of plain values or of nested attributes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Attribute;
use crate::{
    path::Step,
    schema::{Nesting, Shape},
    value::{Data, Type, Value, ValueError, normal_form},
};

/// The shape of a collection: objects keep the descriptions of their attributes, one level deep.
fn shape_of<T: Attribute>(nesting: Nesting, plain: fn(Box<Type>) -> Type) -> Shape {
    match T::shape() {
        Shape::Nested { nesting: Nesting::Single, attributes } => Shape::Nested { nesting, attributes },
        other => Shape::Type(plain(Box::new(other.value_type()))),
    }
}

/// Which step leads to an element. Elements of sets have none: a path to one ends at the set.
type StepTo = fn(usize) -> Option<Step>;

fn index(position: usize) -> Option<Step> {
    i64::try_from(position).ok().map(Step::Index)
}

fn no_step(_: usize) -> Option<Step> {
    None
}

fn at(step: Option<Step>) -> impl FnOnce(ValueError) -> ValueError {
    move |error| match step {
        Some(step) => error.inside(step),
        None => ValueError { path: crate::path::AttributePath::root(), ..error },
    }
}

fn elements<C: FromIterator<T>, T>(
    value: &Value,
    wanted: &str,
    step_to: StepTo,
    read: impl Fn(&Value) -> Result<T, ValueError>,
) -> Result<C, ValueError> {
    let Value::Known(Data::Sequence(elements)) = value else {
        return Err(ValueError::expected(wanted, value));
    };
    elements
        .iter()
        .enumerate()
        .map(|(position, element)| read(element).map_err(at(step_to(position))))
        .collect()
}

fn partial_elements<T: Attribute>(
    value: &Value,
    wanted: &str,
    step_to: StepTo,
) -> Result<Value<Vec<Value<T::Known>>>, ValueError> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Unknown => Ok(Value::Unknown),
        Value::Known(_) => elements(value, wanted, step_to, T::partial_from_value).map(Value::Known),
    }
}

fn partial_sequence<T: Attribute>(partial: &Value<Vec<Value<T::Known>>>) -> Value {
    partial.as_ref().map(|elements| Data::Sequence(elements.iter().map(T::partial_to_value).collect()))
}

fn all(elements: impl Iterator<Item = Value>) -> Vec<Value> {
    elements.collect()
}

/// Each element once: texts that differ may have the same normal form.
fn distinct(elements: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut found = HashSet::new();
    elements.filter(|element| found.insert(element.clone())).collect()
}

macro_rules! sequence {
    ($collection:ident, $bound:path, $nesting:expr, $plain:expr, $wanted:literal, $step:ident, $all:ident) => {
        impl<T: Attribute + $bound> Attribute for $collection<T> {
            type Known = Vec<Value<T::Known>>;

            fn shape() -> Shape {
                shape_of::<T>($nesting, $plain)
            }

            fn from_value(value: &Value) -> Result<Self, ValueError> {
                elements(value, $wanted, $step, T::from_value)
            }

            fn to_value(&self) -> Value {
                Value::Known(Data::Sequence($all(self.iter().map(Attribute::to_value))))
            }

            fn partial_from_value(value: &Value) -> Result<Value<Self::Known>, ValueError> {
                partial_elements::<T>(value, $wanted, $step)
            }

            fn partial_to_value(partial: &Value<Self::Known>) -> Value {
                partial_sequence::<T>(partial)
            }
        }
    };
}

sequence!(Vec, Clone, Nesting::List, Type::List, "a list", index, all);
sequence!(BTreeSet, Ord, Nesting::Set, Type::Set, "a set", no_step, distinct);

impl<T: Attribute> Attribute for BTreeMap<String, T> {
    type Known = BTreeMap<String, Value<T::Known>>;

    fn shape() -> Shape {
        shape_of::<T>(Nesting::Map, Type::Map)
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        keyed::<T, _>(value, T::from_value)
    }

    fn to_value(&self) -> Value {
        Value::mapping(self.iter().map(|(key, element)| (normal_form::normalized(key), element.to_value())))
    }

    fn partial_from_value(value: &Value) -> Result<Value<Self::Known>, ValueError> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::Unknown => Ok(Value::Unknown),
            Value::Known(_) => keyed::<T, _>(value, T::partial_from_value).map(Value::Known),
        }
    }

    fn partial_to_value(partial: &Value<Self::Known>) -> Value {
        partial.as_ref().map(|elements| {
            Data::Mapping(
                elements
                    .iter()
                    .map(|(key, element)| {
                        (normal_form::normalized(key).into_owned(), T::partial_to_value(element))
                    })
                    .collect(),
            )
        })
    }
}

/// The elements of a map of `T`. A null one means that its key is absent, unless it is an object.
fn keyed<T: Attribute, R>(
    value: &Value,
    read: impl Fn(&Value) -> Result<R, ValueError>,
) -> Result<BTreeMap<String, R>, ValueError> {
    let Value::Known(Data::Mapping(members)) = value else {
        return Err(ValueError::expected("a map", value));
    };
    let is_absent = |element: &Value| {
        element.is_null() && !matches!(T::shape(), Shape::Nested { nesting: Nesting::Single, .. })
    };
    members
        .iter()
        .filter(|(_, element)| !is_absent(element))
        .map(|(key, element)| {
            read(element)
                .map(|element| (key.clone(), element))
                .map_err(|error| error.inside(Step::Key(key.clone())))
        })
        .collect()
}

/// The elements of a collection in a `…Partial`, for `validate_each`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`validate_each` needs a Vec, BTreeSet or BTreeMap",
    label = "this attribute has no elements: say `validate`"
)]
pub trait Elements {
    /// What an element is.
    type Element;

    /// What a rule finds wrong with the elements that are neither null nor unknown, each with its position.
    fn faults(&self, rule: impl Fn(&Self::Element) -> Result<(), String>) -> Vec<(usize, String)>;
}

impl<T> Elements for Vec<Value<T>> {
    type Element = T;

    fn faults(&self, rule: impl Fn(&T) -> Result<(), String>) -> Vec<(usize, String)> {
        faults_of(self.iter(), rule)
    }
}

impl<T> Elements for BTreeMap<String, Value<T>> {
    type Element = T;

    fn faults(&self, rule: impl Fn(&T) -> Result<(), String>) -> Vec<(usize, String)> {
        faults_of(self.values(), rule)
    }
}

fn faults_of<'a, T: 'a>(
    elements: impl Iterator<Item = &'a Value<T>>,
    rule: impl Fn(&T) -> Result<(), String>,
) -> Vec<(usize, String)> {
    let known = elements.enumerate().filter_map(|(position, element)| Some((position, element.as_known()?)));
    known.filter_map(|(position, element)| Some((position, rule(element).err()?))).collect()
}
