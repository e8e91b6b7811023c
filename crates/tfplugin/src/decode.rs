//! Values of the protocol as an author's types, with messages for users where a value does not fit.

use crate::{
    diagnostics::{Diagnostic, Error},
    path::AttributePath,
    schema::Schema,
    value::{Value, ValueError},
};

/// The attributes of a configuration or plan, unknown in parts.
pub(crate) fn partial<S: Schema>(value: &Value) -> Result<S::Partial, Error> {
    S::partial_from_value(value).map_err(|error| {
        misfit(
            "Configuration cannot be understood",
            &error,
            "Change the value so that it fits the provider's documentation; if it does, this is a bug in the provider: \
             report it to its developers.",
        )
    })
}

/// The attributes of a stored object.
pub(crate) fn state<S: Schema>(value: &Value) -> Result<S, Error> {
    S::from_value(value).map_err(|error| {
        misfit(
            "State cannot be understood",
            &error,
            "The state was edited by hand, or written by a version of the provider with which this one is not \
             compatible. Nothing was changed. Take the object out of the state (`terraform state rm`) and import it \
             again.",
        )
    })
}

/// The attributes of a plan at the time of apply.
pub(crate) fn planned<S: Schema>(value: &Value) -> Result<S, Error> {
    S::from_value(value).map_err(|error| {
        misfit(
            "Plan cannot be carried out",
            &error,
            "Nothing was done. This is a bug in the provider: report it to its developers.",
        )
    })
}

fn misfit(summary: &str, error: &ValueError, remedy: &str) -> Error {
    let place = if error.path == AttributePath::root() { String::new() } else { format!("{}: ", error.path) };
    Diagnostic::error(summary, format!("{place}{error}. {remedy}")).at_path(error.path.clone()).into()
}
