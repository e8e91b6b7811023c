//! Changes of a planned object, attribute by attribute at any depth, each by its configuration and its prior value.

use super::{
    compare, nulls,
    object::{self, Object},
    walk::{Action, Node, Visitor, walk, walk_set},
};
use crate::{
    schema::{AttributeSchema, NestedBlock, Nesting, Presence, Shape},
    value::{Data, Value},
};

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanInputs<'a> {
    /// The configuration.
    pub(crate) config: &'a Value,
    /// The state before.
    pub(crate) prior: &'a Value,
}

/// Fills in the schema's default where the configuration has no value.
pub(crate) fn apply_defaults(object: Object<'_>, planned: Value, inputs: PlanInputs<'_>) -> Value {
    transform(object, [&planned, inputs.config, inputs.prior], |attribute, [_, config, _]| {
        attribute.default.filter(|_| config.is_null()).map(|default| default())
    })
    .unwrap_or(planned)
}

/// Gives sets all configured elements, where core proposes fewer and then rejects that as the plan (`objchange.ProposedNew` and
/// `AssertPlanValid`): an element that leaves a computed value open gets that of a prior element, which may be configured too, so that both
/// become one. A set that is planned as it was stays as it is: core accepts that, and the caller has found it before.
pub(crate) fn with_configured_elements(object: Object<'_>, planned: Value, inputs: PlanInputs<'_>) -> Value {
    let restored =
        transform(object, [&planned, inputs.config, inputs.prior], |attribute, [planned, config, _]| {
            let is_set = matches!(attribute.shape, Shape::Nested { nesting: Nesting::Set, .. });
            let is_short = object::sequence(planned).len() < object::sequence(config).len();
            (is_set && is_short && config.is_wholly_known()).then(|| config.clone())
        });
    match restored {
        Some(restored) => apply_defaults(object, restored, inputs),
        None => planned,
    }
}

/// Marks every computed value that is not configured: only an apply computes it.
pub(crate) fn mark_unknown(object: Object<'_>, planned: Value, inputs: PlanInputs<'_>) -> Value {
    transform(object, [&planned, inputs.config, inputs.prior], |attribute, [_, config, _]| {
        is_open(attribute, config).then_some(Value::Unknown)
    })
    .unwrap_or(planned)
}

/// Marks every computed value that is not configured and was only carried over: a replacement computes it again.
pub(crate) fn mark_carried_over(object: Object<'_>, planned: Value, inputs: PlanInputs<'_>) -> Value {
    transform(object, [&planned, inputs.config, inputs.prior], |attribute, [planned, config, prior]| {
        let is_carried_over = compare::equal(&attribute.shape.value_type(), planned, prior);
        (is_open(attribute, config) && is_carried_over).then_some(Value::Unknown)
    })
    .unwrap_or(planned)
}

/// Keeps the earlier spelling of a value that means the same.
pub(crate) fn keep_spelling(object: Object<'_>, value: Value, earlier: &Value) -> Value {
    // Elements of a set are found by their configuration; here each is its own.
    transform(object, [&value, &value, earlier], |attribute, [value, _, earlier]| {
        compare::is_respelling(attribute, earlier, value).then(|| earlier.clone())
    })
    .unwrap_or(value)
}

/// What author's code returned, as it was written: with the earlier spelling, and with the keys of maps whose value is null, which
/// author's code does not receive.
pub(crate) fn as_written(object: Object<'_>, value: Value, earlier: &Value) -> Value {
    let value = keep_nulls(object, value, earlier);
    keep_spelling(object, value, earlier)
}

/// Puts back the keys of maps whose value is null.
pub(crate) fn keep_nulls(object: Object<'_>, value: Value, earlier: &Value) -> Value {
    transform(object, [&value, &value, earlier], |attribute, [value, _, earlier]| match &attribute.shape {
        Shape::Type(value_type) => nulls::restored(value_type, value, earlier),
        Shape::Nested { .. } => None,
    })
    .unwrap_or(value)
}

/// Removes write-only values, which are never stored.
pub(crate) fn without_write_only(object: Object<'_>, value: Value) -> Value {
    transform(object, [&value, &value, &Value::Null], |attribute, _| {
        attribute.write_only.then_some(Value::Null)
    })
    .unwrap_or(value)
}

/// Adds the write-only values of the configuration, for the one call that may use them.
pub(crate) fn with_write_only(object: Object<'_>, planned: Value, config: &Value) -> Value {
    transform(object, [&planned, config, &Value::Null], |attribute, [_, config, _]| {
        attribute.write_only.then(|| config.clone())
    })
    .unwrap_or(planned)
}

/// Gives absent blocks the empty form that Terraform requires.
pub(crate) fn with_empty_blocks(object: Object<'_>, value: Value) -> Value {
    walk(object, [&value], &mut EmptyBlocks).unwrap_or(value)
}

/// Replaces unknown by null, for the state of an object of which not all is known.
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

/// Whether the provider may still decide the value.
fn is_open(attribute: &AttributeSchema, config: &Value) -> bool {
    let may_decide = match attribute.presence {
        Presence::Computed => true,
        Presence::OptionalComputed => config.is_null(),
        Presence::Required | Presence::Optional => false,
    };
    may_decide && attribute.default.is_none()
}

/// Changes the first of planned, config, and prior: each attribute for which `change` returns another value.
fn transform(
    object: Object<'_>,
    values: [&Value; 3],
    change: impl Fn(&AttributeSchema, [&Value; 3]) -> Option<Value>,
) -> Option<Value> {
    walk(object, values, &mut Transform(change))
}

struct Transform<F>(F);

impl<F: Fn(&AttributeSchema, [&Value; 3]) -> Option<Value>> Visitor<3> for Transform<F> {
    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 3>) -> Action {
        self.0(attribute, node.values).map_or(Action::Descend, Action::Substitute)
    }

    fn block(&mut self, nested: &NestedBlock, node: &Node<'_, 3>) -> Action {
        if nested.nesting != Nesting::Set {
            return Action::Descend;
        }
        // Core compares the blocks of a set with the configuration alone.
        self.visit_set((&nested.block).into(), node, &[]).map_or(Action::Keep, Action::Substitute)
    }

    fn set(&mut self, object: Object<'_>, node: &Node<'_, 3>) -> Option<Value> {
        let [_, _, prior] = node.values;
        self.visit_set(object, node, object::sequence(prior))
    }
}

impl<F> Transform<F>
where
    Self: Visitor<3>,
{
    /// Finds the elements of a set as core does (`objchange.ProposedNew`): by what is configured.
    fn visit_set<'a>(
        &mut self,
        object: Object<'_>,
        node: &Node<'a, 3>,
        priors: &'a [Value],
    ) -> Option<Value> {
        let [_, config, _] = node.values;
        let mut configs: Vec<&Value> = object::sequence(config).iter().collect();
        let mut priors: Vec<&Value> = priors.iter().collect();
        walk_set(object, node, self, |element| {
            let config = take(&mut configs, |config| compare::elaborates(object, config, element));
            let prior = take(&mut priors, |prior| compare::same_meaning(object, prior, element));
            // The provider added an element that is not configured: it stays as it is.
            Some([element, config?, prior.unwrap_or(&Value::Null)])
        })
    }
}

fn take<'a>(values: &mut Vec<&'a Value>, is_wanted: impl Fn(&Value) -> bool) -> Option<&'a Value> {
    let position = values.iter().position(|value| is_wanted(value))?;
    Some(values.remove(position))
}

struct EmptyBlocks;

impl Visitor<1> for EmptyBlocks {
    fn attribute(&mut self, _attribute: &AttributeSchema, _node: &Node<'_, 1>) -> Action {
        Action::Keep
    }

    fn block(&mut self, nested: &NestedBlock, node: &Node<'_, 1>) -> Action {
        let [blocks] = node.values;
        if !blocks.is_null() {
            return Action::Descend;
        }
        Action::Substitute(match nested.nesting {
            Nesting::List | Nesting::Set => Value::Known(Data::Sequence(Vec::new())),
            Nesting::Map => Value::Known(Data::Mapping([].into())),
            Nesting::Single => Value::Null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::testing::{block, blocks, object, objects, sequence, text, word},
        schema::{Block, Presence},
    };

    /// An element with a written name, a written or computed comment, and a computed mark.
    fn element() -> Vec<AttributeSchema> {
        vec![
            text("name", Presence::Required),
            text("comment", Presence::OptionalComputed),
            text("mark", Presence::Computed),
        ]
    }

    fn part(name: &str, comment: &str, mark: &str) -> Value {
        object([("name", word(name)), ("comment", word(comment)), ("mark", word(mark))])
    }

    fn parts(nesting: Nesting) -> Block {
        block(vec![objects("parts", Presence::Optional, nesting, element())])
    }

    #[track_caller]
    fn check_marked(block: &Block, planned: Value, config: &Value, expected: Value) {
        let (planned, config) = (object([("parts", planned)]), object([("parts", config.clone())]));
        let inputs = PlanInputs { config: &config, prior: &Value::Null };
        assert_eq!(mark_unknown(block.into(), planned, inputs), object([("parts", expected)]));
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
    fn a_set_has_all_configured_elements_though_core_proposes_two_as_one() {
        let block = parts(Nesting::Set);
        let whole = |parts: Value| object([("parts", parts)]);
        let prior = whole(sequence([part("a", "written", "m"), part("b", "-", "m")]));
        let config = whole(sequence([part("a", "-", "-"), part("a", "written", "-")]));
        // With the computed comment of the first prior element, the first becomes the second.
        let proposed = whole(sequence([part("a", "written", "m")]));
        let inputs = PlanInputs { config: &config, prior: &prior };
        let planned = with_configured_elements((&block).into(), proposed.clone(), inputs);
        assert_eq!(planned, config);
        let marked = mark_unknown((&block).into(), planned, inputs);
        assert_eq!(marked, whole(sequence([part("a", "?", "?"), part("a", "written", "?")])));

        let inputs = PlanInputs { config: &proposed, prior: &prior };
        assert_eq!(with_configured_elements((&block).into(), proposed.clone(), inputs), proposed);
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
        let attribute = AttributeSchema {
            default: Some(|| word("default")),
            ..text("comment", Presence::OptionalComputed)
        };
        let block = block(vec![attribute]);
        for (config, expected) in [("-", "default"), ("mine", "mine"), ("?", "?")] {
            let config = object([("comment", word(config))]);
            let planned = if config.member("comment").is_null() {
                object([("comment", word("old"))])
            } else {
                config.clone()
            };
            let inputs = PlanInputs { config: &config, prior: &Value::Null };
            let planned = apply_defaults((&block).into(), planned, inputs);
            assert_eq!(planned, object([("comment", word(expected))]));
            assert_eq!(mark_unknown((&block).into(), planned.clone(), inputs), planned);
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
