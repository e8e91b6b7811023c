//! Whether a plan follows the configuration, as core will check it (`objchange.AssertPlanValid`): a plan hook that breaks the
//! rules is told by name, before core can only say that the provider is at fault.

use super::{
    compare,
    object::{self, Object, Place},
    operation::PROVIDER_BUG,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    schema::{AttributeSchema, Nesting, Presence},
    value::{Data, Value},
};

/// The three values of one thing.
#[derive(Clone, Copy)]
pub(crate) struct PlanSides<'a> {
    pub(crate) prior: &'a Value,
    pub(crate) config: &'a Value,
    pub(crate) planned: &'a Value,
}

/// Checks a plan, and reports what core would refuse.
pub(crate) fn check(object: Object<'_>, sides: PlanSides<'_>, report: &mut Diagnostics) {
    check_object(object, sides, &Place::default(), report);
}

fn check_object(object: Object<'_>, sides: PlanSides<'_>, place: &Place, report: &mut Diagnostics) {
    match (sides.config, sides.planned) {
        (Value::Known(_), Value::Known(_)) => {}
        (Value::Null, Value::Null) | (Value::Unknown, Value::Unknown) => return,
        _ => return complain(place, "is planned to be there or not, other than configured", report),
    }
    for attribute in object.attributes {
        check_attribute(attribute, sides.member(attribute.name), &place.member(attribute.name), report);
    }
    for nested in object.blocks {
        let (sides, place) = (sides.member(nested.name), place.member(nested.name));
        if sides.config != sides.planned {
            check_nested(nested.nesting, (&nested.block).into(), sides, &place, report);
        }
    }
}

fn check_attribute(
    attribute: &AttributeSchema,
    sides: PlanSides<'_>,
    place: &Place,
    report: &mut Diagnostics,
) {
    let value_type = attribute.shape.value_type();
    let PlanSides { prior, config, planned } = sides;
    let as_configured = compare::equal(&value_type, planned, config);
    let as_before = !prior.is_null() && !config.is_null() && compare::equal(&value_type, planned, prior);
    let is_free = match attribute.presence {
        Presence::Computed => true,
        Presence::OptionalComputed => config.is_null(),
        Presence::Required | Presence::Optional => attribute.write_only,
    };
    if as_configured || as_before || is_free {
        return;
    }
    if config.is_null() {
        return complain(place, "has a planned value, but is not configured, and not computed", report);
    }
    match object::nested(attribute) {
        Some((nesting, inner)) => check_nested(nesting, inner, sides, place, report),
        None => complain(place, "is planned other than configured", report),
    }
}

fn check_nested(
    nesting: Nesting,
    object: Object<'_>,
    sides: PlanSides<'_>,
    place: &Place,
    report: &mut Diagnostics,
) {
    match (nesting, sides.config, sides.planned) {
        (Nesting::Single, ..) => check_object(object, sides, place, report),
        (Nesting::List, Value::Known(Data::Sequence(config)), Value::Known(Data::Sequence(planned)))
            if config.len() == planned.len() =>
        {
            for index in 0..planned.len() {
                check_object(object, sides.element(index), &place.index(index), report);
            }
        }
        (Nesting::Map, Value::Known(Data::Mapping(config)), Value::Known(Data::Mapping(planned)))
            if config.keys().eq(planned.keys()) =>
        {
            for key in planned.keys() {
                check_object(object, sides.member(key), &place.key(key), report);
            }
        }
        (Nesting::Set, Value::Known(Data::Sequence(config)), Value::Known(Data::Sequence(planned)))
            if config.len() == planned.len() =>
        {
            let follows = |config: &Value, planned: &Value| {
                let mut report = Diagnostics::default();
                let sides = PlanSides { prior: &Value::Null, config, planned };
                check_object(object, sides, &Place::default(), &mut report);
                report.is_empty()
            };
            let prior = object::sequence(sides.prior);
            let all_follow = planned.iter().all(|planned| {
                config.iter().any(|config| follows(config, planned))
                    || prior.iter().any(|prior| compare::same_meaning(object, prior, planned))
            });
            if !all_follow {
                complain(place, "has an element that is planned other than configured", report);
            }
        }
        _ => complain(place, "is planned with other elements than configured", report),
    }
}

fn complain(place: &Place, what: &str, report: &mut Diagnostics) {
    let path = place.path();
    report.push(
        Diagnostic::error(
            "Provider planned what was not configured",
            format!("{path} {what}. Nothing was changed. {PROVIDER_BUG}"),
        )
        .at_path(path),
    );
}

impl PlanSides<'_> {
    fn member(self, name: &str) -> Self {
        let Self { prior, config, planned } = self;
        Self { prior: prior.member(name), config: config.member(name), planned: planned.member(name) }
    }

    fn element(self, index: usize) -> Self {
        Self {
            prior: object::element(self.prior, index),
            config: object::element(self.config, index),
            planned: object::element(self.planned, index),
        }
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
        check((&block).into(), PlanSides { prior: &prior, config: &config, planned: &planned }, &mut report);
        assert_eq!(report.is_empty(), allowed, "{report:?}");
    }

    #[test]
    fn a_plan_follows_the_configuration_or_keeps_what_was() {
        use Presence::{Computed, Optional, OptionalComputed};
        for (presence, sides, allowed) in [
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
            check_text(presence, sides, allowed);
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
                PlanSides { prior: &Value::Null, config: &config, planned: &planned },
                &mut report,
            );
            let found: Vec<_> = report.iter().map(|message| message.path.to_string()).collect();
            assert_eq!(found.join(" "), expected, "{planned:?}");
        }
    }
}
