//! The engine's check against a port of core's rules that shares no code with it, over any schema, and values that are null and unknown
//! at every depth.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::check;
use crate::{
    diagnostics::Diagnostics,
    engine::{
        consistent,
        testing::{block, blocks, objects, text},
        transform::{self, PlanInputs},
    },
    schema::{AttributeSchema, Block, NestedBlock, Nesting, Presence, Shape},
    testing::core_rules,
    value::{Data, Type, Value},
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn presence() -> impl Strategy<Value = Presence> {
    use Presence::{Computed, Optional, OptionalComputed, Required};
    prop_oneof![Just(Required), Just(Optional), Just(Computed), Just(OptionalComputed)]
}

fn nesting() -> impl Strategy<Value = Nesting> {
    prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Set), Just(Nesting::Map)]
}

fn plain() -> impl Strategy<Value = Shape> {
    let element = || Box::new(Type::String);
    prop_oneof![
        3 => Just(Type::String),
        1 => Just(Type::List(element())),
        1 => Just(Type::Set(element())),
        1 => Just(Type::Map(element())),
    ]
    .prop_map(Shape::Type)
}

fn attributes() -> impl Strategy<Value = Vec<AttributeSchema>> {
    let attribute = (presence(), plain())
        .prop_map(|(presence, shape)| AttributeSchema { shape, ..text("", presence) })
        .boxed();
    let attribute = attribute.prop_recursive(2, 12, 3, |inner| {
        let nested = (presence(), nesting(), vec(inner, 1..3));
        nested.prop_map(|(presence, nesting, inner)| objects("", presence, nesting, named(inner)))
    });
    vec(attribute, 1..4).prop_map(named)
}

fn named(attributes: Vec<AttributeSchema>) -> Vec<AttributeSchema> {
    attributes.into_iter().zip(NAMES).map(|(attribute, name)| AttributeSchema { name, ..attribute }).collect()
}

fn schema() -> impl Strategy<Value = Block> {
    let inner = (nesting(), attributes()).prop_map(|(nesting, attributes)| blocks("", nesting, attributes));
    (attributes(), vec(inner, 0..3)).prop_map(|(attributes, nested)| Block {
        blocks: nested.into_iter().zip(["x", "y"]).map(|(it, name)| NestedBlock { name, ..it }).collect(),
        ..block(attributes)
    })
}

/// Which values are made.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A configuration: null where the provider decides, unknown in parts.
    Config,
    /// A state: known.
    State,
    /// Anything of the type.
    Any,
}

fn value_of(value_type: &Type, kind: Kind) -> BoxedStrategy<Value> {
    let known = match value_type {
        Type::List(element) | Type::Set(element) => vec(value_of(element, kind), 0..3)
            .prop_map(|elements| Value::Known(Data::Sequence(elements)))
            .boxed(),
        Type::Map(element) => vec(value_of(element, kind), 0..3).prop_map(mapped).boxed(),
        _ => "[ab]".prop_map(Value::string).boxed(),
    };
    or_not(known, kind)
}

fn mapped(elements: Vec<Value>) -> Value {
    Value::mapping(["k", "l", "m"].into_iter().zip(elements))
}

/// The value, or null, or unknown.
fn or_not(known: BoxedStrategy<Value>, kind: Kind) -> BoxedStrategy<Value> {
    let unknown = if kind == Kind::State { Value::Null } else { Value::Unknown };
    prop_oneof![6 => known, 1 => Just(Value::Null), 1 => Just(unknown)].boxed()
}

fn attribute_of(attribute: &AttributeSchema, kind: Kind) -> BoxedStrategy<Value> {
    if kind == Kind::Config && attribute.presence == Presence::Computed {
        return Just(Value::Null).boxed();
    }
    match &attribute.shape {
        Shape::Type(value_type) => value_of(value_type, kind),
        Shape::Nested { nesting, attributes } => {
            let object = object_of(&block(attributes.clone()), kind);
            or_not(
                match nesting {
                    Nesting::Single => object,
                    Nesting::List | Nesting::Set => vec(or_not(object, kind), 0..3)
                        .prop_map(|elements| Value::Known(Data::Sequence(distinct(elements))))
                        .boxed(),
                    Nesting::Map => vec(or_not(object, kind), 0..3).prop_map(mapped).boxed(),
                },
                kind,
            )
        }
    }
}

/// Each known element once, as in a set.
fn distinct(elements: Vec<Value>) -> Vec<Value> {
    let mut found = Vec::new();
    for element in elements {
        if !element.is_wholly_known() || !found.contains(&element) {
            found.push(element);
        }
    }
    found
}

fn object_of(block: &Block, kind: Kind) -> BoxedStrategy<Value> {
    let attributes = block.attributes.iter().map(|attribute| (attribute.name, attribute_of(attribute, kind)));
    let blocks = block.blocks.iter().map(|nested| {
        let object = object_of(&nested.block, kind);
        let all = match nested.nesting {
            Nesting::Single => prop_oneof![3 => object, 1 => Just(Value::Null)].boxed(),
            Nesting::List | Nesting::Set => vec(object, 0..3)
                .prop_map(|elements| Value::Known(Data::Sequence(distinct(elements))))
                .boxed(),
            Nesting::Map => vec(object, 0..3).prop_map(mapped).boxed(),
        };
        let unknown = if kind == Kind::State { all.clone() } else { Just(Value::Unknown).boxed() };
        (nested.name, prop_oneof![8 => all, 1 => unknown].boxed())
    });
    let members: Vec<_> =
        attributes.chain(blocks).map(|(name, value)| value.prop_map(move |value| (name, value))).collect();
    members.prop_map(Value::mapping).boxed()
}

/// A schema with a configuration, a prior state, and anything else.
fn case() -> impl Strategy<Value = (Block, Value, Value, Value)> {
    schema().prop_flat_map(|block| {
        let prior = prop_oneof![3 => object_of(&block, Kind::State), 1 => Just(Value::Null)];
        (Just(block.clone()), object_of(&block, Kind::Config), prior, object_of(&block, Kind::Any))
    })
}

/// One value of parts of several. The choices are used up in order.
fn blended(sources: &[&Value], choices: &mut std::vec::IntoIter<Index>, is_root: bool) -> Value {
    let Some(choice) = choices.next() else { return sources[0].clone() };
    let children =
        |name: &dyn Fn(&Value) -> Value| sources.iter().map(|source| name(source)).collect::<Vec<_>>();
    let choice = if is_root { 7 } else { choice.index(10) };
    match (choice, sources[0]) {
        (0, _) => Value::Unknown,
        (1, _) => Value::Null,
        (2..=4, _) => sources[choice - 2].clone(),
        (_, Value::Known(Data::Mapping(members))) => {
            let part = |key: &String| {
                let parts = children(&|source| source.member(key).clone());
                (key.clone(), blended(&parts.iter().collect::<Vec<_>>(), choices, false))
            };
            Value::mapping(members.keys().map(part).collect::<Vec<_>>())
        }
        (_, Value::Known(Data::Sequence(elements))) => {
            let part = |index: usize| {
                let parts = children(&|source| crate::engine::object::element(source, index).clone());
                blended(&parts.iter().collect::<Vec<_>>(), choices, false)
            };
            Value::Known(Data::Sequence((0..elements.len()).map(part).collect()))
        }
        _ => sources[0].clone(),
    }
}

fn found(block: &Block, planned: &Value, inputs: PlanInputs<'_>) -> Vec<String> {
    let mut report = Diagnostics::default();
    check(block.into(), planned, inputs, &mut report);
    report.iter().map(|message| message.detail.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_core_accepts_is_accepted_and_nothing_else(
        (block, config, prior, other) in case(),
        choices in vec(any::<Index>(), 0..40),
    ) {
        let proposed = core_rules::proposed_new(&block, &prior, &config);
        let planned = blended(&[&proposed, &config, &prior], &mut choices.into_iter(), true);
        for planned in [planned, other] {
            let inputs = PlanInputs { config: &config, prior: &prior };
            let found = found(&block, &planned, inputs);
            let expected = core_rules::plan_errors(&block, &prior, &config, &planned);
            prop_assert_eq!(found.is_empty(), expected.is_empty(), "{:?} and {:?} of {:?}", found, expected, planned);
        }
    }

    #[test]
    fn a_result_that_core_accepts_is_accepted_and_nothing_else(
        (block, config, prior, _) in case(),
        choices in vec(any::<Index>(), 0..20),
    ) {
        let object = (&block).into();
        let planned = core_rules::proposed_new(&block, &prior, &config);
        let planned = transform::mark_unknown(object, planned, PlanInputs { config: &config, prior: &prior });
        let actual = blended(&[&planned, &prior, &config], &mut choices.into_iter(), true);
        let actual = transform::with_empty_blocks(object, transform::unknown_to_null(actual));
        let mut report = Diagnostics::default();
        consistent::check(object, &planned, &actual, &mut report);
        let expected = core_rules::result_errors(&block, &planned, &actual);
        prop_assert_eq!(report.is_empty(), expected.is_empty(), "{:?} and {:?} of {:?}", report, expected, actual);
    }

    #[test]
    fn a_plan_that_no_author_changed_is_always_valid((block, config, prior, _) in case()) {
        let object = (&block).into();
        let inputs = PlanInputs { config: &config, prior: &prior };
        let proposed = core_rules::proposed_new(&block, &prior, &config);
        let planned = transform::apply_defaults(object, proposed, inputs);
        let planned = transform::keep_spelling(object, planned, &prior);
        let planned = transform::with_configured_elements(object, planned, inputs);
        for planned in [transform::mark_unknown(object, planned.clone(), inputs), planned] {
            let planned = transform::with_empty_blocks(object, planned);
            prop_assert_eq!(found(&block, &planned, inputs), [""; 0], "{:?}", planned);
            prop_assert_eq!(core_rules::plan_errors(&block, &prior, &config, &planned), [""; 0], "{:?}", planned);
            let carried = transform::mark_carried_over(object, planned, inputs);
            prop_assert_eq!(core_rules::plan_errors(&block, &prior, &config, &carried), [""; 0], "{:?}", carried);
        }
    }
}
