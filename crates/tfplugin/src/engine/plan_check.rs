//! Whether a plan follows the configuration, as core will check it (`objchange.AssertPlanValid`). An
//! author's plan that breaks the rules is reported with the attribute's name; core would only report a fault in the provider.

use super::{
    compare,
    object::{self, Object},
    transform::PlanInputs,
    walk::{Action, Node, Visitor, walk},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, PROVIDER_BUG},
    schema::{AttributeSchema, NestedBlock, Nesting, Presence},
    value::Value,
};

/// Checks a plan, and reports what core would reject.
pub(crate) fn check(object: Object<'_>, planned: &Value, inputs: PlanInputs<'_>, report: &mut Diagnostics) {
    walk(object, [planned, inputs.config, inputs.prior], &mut PlanCheck { report });
}

/// Visits planned, config, and prior.
struct PlanCheck<'a> {
    report: &'a mut Diagnostics,
}

impl Visitor<3> for PlanCheck<'_> {
    fn object(&mut self, node: &Node<'_, 3>) -> bool {
        let [planned, config, _] = node.values;
        if !compare::same_state(planned, config) {
            self.complain(node, "is planned to be there or not, other than configured");
            return false;
        }
        planned.as_known().is_some()
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
            self.complain(node, "has a planned value, but is not configured, and not computed");
            return Action::Keep;
        }
        if object::nested(attribute).is_none() {
            self.complain(node, "is planned other than configured");
        }
        Action::Descend
    }

    fn block(&mut self, _nested: &NestedBlock, node: &Node<'_, 3>) -> Action {
        let [planned, config, _] = node.values;
        if planned == config { Action::Keep } else { Action::Descend }
    }

    fn elements(&mut self, _nesting: Nesting, node: &Node<'_, 3>) -> bool {
        let [planned, config, _] = node.values;
        let same = object::same_elements(planned, config);
        if !same {
            self.complain(node, "is planned with other elements than configured");
        }
        same
    }

    fn set(&mut self, object: Object<'_>, node: &Node<'_, 3>) -> Option<Value> {
        let [planned, config, prior] = node.values.map(object::sequence);
        let follows = |planned, config| {
            let mut report = Diagnostics::default();
            check(object, planned, PlanInputs { config, prior: &Value::Null }, &mut report);
            report.is_empty()
        };
        let is_sound = |planned| {
            config.iter().any(|config| follows(planned, config))
                || prior.iter().any(|prior| compare::same_meaning(object, prior, planned))
        };
        if !planned.iter().all(is_sound) {
            self.complain(node, "has an element that is planned other than configured");
        }
        None
    }
}

impl PlanCheck<'_> {
    fn complain(&mut self, node: &Node<'_, 3>, what: &str) {
        let path = node.path();
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
            (Nesting::Set, sequence([part("a", "-")]), sequence([part("c", "?")]), "it"),
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
