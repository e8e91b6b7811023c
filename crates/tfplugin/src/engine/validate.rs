//! Checks of a configuration against its schema: all that core leaves to the provider, every complaint at once.
//!
//! Core checks types, required attributes (though an explicit null passes) and the number of blocks. Unknown values are
//! never complained about.

use super::walk::{Action, Node, Visitor, walk};
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
    walk(block.into(), [config], &mut ConfigCheck { write_only, report: &mut report });
    if let Err(error) = own_rules(config, &mut report) {
        report.extend(error.into_messages());
    }
    report
}

/// Visits config.
struct ConfigCheck<'a> {
    write_only: WriteOnly,
    report: &'a mut Diagnostics,
}

impl Visitor<1> for ConfigCheck<'_> {
    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, 1>) -> Action {
        let (name, [value]) = (attribute.name, node.values);
        let mut complain = |summary: &str, detail: String| {
            self.report.push(Diagnostic::error(summary, detail).at_path(node.path()));
        };
        match (attribute.presence, value) {
            (Presence::Required, Value::Null) => complain(
                "Missing required argument",
                format!(
                    "The argument {name:?} is required, but no value was given, or null. Give it a value."
                ),
            ),
            (Presence::Computed, Value::Known(_) | Value::Unknown) => complain(
                "Read-only attribute is set",
                format!(
                    "The provider decides the value of {name:?}: it cannot be configured. Remove it from the configuration."
                ),
            ),
            _ => {}
        }
        if attribute.write_only && self.write_only == WriteOnly::Refused && !value.is_null() {
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
        Action::Descend
    }
}
