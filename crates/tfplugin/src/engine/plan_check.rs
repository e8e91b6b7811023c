//! Whether a plan follows the configuration, as core will check it (`objchange.AssertPlanValid`): neither more nor less strictly. An
//! author's plan that breaks the rules is reported with the attribute's name; core would only report a fault in the provider.
//!
//! An object nested in an attribute that is unknown itself is one whose attributes are all unknown, and one that is null is one whose
//! attributes are all null: core proposes an unknown object in either form. Elements of sets cannot be correlated, so core trusts the
//! provider with them.

use std::ops::RangeInclusive;

use super::{
    compare,
    object::{self, Object},
    transform::PlanInputs,
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, PROVIDER_BUG},
    path::{AttributePath, Step},
    schema::{AttributeSchema, NestedBlock, Nesting, Presence},
    value::{Data, Value},
};

const ABSENT: &str = "is planned to be there or not, other than configured";
const ELEMENTS: &str = "is planned with other elements than configured";

/// Checks a plan, and reports what core would reject.
pub(crate) fn check(object: Object<'_>, planned: &Value, inputs: PlanInputs<'_>, report: &mut Diagnostics) {
    let mut check = PlanCheck { report };
    if planned.is_null() == inputs.config.is_null() {
        walk(object, [planned, inputs.config, inputs.prior], &mut check);
    } else {
        check.complain(AttributePath::root(), ABSENT);
    }
}

/// Visits planned, config, and prior.
struct PlanCheck<'a> {
    report: &'a mut Diagnostics,
}

impl Visitor<3> for PlanCheck<'_> {
    fn object(&mut self, _node: &Node<'_, 3>) -> bool {
        true
    }

    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 3>) -> Action {
        let [planned, config, prior] = node.values;
        let value_type = attribute.shape.value_type();
        let as_configured = compare::equal(&value_type, planned, config);
        let as_before = !prior.is_null() && !config.is_null() && compare::equal(&value_type, planned, prior);
        let is_free = match attribute.presence {
            Presence::Computed => true,
            Presence::OptionalComputed => config.is_null(),
            Presence::Required | Presence::Optional => attribute.write_only,
        };
        if as_configured || as_before || is_free {
            return Action::Keep;
        }
        if config.is_null() {
            self.complain(node.path(), "has a planned value, but is not configured, and not computed");
            return Action::Keep;
        }
        match object::nested(attribute) {
            None => self.complain(node.path(), "is planned other than configured"),
            Some(_) if planned.as_known().is_none() => self.complain(node.path(), ABSENT),
            Some((Nesting::Set, _)) => {
                let fits =
                    known_length(config).is_none_or(|count| possible_lengths(planned).contains(&count));
                if !fits {
                    self.complain(node.path(), ELEMENTS);
                }
            }
            Some(_) => return Action::Descend,
        }
        Action::Keep
    }

    fn block(&mut self, nested: &NestedBlock, node: &Node<'_, 3>) -> Action {
        let [planned, config, _] = node.values;
        let is_single = nested.nesting == Nesting::Single;
        if planned == config && (is_single || !planned.is_null()) {
            return Action::Keep;
        }
        // A collection of blocks is empty, never null; where the configuration has null, that means the same.
        let is_misplaced = if is_single {
            !compare::same_state(planned, config)
        } else {
            planned.as_known().is_none() || config.is_unknown()
        };
        if is_misplaced {
            self.complain(node.path(), ABSENT);
            return Action::Keep;
        }
        let mut is_sound = true;
        for (step, planned, config) in elements_of(nested.nesting, planned, config) {
            // Of elements of a set core knows no more than that.
            let is_as_configured = nested.nesting == Nesting::Set || planned.is_null() == config.is_null();
            if planned.is_unknown() || !is_as_configured {
                self.complain(node.path_to(step), ABSENT);
                is_sound = false;
            }
        }
        if is_sound && nested.nesting != Nesting::Set { Action::Descend } else { Action::Keep }
    }

    fn elements(&mut self, _nesting: Nesting, node: &Node<'_, 3>) -> bool {
        let [planned, config, _] = node.values;
        let same = !config.is_unknown()
            && object::sequence(planned).len() == object::sequence(config).len()
            && object::keys(planned).eq(object::keys(config));
        if !same {
            self.complain(node.path(), ELEMENTS);
        }
        same
    }
}

/// The planned blocks of one name, each with its step and its configuration, as far as there is one.
fn elements_of<'a>(
    nesting: Nesting,
    planned: &'a Value,
    config: &'a Value,
) -> Vec<(Option<Step>, &'a Value, &'a Value)> {
    match (nesting, planned) {
        (Nesting::List, Value::Known(Data::Sequence(planned))) => {
            let configs = object::sequence(config);
            let pairs = planned.iter().zip(configs).enumerate();
            pairs
                .map(|(index, (planned, config))| {
                    (i64::try_from(index).ok().map(Step::Index), planned, config)
                })
                .collect()
        }
        (Nesting::Set, Value::Known(Data::Sequence(planned))) => {
            planned.iter().map(|planned| (None, planned, &Value::Null)).collect()
        }
        (Nesting::Map, Value::Known(Data::Mapping(planned))) => planned
            .iter()
            .filter(|(key, _)| object::keys(config).any(|known| known == key.as_str()))
            .map(|(key, planned)| (Some(Step::Key(key.clone())), planned, config.member(key)))
            .collect(),
        _ => Vec::new(),
    }
}

/// How many elements a planned set may have: those that are not wholly known may turn out to be the same.
fn possible_lengths(set: &Value) -> RangeInclusive<usize> {
    let count = object::sequence(set).len();
    if set.is_wholly_known() || count == 1 { count..=count } else { 1..=count }
}

/// How many elements a configured set has, if that is certain.
fn known_length(set: &Value) -> Option<usize> {
    let count = object::sequence(set).len();
    (set.is_wholly_known() || count == 1).then_some(count)
}

impl PlanCheck<'_> {
    fn complain(&mut self, path: AttributePath, what: &str) {
        self.report.push(
            Diagnostic::error(
                "Provider planned what was not configured",
                format!("{path} {what}. Nothing was changed. {PROVIDER_BUG}"),
            )
            .at_path(path),
        );
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{block, object, objects, sequence, text, word};

    #[track_caller]
    fn check_text(presence: Presence, [prior, config, planned]: [&str; 3], allowed: bool) {
        let block = block(vec![text("it", presence)]);
        let [prior, config, planned] = [prior, config, planned].map(|text| object([("it", word(text))]));
        let mut report = Diagnostics::default();
        check((&block).into(), &planned, PlanInputs { config: &config, prior: &prior }, &mut report);
        assert_eq!(report.is_empty(), allowed, "{report:?}");
    }

    #[test]
    fn a_plan_follows_the_configuration_or_keeps_what_was() {
        use Presence::{Computed, Optional, OptionalComputed};
        for (presence, values, allowed) in [
            (Optional, ["-", "a", "a"], true),
            (Optional, ["b", "a", "b"], true),
            (Optional, ["b", "a", "c"], false),
            (Optional, ["b", "-", "b"], false),
            (Optional, ["-", "?", "?"], true),
            (Optional, ["-", "?", "a"], false),
            (Optional, ["-", "a", "?"], false),
            (OptionalComputed, ["-", "-", "?"], true),
            (OptionalComputed, ["-", "-", "a"], true),
            (OptionalComputed, ["-", "a", "?"], false),
            (Computed, ["a", "-", "b"], true),
        ] {
            check_text(presence, values, allowed);
        }
    }

    #[test]
    fn nested_objects_are_checked_at_their_place() {
        let inner = || vec![text("name", Presence::Optional), text("mark", Presence::Computed)];
        let part = |name: &str, mark: &str| object([("name", word(name)), ("mark", word(mark))]);
        for (nesting, config, planned, expected) in [
            (Nesting::Single, part("a", "-"), part("a", "?"), ""),
            (Nesting::Single, part("a", "-"), part("b", "?"), "it.name"),
            (Nesting::Single, part("a", "-"), Value::Unknown, "it"),
            (Nesting::List, sequence([part("a", "-")]), sequence([part("b", "?")]), "it[0].name"),
            (Nesting::List, sequence([part("a", "-")]), sequence([]), "it"),
            (
                Nesting::Map,
                object([("k", part("a", "-"))]),
                object([("k", part("b", "?"))]),
                "it[\"k\"].name",
            ),
            (
                Nesting::Set,
                sequence([part("a", "-"), part("b", "-")]),
                sequence([part("b", "?"), part("a", "m")]),
                "",
            ),
            (Nesting::Set, sequence([part("a", "-")]), sequence([part("a", "m"), part("c", "m")]), "it"),
            (Nesting::List, sequence([Value::Unknown]), sequence([part("?", "?")]), ""),
            (Nesting::List, sequence([Value::Unknown]), sequence([part("?", "m")]), ""),
            (Nesting::List, sequence([Value::Unknown]), sequence([part("b", "?")]), "it[0].name"),
            (Nesting::Map, object([("k", Value::Unknown)]), object([("k", part("?", "?"))]), ""),
            (Nesting::Set, sequence([Value::Unknown]), sequence([part("?", "?")]), ""),
            (Nesting::List, sequence([Value::Unknown]), sequence([Value::Null]), "it[0].name"),
        ] {
            let block = block(vec![objects("it", Presence::Optional, nesting, inner())]);
            let (config, planned) = (object([("it", config)]), object([("it", planned)]));
            let mut report = Diagnostics::default();
            check(
                (&block).into(),
                &planned,
                PlanInputs { config: &config, prior: &Value::Null },
                &mut report,
            );
            let found: Vec<_> = report.iter().map(|message| message.path.to_string()).collect();
            assert_eq!(found.join(" "), expected, "{planned:?}");
        }
    }
}
