//! CallFunction: arguments by position, the result, or which argument is wrong.

use super::{nulls, validate};
use crate::{diagnostics::Error, offers::OfferedFunction, value::Value};

/// Why a call was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) text: String,
    /// The position of the argument, from 0.
    pub(crate) argument: Option<i64>,
}

/// Checks that there is an argument for each parameter.
pub(crate) fn check_count(function: &OfferedFunction, given: usize) -> Result<(), Error> {
    let (name, wanted) = (function.descriptor.name, function.descriptor.block.attributes.len());
    if given == wanted {
        return Ok(());
    }
    let detail =
        format!("{name} takes {wanted} arguments, and was given {given}. Give it one for each parameter.");
    Err(Error::new("Wrong number of arguments", detail))
}

/// Calls a function with its arguments in the order of its parameters.
pub(crate) fn call(function: &OfferedFunction, arguments: Vec<Value>) -> Result<Value, Refusal> {
    let parameters = &function.descriptor.block.attributes;
    for (position, (parameter, argument)) in (0..).zip(parameters.iter().zip(&arguments)) {
        let of_nulls = nulls::faults(parameter, argument).into_iter().map(|(_, text)| text);
        let of_rules = validate::faults(parameter, argument).into_iter().map(|(_, text)| text);
        if let Some(text) = of_nulls.chain(of_rules).next() {
            return Err(Refusal { text, argument: Some(position) });
        }
    }
    let named = Value::mapping(parameters.iter().map(|parameter| parameter.name).zip(arguments));
    function.code.call(&named).map_err(|error| {
        let named = |name| (0..).zip(parameters).find(|(_, parameter)| parameter.name == name);
        Refusal { argument: error.parameter.and_then(named).map(|(position, _)| position), text: error.text }
    })
}
