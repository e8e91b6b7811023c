//! Any type and any value of it, for property tests.

use proptest::prelude::*;

use super::{Data, Number, Type, Value, normal_form};

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        "-?[0-9]{1,30}\\.[0-9]{1,30}".prop_map(|text| text.parse().unwrap()),
    ]
}

/// A type of any shape.
pub(super) fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|element| Type::List(Box::new(element))),
            inner.clone().prop_map(|element| Type::Set(Box::new(element))),
            inner.clone().prop_map(|element| Type::Map(Box::new(element))),
            prop::collection::btree_map("[a-z]{1,4}", inner.clone(), 1..4).prop_map(Type::Object),
            prop::collection::vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

/// Text as Terraform keeps it.
fn composed(text: &str) -> String {
    normal_form::normalized(text).into_owned()
}

/// A value of the type; unknown in parts when `with_unknown`.
pub(super) fn value_of(value_type: &Type, with_unknown: bool) -> BoxedStrategy<Value> {
    let known: BoxedStrategy<Value> = match value_type {
        Type::String => ".{0,40}".prop_map(|text| Value::string(composed(&text))).boxed(),
        Type::Number => number().prop_map(|number| Value::Known(Data::Number(number))).boxed(),
        Type::Bool => any::<bool>().prop_map(|value| Value::Known(Data::Bool(value))).boxed(),
        Type::List(element) | Type::Set(element) => {
            prop::collection::vec(value_of(element, with_unknown), 0..4)
                .prop_map(|all| Value::Known(Data::Sequence(all)))
                .boxed()
        }
        Type::Map(element) => prop::collection::btree_map(".{0,8}", value_of(element, with_unknown), 0..4)
            .prop_map(|all| Value::mapping(all.into_iter().map(|(key, value)| (composed(&key), value))))
            .boxed(),
        Type::Object(attributes) => attributes
            .iter()
            .map(|(name, attribute)| {
                value_of(attribute, with_unknown).prop_map({
                    let name = name.clone();
                    move |value| (name.clone(), value)
                })
            })
            .collect::<Vec<_>>()
            .prop_map(Value::mapping)
            .boxed(),
        Type::Tuple(types) => types
            .iter()
            .map(|element| value_of(element, with_unknown))
            .collect::<Vec<_>>()
            .prop_map(|all| Value::Known(Data::Sequence(all)))
            .boxed(),
        Type::Dynamic => {
            let of = move |inner: Type| {
                value_of(&inner, with_unknown)
                    .prop_map(move |value| Value::Known(Data::Dynamic(Box::new((inner.clone(), value)))))
            };
            prop_oneof![of(Type::String), of(Type::Number), of(Type::Tuple(vec![Type::Bool, Type::String]))]
                .boxed()
        }
    };
    if with_unknown {
        prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(Value::Unknown)].boxed()
    } else {
        prop_oneof![8 => known, 1 => Just(Value::Null)].boxed()
    }
}

/// A type and a value of it, unknown in parts.
pub(super) fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|value_type| {
        let values = value_of(&value_type, true);
        (Just(value_type), values)
    })
}

/// The same value with the elements of sets in one order and each once: what two encodings of it have in common.
pub(super) fn normal(value: &Value, value_type: &Type) -> Value {
    let Value::Known(data) = value else { return value.clone() };
    Value::Known(match (data, value_type) {
        (Data::Sequence(elements), Type::Set(element)) => {
            let mut elements: Vec<_> = elements.iter().map(|one| normal(one, element)).collect();
            elements.sort_by_cached_key(|element| format!("{element:?}"));
            elements.dedup_by(|one, other| one == other && one.is_wholly_known());
            Data::Sequence(elements)
        }
        (Data::Sequence(elements), Type::List(element)) => {
            Data::Sequence(elements.iter().map(|one| normal(one, element)).collect())
        }
        (Data::Sequence(elements), Type::Tuple(types)) => {
            Data::Sequence(elements.iter().zip(types).map(|(one, element)| normal(one, element)).collect())
        }
        (Data::Mapping(members), Type::Map(element)) => Data::Mapping(
            members.iter().map(|(key, member)| (key.clone(), normal(member, element))).collect(),
        ),
        (Data::Mapping(members), Type::Object(attributes)) => Data::Mapping(
            members.iter().map(|(name, member)| (name.clone(), normal(member, &attributes[name]))).collect(),
        ),
        (data, _) => data.clone(),
    })
}
