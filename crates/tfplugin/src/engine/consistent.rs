//! Whether what exists after an apply is what was planned, wherever the plan was known (`objchange.AssertObjectCompatible`).

use super::{
    object::{self, Object, Place},
    operation::PROVIDER_BUG,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    schema::{AttributeSchema, Nesting},
    value::{Data, Type, Value},
};

/// Compares, and reports every difference at its place.
pub(crate) fn check(object: Object<'_>, planned: &Value, actual: &Value, report: &mut Diagnostics) {
    check_object(object, planned, actual, &Place::default(), report);
}

/// Reports what is still unknown where everything must be known by now.
pub(crate) fn check_known(object: Object<'_>, actual: &Value, report: &mut Diagnostics) {
    check_known_object(object, actual, &Place::default(), report);
}

fn check_object(
    object: Object<'_>,
    planned: &Value,
    actual: &Value,
    place: &Place,
    report: &mut Diagnostics,
) {
    if planned.is_unknown() {
        return;
    }
    if planned.is_null() != actual.is_null() {
        return report.push(differs(place, &existence(planned, actual)));
    }
    for attribute in object.attributes {
        let (planned, actual) = (planned.member(attribute.name), actual.member(attribute.name));
        check_attribute(attribute, planned, actual, &place.member(attribute.name), report);
    }
    for nested in object.blocks {
        let (planned, actual) = (planned.member(nested.name), actual.member(nested.name));
        let place = place.member(nested.name);
        check_nested(nested.nesting, (&nested.block).into(), planned, actual, &place, report);
    }
}

fn check_attribute(
    attribute: &AttributeSchema,
    planned: &Value,
    actual: &Value,
    place: &Place,
    report: &mut Diagnostics,
) {
    if planned.is_unknown() || compatible(&attribute.shape.value_type(), planned, actual) {
        return;
    }
    if let (Some((nesting, inner)), false) = (object::nested(attribute), attribute.sensitive) {
        return check_nested(nesting, inner, planned, actual, place, report);
    }
    let what = if attribute.sensitive {
        "another value than planned (not shown, it is sensitive)".to_owned()
    } else {
        format!("planned was {}, but it is {}", shown(planned), shown(actual))
    };
    report.push(differs(place, &what));
}

fn check_nested(
    nesting: Nesting,
    object: Object<'_>,
    planned: &Value,
    actual: &Value,
    place: &Place,
    report: &mut Diagnostics,
) {
    match (nesting, planned, actual) {
        (_, Value::Unknown, _) => {}
        (Nesting::Single, ..) => check_object(object, planned, actual, place, report),
        (Nesting::List, Value::Known(Data::Sequence(planned)), Value::Known(Data::Sequence(actual)))
            if planned.len() == actual.len() =>
        {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                check_object(object, planned, actual, &place.index(index), report);
            }
        }
        (Nesting::Map, Value::Known(Data::Mapping(planned)), Value::Known(Data::Mapping(actual)))
            if planned.keys().eq(actual.keys()) =>
        {
            for (key, planned) in planned {
                check_object(object, planned, &actual[key], &place.key(key), report);
            }
        }
        (Nesting::Set, Value::Known(Data::Sequence(planned)), Value::Known(Data::Sequence(actual)))
            if planned.len() >= actual.len() =>
        {
            let same = |planned: &Value, actual: &Value| {
                let mut report = Diagnostics::default();
                check_object(object, planned, actual, &Place::default(), &mut report);
                report.is_empty()
            };
            if !pairs(planned, actual, same) {
                report.push(differs(place, "an element of the set is not as planned"));
            }
        }
        _ if planned.is_null() || actual.is_null() => {
            report.push(differs(place, &existence(planned, actual)));
        }
        _ => report.push(differs(place, "it has other elements than planned")),
    }
}

/// Whether a value can be what a plan, unknown in parts, became.
fn compatible(value_type: &Type, planned: &Value, actual: &Value) -> bool {
    let (Value::Known(planned), Value::Known(actual)) = (planned, actual) else {
        return planned.is_unknown() || planned.is_null() && actual.is_null();
    };
    match (planned, actual, value_type) {
        (Data::Sequence(planned), Data::Sequence(actual), Type::Set(element)) => {
            planned.len() >= actual.len()
                && pairs(planned, actual, |planned, actual| compatible(element, planned, actual))
        }
        (Data::Sequence(planned), Data::Sequence(actual), Type::List(element)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(planned, actual)| compatible(element, planned, actual))
        }
        (Data::Sequence(planned), Data::Sequence(actual), Type::Tuple(elements)) => {
            planned.len() == actual.len()
                && elements
                    .iter()
                    .zip(planned.iter().zip(actual))
                    .all(|(element, (planned, actual))| compatible(element, planned, actual))
        }
        (Data::Mapping(planned), Data::Mapping(actual), Type::Map(element)) => {
            planned.keys().eq(actual.keys())
                && planned.iter().all(|(key, planned)| compatible(element, planned, &actual[key]))
        }
        (Data::Mapping(planned), Data::Mapping(actual), Type::Object(attributes)) => {
            attributes.iter().all(|(name, attribute)| {
                let (planned, actual) = (planned.get(name), actual.get(name));
                compatible(attribute, planned.unwrap_or(&Value::Null), actual.unwrap_or(&Value::Null))
            })
        }
        (Data::Dynamic(planned), Data::Dynamic(actual), _) => compatible(&actual.0, &planned.1, &actual.1),
        _ => planned == actual,
    }
}

/// Each has a counterpart on the other side; several unknown ones may have become the same.
fn pairs(planned: &[Value], actual: &[Value], same: impl Fn(&Value, &Value) -> bool) -> bool {
    planned.iter().all(|planned| actual.iter().any(|actual| same(planned, actual)))
        && actual.iter().all(|actual| planned.iter().any(|planned| same(planned, actual)))
}

fn check_known_object(object: Object<'_>, actual: &Value, place: &Place, report: &mut Diagnostics) {
    for attribute in object.attributes {
        let (value, place) = (actual.member(attribute.name), place.member(attribute.name));
        match object::nested(attribute) {
            _ if value.is_wholly_known() => {}
            Some((nesting, inner)) if !value.is_unknown() => {
                for (place, element) in object::elements(nesting, value, &place) {
                    check_known_object(inner, element, &place, report);
                }
            }
            _ => report.push(unknown(&place)),
        }
    }
    for nested in object.blocks {
        let (value, place) = (actual.member(nested.name), place.member(nested.name));
        if value.is_unknown() {
            report.push(unknown(&place));
        }
        for (place, element) in object::elements(nested.nesting, value, &place) {
            check_known_object((&nested.block).into(), element, &place, report);
        }
    }
}

fn differs(place: &Place, what: &str) -> Diagnostic {
    let path = place.path();
    Diagnostic::error(
        "Provider made something else than planned",
        format!(
            "{path}: {what}. The object exists, and the state holds it as it is; look at it before applying again. \
             {PROVIDER_BUG}"
        ),
    )
    .at_path(path)
}

fn unknown(place: &Place) -> Diagnostic {
    let path = place.path();
    Diagnostic::error(
        "Provider left a value unknown",
        format!("{path} is not known even now that the object has been dealt with. {PROVIDER_BUG}"),
    )
    .at_path(path)
}

fn existence(planned: &Value, actual: &Value) -> String {
    let word = |value: &Value| if value.is_null() { "null" } else { "a value" };
    format!("planned was {}, but it is {}", word(planned), word(actual))
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
        engine::testing::{block, object, objects, sequence, text, word},
        schema::{Presence, Shape},
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
