//! Functions, without their types.

use super::{Descriptor, Erased, Kind};
use crate::{
    attribute::Attribute as _,
    function::{Function, FunctionError},
    path::Step,
    schema::{Place, Schema},
    value::{Type, Value, ValueError},
};

/// A [`Function`] without its type.
pub(crate) trait ErasedFunction: Send + Sync {
    fn descriptor(&self) -> Descriptor;
    fn output(&self) -> Type;
    fn call(&self, arguments: &Value) -> Result<Value, FunctionError>;
}

impl Kind for dyn ErasedFunction {
    const NAME: &'static str = "function";
    const PLACE: Place = Place::Function;

    fn descriptor(&self) -> Descriptor {
        ErasedFunction::descriptor(self)
    }
}

impl<F: Function> ErasedFunction for Erased<F> {
    fn descriptor(&self) -> Descriptor {
        Descriptor::of::<F>()
    }

    fn output(&self) -> Type {
        F::Output::shape().value_type()
    }

    fn call(&self, arguments: &Value) -> Result<Value, FunctionError> {
        let function = F::from_value(arguments)
            .map_err(|error| FunctionError { text: error.to_string(), parameter: parameter::<F>(&error) })?;
        Ok(function.call()?.to_value())
    }
}

/// The parameter that an error is about.
fn parameter<S: Schema>(error: &ValueError) -> Option<&'static str> {
    let Step::Attribute(name) = error.path.steps().first()? else { return None };
    S::block().attributes.iter().map(|attribute| attribute.name).find(|known| known == name)
}
