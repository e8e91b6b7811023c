//! Checks of a configuration against its schema: all that core leaves to the provider, every complaint at once.
//!
//! Core checks types, required attributes (though an explicit null passes) and the number of blocks. Unknown values are
//! never complained about.

use super::object::{self, Object, Place};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, Error},
    schema::{AttributeSchema, Block, Presence},
    value::Value,
};

/// Whether write-only values can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteOnly {
    /// The host keeps them out of plan and state.
    Allowed,
    /// The host is too old for them.
    Refused,
}

/// Checks a configuration by its schema and then by its author's own rules, and reports all that is wrong.
pub(crate) fn check(
    block: &Block,
    config: &Value,
    write_only: WriteOnly,
    own_rules: impl FnOnce(&Value, &mut Diagnostics) -> Result<(), Error>,
) -> Diagnostics {
    let mut report = Diagnostics::default();
    check_object(block.into(), config, &Place::default(), write_only, &mut report);
    if let Err(error) = own_rules(config, &mut report) {
        report.extend(error.into_messages());
    }
    report
}

fn check_object(
    object: Object<'_>,
    config: &Value,
    place: &Place,
    write_only: WriteOnly,
    report: &mut Diagnostics,
) {
    let Value::Known(_) = config else { return };
    for attribute in object.attributes {
        let value = config.member(attribute.name);
        let place = place.member(attribute.name);
        check_attribute(attribute, value, &place, write_only, report);
        if let Some((nesting, inner)) = object::nested(attribute) {
            for (place, element) in object::elements(nesting, value, &place) {
                check_object(inner, element, &place, write_only, report);
            }
        }
    }
    for nested in object.blocks {
        let value = config.member(nested.name);
        for (place, element) in object::elements(nested.nesting, value, &place.member(nested.name)) {
            check_object((&nested.block).into(), element, &place, write_only, report);
        }
    }
}

fn check_attribute(
    attribute: &AttributeSchema,
    value: &Value,
    place: &Place,
    write_only: WriteOnly,
    report: &mut Diagnostics,
) {
    let name = attribute.name;
    let mut complain =
        |summary: &str, detail: String| report.push(Diagnostic::error(summary, detail).at_path(place.path()));
    match (attribute.presence, value) {
        (Presence::Required, Value::Null) => complain(
            "Missing required argument",
            format!("The argument {name:?} is required, but no value was given, or null. Give it a value."),
        ),
        (Presence::Computed, Value::Known(_) | Value::Unknown) => complain(
            "Read-only attribute is set",
            format!(
                "The provider decides the value of {name:?}: it cannot be configured. Remove it from the configuration."
            ),
        ),
        _ => {}
    }
    if attribute.write_only && write_only == WriteOnly::Refused && !value.is_null() {
        complain(
            "Write-only argument cannot be used",
            format!(
                "The value of {name:?} would end up in plan and state: this version of Terraform or OpenTofu has no \
                 write-only arguments. Use Terraform 1.11, OpenTofu 1.11 or newer, or leave the argument out."
            ),
        );
    }
    if !value.is_null() && value.is_wholly_known() {
        for validator in &attribute.validators {
            if let Err(detail) = validator(value) {
                complain(&format!("Invalid value for {name}"), detail);
            }
        }
    }
}
