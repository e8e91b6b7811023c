//! Whether what exists after an apply is what was planned, wherever the plan was known (`objchange.AssertObjectCompatible`).

use super::{
    compare,
    object::{self, Object},
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, PROVIDER_BUG},
    schema::{AttributeSchema, NestedBlock, Nesting},
    value::{Data, Type, Value},
};

/// Compares, and reports every difference at its place.
pub(crate) fn check(object: Object<'_>, planned: &Value, actual: &Value, report: &mut Diagnostics) {
    walk(object, [planned, actual], &mut ResultCheck { report });
}

/// Reports what is still unknown where everything must be known by now.
pub(crate) fn check_known(object: Object<'_>, actual: &Value, report: &mut Diagnostics) {
    walk(object, [actual], &mut KnownCheck { report });
}

/// Visits planned and actual.
struct ResultCheck<'a> {
    report: &'a mut Diagnostics,
}

impl Visitor<2> for ResultCheck<'_> {
    fn object(&mut self, node: &Node<'_, 2>) -> bool {
        let [planned, actual] = node.values;
        if planned.is_null() != actual.is_null() && !planned.is_unknown() {
            let word = |value: &Value| if value.is_null() { "null" } else { "a value" };
            self.differs(node, &format!("planned was {}, but it is {}", word(planned), word(actual)));
            return false;
        }
        planned.as_known().is_some()
    }

    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 2>) -> Action {
        let [planned, actual] = node.values;
        if compatible(&attribute.shape.value_type(), planned, actual) {
            return Action::Keep;
        }
        if attribute.sensitive {
            self.differs(node, "another value than planned (not shown, it is sensitive)");
            return Action::Keep;
        }
        if object::nested(attribute).is_none() {
            self.differs(node, &format!("planned was {}, but it is {}", shown(planned), shown(actual)));
        }
        Action::Descend
    }

    fn elements(&mut self, nesting: Nesting, node: &Node<'_, 2>) -> bool {
        let [planned, actual] = node.values;
        let same = match nesting {
            // Several unknown elements may have become the same.
            Nesting::Set if actual.as_known().is_some() => {
                object::sequence(planned).len() >= object::sequence(actual).len()
            }
            _ => object::same_elements(planned, actual),
        };
        let exist = self.object(node);
        if exist && !same {
            self.differs(node, "it has other elements than planned");
        }
        exist && same
    }

    fn set(&mut self, object: Object<'_>, node: &Node<'_, 2>) -> Option<Value> {
        let [planned, actual] = node.values.map(object::sequence);
        let is_as_planned = |planned: &Value, actual: &Value| {
            let mut report = Diagnostics::default();
            check(object, planned, actual, &mut report);
            report.is_empty()
        };
        if !pairs(planned, actual, is_as_planned) {
            self.differs(node, "an element of the set is not as planned");
        }
        None
    }
}

impl ResultCheck<'_> {
    fn differs(&mut self, node: &Node<'_, 2>, what: &str) {
        let path = node.path();
        self.report.push(
            Diagnostic::error(
                "Provider made something else than planned",
                format!(
                    "{path}: {what}. The object exists, and the state holds it as it is; look at it before applying \
                     again. {PROVIDER_BUG}"
                ),
            )
            .at_path(path),
        );
    }
}

/// Visits actual.
struct KnownCheck<'a> {
    report: &'a mut Diagnostics,
}

impl Visitor<1> for KnownCheck<'_> {
    fn object(&mut self, _node: &Node<'_, 1>) -> bool {
        true
    }

    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 1>) -> Action {
        let [actual] = node.values;
        let has_unknown = !actual.is_wholly_known();
        self.check(node, actual.is_unknown() || has_unknown && object::nested(attribute).is_none())
    }

    fn block(&mut self, _nested: &NestedBlock, node: &Node<'_, 1>) -> Action {
        let [actual] = node.values;
        self.check(node, actual.is_unknown())
    }
}

impl KnownCheck<'_> {
    /// Reports what is unknown here, else looks inside.
    fn check(&mut self, node: &Node<'_, 1>, is_unknown: bool) -> Action {
        if !is_unknown {
            return Action::Descend;
        }
        let path = node.path();
        self.report.push(
            Diagnostic::error(
                "Provider left a value unknown",
                format!("{path} is not known even now that the object has been dealt with. {PROVIDER_BUG}"),
            )
            .at_path(path),
        );
        Action::Keep
    }
}

/// Whether a value can be what a plan, unknown in parts, became.
pub(crate) fn compatible(value_type: &Type, planned: &Value, actual: &Value) -> bool {
    let (Value::Known(planned), Value::Known(actual)) = (planned, actual) else {
        return planned.is_unknown() || planned.is_null() && actual.is_null();
    };
    match (value_type, planned, actual) {
        (Type::Set(element), Data::Sequence(planned), Data::Sequence(actual)) => {
            planned.len() >= actual.len()
                && pairs(planned, actual, |planned, actual| compatible(element, planned, actual))
        }
        (_, Data::Dynamic(planned), Data::Dynamic(actual)) => compatible(&actual.0, &planned.1, &actual.1),
        _ => compare::parts_relate(value_type, planned, actual, compatible),
    }
}

/// Whether every planned element has an actual counterpart, and the other way round.
fn pairs(planned: &[Value], actual: &[Value], same: impl Fn(&Value, &Value) -> bool) -> bool {
    planned.iter().all(|planned| actual.iter().any(|actual| same(planned, actual)))
        && actual.iter().all(|actual| planned.iter().any(|planned| same(planned, actual)))
}

/// A value for a message, cut where it gets long.
fn shown(value: &Value) -> String {
    const LIMIT: usize = 200;
    let text = written(value);
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Unknown => "(known after apply)".to_owned(),
        Value::Known(Data::Bool(yes)) => yes.to_string(),
        Value::Known(Data::Number(number)) => number.to_string(),
        Value::Known(Data::String(text)) => format!("{text:?}"),
        Value::Known(Data::Sequence(elements)) => {
            format!("[{}]", elements.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Value::Known(Data::Mapping(members)) => {
            let members = members.iter().map(|(name, value)| format!("{name:?} = {}", written(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Known(Data::Dynamic(inner)) => written(&inner.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::testing::{block, blocks, object, objects, sequence, text, word},
        schema::{Block, Presence, Shape},
    };

    #[track_caller]
    fn check_attribute(attribute: AttributeSchema, planned: Value, actual: Value, expected: &str) {
        let block = block(vec![attribute]);
        let mut report = Diagnostics::default();
        check((&block).into(), &object([("it", planned)]), &object([("it", actual)]), &mut report);
        let found: Vec<_> =
            report.iter().map(|message| message.detail.split(". ").next().unwrap_or_default()).collect();
        assert_eq!(found.join("; "), expected);
    }

    #[test]
    fn what_was_known_must_be_so_and_what_was_unknown_may_be_anything() {
        let it = || text("it", Presence::Optional);
        check_attribute(it(), word("a"), word("a"), "");
        check_attribute(it(), word("?"), word("a"), "");
        check_attribute(it(), word("?"), word("-"), "");
        check_attribute(it(), word("a"), word("b"), "it: planned was \"a\", but it is \"b\"");
        check_attribute(it(), word("-"), word(""), "it: planned was null, but it is \"\"");
        let secret = AttributeSchema { sensitive: true, ..it() };
        check_attribute(
            secret,
            word("a"),
            word("b"),
            "it: another value than planned (not shown, it is sensitive)",
        );
    }

    #[test]
    fn the_elements_of_a_set_pair_up() {
        let set = || AttributeSchema {
            shape: Shape::Type(Type::Set(Box::new(Type::String))),
            ..text("it", Presence::Optional)
        };
        check_attribute(set(), sequence([word("a"), word("b")]), sequence([word("b"), word("a")]), "");
        check_attribute(set(), sequence([word("?"), word("?")]), sequence([word("a")]), "");
        let grown = "it: planned was [(known after apply)], but it is [\"a\", \"b\"]";
        check_attribute(set(), sequence([word("?")]), sequence([word("a"), word("b")]), grown);
    }

    #[test]
    fn nested_objects_are_compared_at_their_place() {
        let inner = || vec![text("name", Presence::Optional), text("mark", Presence::Computed)];
        let part = |name: &str, mark: &str| object([("name", word(name)), ("mark", word(mark))]);
        let it = |nesting| objects("it", Presence::Optional, nesting, inner());
        check_attribute(it(Nesting::Single), part("a", "?"), part("a", "m"), "");
        let differs = "it.name: planned was \"a\", but it is \"b\"";
        check_attribute(it(Nesting::Single), part("a", "?"), part("b", "m"), differs);
        check_attribute(
            it(Nesting::Single),
            part("a", "?"),
            Value::Null,
            "it: planned was a value, but it is null",
        );
        let list = |name: &str, mark: &str| sequence([part(name, mark)]);
        check_attribute(
            it(Nesting::List),
            list("a", "?"),
            sequence([]),
            "it: it has other elements than planned",
        );
        let second = "it[0].name: planned was \"a\", but it is \"b\"";
        check_attribute(it(Nesting::List), list("a", "?"), list("b", "m"), second);
        let key = |name: &str| object([("k", part(name, "?"))]);
        check_attribute(
            it(Nesting::Map),
            key("a"),
            key("b"),
            "it[\"k\"].name: planned was \"a\", but it is \"b\"",
        );
        check_attribute(it(Nesting::Set), list("a", "?"), list("a", "m"), "");
        check_attribute(
            it(Nesting::Set),
            list("a", "?"),
            list("b", "m"),
            "it: an element of the set is not as planned",
        );
    }

    #[test]
    fn nothing_is_compared_inside_of_a_block_that_is_absent_as_planned() {
        let inner = Block {
            blocks: vec![blocks("list", Nesting::List, vec![])],
            ..block(vec![text("name", Presence::Optional)])
        };
        let single = NestedBlock { block: inner, ..blocks("it", Nesting::Single, vec![]) };
        let block = Block { blocks: vec![single], ..Block::default() };
        let mut report = Diagnostics::default();
        let absent = object([("it", Value::Null)]);
        check((&block).into(), &absent, &absent, &mut report);
        assert!(report.is_empty(), "{report:?}");
    }

    #[test]
    fn every_value_that_is_still_unknown_is_named() {
        let inner = vec![text("mark", Presence::Computed)];
        let block = block(vec![
            text("id", Presence::Computed),
            objects("parts", Presence::Optional, Nesting::List, inner),
        ]);
        let mut report = Diagnostics::default();
        let parts = sequence([object([("mark", word("m"))]), object([("mark", word("?"))])]);
        check_known((&block).into(), &object([("id", word("?")), ("parts", parts)]), &mut report);
        let found: Vec<_> = report.iter().map(|message| message.path.to_string()).collect();
        assert_eq!(found, ["id", "parts[1].mark"]);
    }

    #[test]
    fn long_values_are_cut() {
        let shown = shown(&word(&"ä".repeat(500)));
        assert!(shown.ends_with("ä…") && shown.chars().count() == 201, "{shown}");
    }
}
