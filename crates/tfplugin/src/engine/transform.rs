//! Changes of a planned object, attribute by attribute and all the way down, each seen beside its configuration and its prior
//! value. Correlates as core does (`objchange.ProposedNew`): lists by index, maps by key, set elements by what was written.

use super::{
    compare,
    object::{self, Object},
};
use crate::{
    schema::{AttributeSchema, Nesting, Presence},
    value::{Data, Value},
};

/// What stands beside a planned value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanInputs<'a> {
    /// What the user wrote.
    pub(crate) config: &'a Value,
    /// What there was.
    pub(crate) prior: &'a Value,
}

/// What becomes of an attribute.
enum Visited {
    /// This, whole.
    Done(Value),
    /// This, with the attributes nested in it visited too.
    Open(Value),
}

/// Gives the schema's default where the configuration says nothing.
pub(crate) fn apply_defaults(object: Object<'_>, planned: Value, beside: PlanInputs<'_>) -> Value {
    transform(object, planned, beside, &|attribute, planned, beside| match attribute.default {
        Some(default) if beside.config.is_null() => Visited::Done(default()),
        _ => Visited::Open(planned),
    })
}

/// Marks what the provider will tell only after apply: every computed value that the configuration leaves open.
pub(crate) fn mark_unknown(object: Object<'_>, planned: Value, beside: PlanInputs<'_>) -> Value {
    transform(object, planned, beside, &|attribute, planned, beside| {
        if is_open(attribute, beside.config) { Visited::Done(Value::Unknown) } else { Visited::Open(planned) }
    })
}

/// Marks what a replacement will tell anew: every open computed value that was merely carried over.
pub(crate) fn mark_carried_over(object: Object<'_>, planned: Value, beside: PlanInputs<'_>) -> Value {
    transform(object, planned, beside, &|attribute, planned, beside| {
        let carried = compare::equal(&attribute.shape.value_type(), &planned, beside.prior);
        if is_open(attribute, beside.config) && carried {
            Visited::Done(Value::Unknown)
        } else {
            Visited::Open(planned)
        }
    })
}

/// Keeps the earlier spelling of what means the same.
pub(crate) fn keep_spelling(object: Object<'_>, value: Value, earlier: &Value) -> Value {
    // Set elements are found by their configuration; here each is its own.
    let config = value.clone();
    let beside = PlanInputs { config: &config, prior: earlier };
    transform(object, value, beside, &|attribute, value, beside| {
        if compare::is_respelling(attribute.same, beside.prior, &value) {
            Visited::Done(beside.prior.clone())
        } else {
            Visited::Open(value)
        }
    })
}

/// Takes out what must never be stored.
pub(crate) fn without_write_only(object: Object<'_>, value: Value) -> Value {
    let itself = value.clone();
    transform(object, value, PlanInputs { config: &itself, prior: &Value::Null }, &|attribute, value, _| {
        if attribute.write_only { Visited::Done(Value::Null) } else { Visited::Open(value) }
    })
}

/// Puts in what is never stored, from the configuration, for the one call that may use it.
pub(crate) fn with_write_only(object: Object<'_>, planned: Value, config: &Value) -> Value {
    transform(object, planned, PlanInputs { config, prior: &Value::Null }, &|attribute, planned, beside| {
        if attribute.write_only { Visited::Done(beside.config.clone()) } else { Visited::Open(planned) }
    })
}

/// Gives blocks that are absent the empty form that Terraform wants.
pub(crate) fn with_empty_blocks(object: Object<'_>, value: Value) -> Value {
    let Value::Known(Data::Mapping(mut members)) = value else { return value };
    for nested in object.blocks {
        let slot = members.entry(nested.name.to_owned()).or_default();
        let inner = Object::from(&nested.block);
        *slot = match (nested.nesting, std::mem::take(slot)) {
            (Nesting::List | Nesting::Set, Value::Null) => Value::Known(Data::Sequence(Vec::new())),
            (Nesting::Map, Value::Null) => Value::Known(Data::Mapping([].into())),
            (Nesting::List | Nesting::Set, Value::Known(Data::Sequence(elements))) => {
                Value::Known(Data::Sequence(
                    elements.into_iter().map(|element| with_empty_blocks(inner, element)).collect(),
                ))
            }
            (Nesting::Map, Value::Known(Data::Mapping(elements))) => Value::Known(Data::Mapping(
                elements.into_iter().map(|(key, element)| (key, with_empty_blocks(inner, element))).collect(),
            )),
            (_, value) => with_empty_blocks(inner, value),
        };
    }
    Value::Known(Data::Mapping(members))
}

/// Null instead of what never became known, for the state of something half made.
pub(crate) fn unknown_to_null(value: Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::Known(Data::Sequence(elements)) => {
            Value::Known(Data::Sequence(elements.into_iter().map(unknown_to_null).collect()))
        }
        Value::Known(Data::Mapping(members)) => {
            Value::mapping(members.into_iter().map(|(name, value)| (name, unknown_to_null(value))))
        }
        Value::Known(Data::Dynamic(inner)) => {
            let (value_type, value) = *inner;
            Value::Known(Data::Dynamic(Box::new((value_type, unknown_to_null(value)))))
        }
        value => value,
    }
}

/// Whether a planned object is what the configuration says, with computed values filled in.
pub(crate) fn elaborates(object: Object<'_>, config: &Value, planned: &Value) -> bool {
    object.attributes.iter().all(|attribute| {
        let (config, planned) = (config.member(attribute.name), planned.member(attribute.name));
        if config.is_null() {
            planned.is_null() || attribute.presence.is_computed()
        } else {
            attribute.write_only
                || compare::equal(&attribute.shape.value_type(), config, planned)
                || object::nested(attribute)
                    .is_some_and(|(nesting, inner)| all_elaborate(nesting, inner, config, planned))
        }
    }) && object.blocks.iter().all(|nested| {
        let (config, planned) = (config.member(nested.name), planned.member(nested.name));
        all_elaborate(nested.nesting, (&nested.block).into(), config, planned)
    })
}

/// Whether the provider may still say what the value is.
fn is_open(attribute: &AttributeSchema, config: &Value) -> bool {
    let may_tell = match attribute.presence {
        Presence::Computed => true,
        Presence::OptionalComputed => config.is_null(),
        Presence::Required | Presence::Optional => false,
    };
    may_tell && attribute.default.is_none()
}

fn all_elaborate(nesting: Nesting, object: Object<'_>, config: &Value, planned: &Value) -> bool {
    match (nesting, config, planned) {
        (Nesting::Single, Value::Known(_), Value::Known(_)) => elaborates(object, config, planned),
        (Nesting::Set, Value::Known(Data::Sequence(config)), Value::Known(Data::Sequence(planned))) => {
            compare::pair_up(config, planned, |config, planned| elaborates(object, config, planned))
        }
        (Nesting::List, Value::Known(Data::Sequence(config)), Value::Known(Data::Sequence(planned))) => {
            config.len() == planned.len()
                && config.iter().zip(planned).all(|(config, planned)| elaborates(object, config, planned))
        }
        (Nesting::Map, Value::Known(Data::Mapping(config)), Value::Known(Data::Mapping(planned))) => {
            config.keys().eq(planned.keys())
                && config
                    .values()
                    .zip(planned.values())
                    .all(|(config, planned)| elaborates(object, config, planned))
        }
        _ => std::mem::discriminant(config) == std::mem::discriminant(planned),
    }
}

type Visit<'a> = &'a dyn Fn(&AttributeSchema, Value, PlanInputs<'_>) -> Visited;

fn transform(object: Object<'_>, value: Value, beside: PlanInputs<'_>, visit: Visit<'_>) -> Value {
    let Value::Known(Data::Mapping(mut members)) = value else { return value };
    for attribute in object.attributes {
        let slot = members.entry(attribute.name.to_owned()).or_default();
        let beside = beside.member(attribute.name);
        *slot = match (visit(attribute, std::mem::take(slot), beside), object::nested(attribute)) {
            (Visited::Open(value), Some((nesting, inner))) => {
                transform_nested(nesting, inner, value, beside, visit)
            }
            (Visited::Done(value) | Visited::Open(value), _) => value,
        };
    }
    for nested in object.blocks {
        let slot = members.entry(nested.name.to_owned()).or_default();
        let mut beside = beside.member(nested.name);
        if nested.nesting == Nesting::Set {
            // Core compares the blocks of a set with the configuration alone.
            beside.prior = &Value::Null;
        }
        *slot = transform_nested(nested.nesting, (&nested.block).into(), std::mem::take(slot), beside, visit);
    }
    Value::Known(Data::Mapping(members))
}

fn transform_nested(
    nesting: Nesting,
    object: Object<'_>,
    value: Value,
    beside: PlanInputs<'_>,
    visit: Visit<'_>,
) -> Value {
    match (nesting, value) {
        (Nesting::Single, value) => transform(object, value, beside, visit),
        (Nesting::List, Value::Known(Data::Sequence(elements))) => Value::Known(Data::Sequence(
            elements
                .into_iter()
                .enumerate()
                .map(|(index, element)| transform(object, element, beside.element(index), visit))
                .collect(),
        )),
        (Nesting::Map, Value::Known(Data::Mapping(elements))) => {
            Value::mapping(elements.into_iter().map(|(key, element)| {
                let beside = beside.member(&key);
                (key, transform(object, element, beside, visit))
            }))
        }
        (Nesting::Set, Value::Known(Data::Sequence(elements))) => {
            let mut configs: Vec<&Value> = object::sequence(beside.config).iter().collect();
            let mut priors: Vec<&Value> = object::sequence(beside.prior).iter().collect();
            let transformed = elements.into_iter().map(|element| {
                let config = take(&mut configs, |config| elaborates(object, config, &element));
                let prior = take(&mut priors, |prior| compare::same_meaning(object, prior, &element));
                // An element that nobody wrote is the provider's own: it stays as it is.
                let Some(config) = config else { return element };
                transform(object, element, PlanInputs { config, prior: prior.unwrap_or(&Value::Null) }, visit)
            });
            Value::Known(Data::Sequence(transformed.collect()))
        }
        (_, value) => value,
    }
}

fn take<'a>(values: &mut Vec<&'a Value>, wanted: impl Fn(&Value) -> bool) -> Option<&'a Value> {
    let position = values.iter().position(|value| wanted(value))?;
    Some(values.remove(position))
}

impl PlanInputs<'_> {
    fn member(self, name: &str) -> Self {
        Self { config: self.config.member(name), prior: self.prior.member(name) }
    }

    fn element(self, index: usize) -> Self {
        Self { config: object::element(self.config, index), prior: object::element(self.prior, index) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::testing::{block, blocks, object, objects, sequence, text, word},
        schema::{Block, Presence},
    };

    /// An element with a written name, a written or computed note, and a computed mark.
    fn element() -> Vec<AttributeSchema> {
        vec![
            text("name", Presence::Required),
            text("note", Presence::OptionalComputed),
            text("mark", Presence::Computed),
        ]
    }

    fn part(name: &str, note: &str, mark: &str) -> Value {
        object([("name", word(name)), ("note", word(note)), ("mark", word(mark))])
    }

    fn parts(nesting: Nesting) -> Block {
        block(vec![objects("parts", Presence::Optional, nesting, element())])
    }

    #[track_caller]
    fn check_marked(block: &Block, planned: Value, config: &Value, expected: Value) {
        let (planned, config) = (object([("parts", planned)]), object([("parts", config.clone())]));
        let beside = PlanInputs { config: &config, prior: &Value::Null };
        assert_eq!(mark_unknown(block.into(), planned, beside), object([("parts", expected)]));
    }

    #[test]
    fn computed_values_that_are_not_configured_become_unknown_at_any_depth() {
        let (planned, expected) = (part("a", "old", "old"), part("a", "?", "?"));
        let config = part("a", "-", "-");
        check_marked(&parts(Nesting::Single), planned.clone(), &config, expected.clone());
        let written = part("a", "mine", "-");
        check_marked(&parts(Nesting::Single), part("a", "mine", "old"), &written, part("a", "mine", "?"));
        check_marked(
            &parts(Nesting::List),
            sequence([planned.clone(), part("b", "mine", "old")]),
            &sequence([config.clone(), part("b", "mine", "-")]),
            sequence([expected.clone(), part("b", "mine", "?")]),
        );
        check_marked(
            &parts(Nesting::Map),
            object([("x", planned)]),
            &object([("x", config)]),
            object([("x", expected)]),
        );
        check_marked(&parts(Nesting::Single), Value::Unknown, &Value::Unknown, Value::Unknown);
        check_marked(&parts(Nesting::Single), Value::Null, &Value::Null, Value::Null);
    }

    #[test]
    fn set_elements_find_their_configuration_by_what_was_written() {
        check_marked(
            &parts(Nesting::Set),
            sequence([part("b", "mine", "old"), part("a", "old", "old")]),
            &sequence([part("a", "-", "-"), part("b", "mine", "-")]),
            sequence([part("b", "mine", "?"), part("a", "?", "?")]),
        );
    }

    #[test]
    fn defaults_fill_what_is_not_configured_and_are_never_marked() {
        let attribute =
            AttributeSchema { default: Some(|| word("default")), ..text("note", Presence::OptionalComputed) };
        let block = block(vec![attribute]);
        for (config, expected) in [("-", "default"), ("mine", "mine"), ("?", "?")] {
            let config = object([("note", word(config))]);
            let planned = if config.member("note").is_null() {
                object([("note", word("old"))])
            } else {
                config.clone()
            };
            let beside = PlanInputs { config: &config, prior: &Value::Null };
            let planned = apply_defaults((&block).into(), planned, beside);
            assert_eq!(planned, object([("note", word(expected))]));
            assert_eq!(mark_unknown((&block).into(), planned.clone(), beside), planned);
        }
    }

    #[test]
    fn the_earlier_spelling_stays_where_two_mean_the_same() {
        let same: fn(&Value, &Value) -> bool = |one, other| {
            let lower = |value: &Value| match value {
                Value::Known(Data::String(text)) => text.to_lowercase(),
                _ => String::new(),
            };
            lower(one) == lower(other)
        };
        let wait = || AttributeSchema { same: Some(same), ..text("wait", Presence::Optional) };
        let block = block(vec![
            wait(),
            objects("set", Presence::Optional, Nesting::Set, vec![wait()]),
            objects("list", Presence::Optional, Nesting::List, vec![wait()]),
        ]);
        let one = |text: &str| object([("wait", word(text))]);
        let whole = |texts: [&str; 4]| {
            let [wait, first, second, third] = texts;
            object([
                ("wait", word(wait)),
                ("set", sequence([one(first), one(second)])),
                ("list", sequence([one(third)])),
            ])
        };
        let (earlier, later) = (whole(["A", "B", "C", "D"]), whole(["a", "c", "b", "e"]));
        let kept = keep_spelling((&block).into(), later, &earlier);
        assert_eq!(kept, whole(["A", "C", "B", "e"]));
    }

    #[test]
    fn write_only_values_come_and_go() {
        let secret = AttributeSchema { write_only: true, ..text("secret", Presence::Optional) };
        let block =
            block(vec![secret.clone(), objects("in", Presence::Optional, Nesting::Single, vec![secret])]);
        let whole = |text: &str| object([("secret", word(text)), ("in", object([("secret", word(text))]))]);
        assert_eq!(without_write_only((&block).into(), whole("hunter2")), whole("-"));
        assert_eq!(with_write_only((&block).into(), whole("-"), &whole("hunter2")), whole("hunter2"));
    }

    #[test]
    fn absent_blocks_are_empty_and_a_single_one_may_be_null() {
        let block = Block {
            blocks: vec![
                blocks("list", Nesting::List, vec![]),
                blocks("map", Nesting::Map, vec![]),
                blocks("one", Nesting::Single, vec![]),
            ],
            ..Block::default()
        };
        let filled = with_empty_blocks((&block).into(), object([]));
        assert_eq!(filled, object([("list", sequence([])), ("map", object([])), ("one", Value::Null)]));
    }

    #[test]
    fn what_never_became_known_is_null() {
        let half = object([
            ("a", word("?")),
            ("b", sequence([word("?"), word("x")])),
            ("c", object([("d", word("?"))])),
        ]);
        let whole = object([
            ("a", word("-")),
            ("b", sequence([word("-"), word("x")])),
            ("c", object([("d", word("-"))])),
        ]);
        assert_eq!(unknown_to_null(half), whole);
    }
}
