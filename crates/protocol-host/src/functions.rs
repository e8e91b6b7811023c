//! Functions.

use tfplugin::{Value, testing::encode_as};
use tfplugin_proto::tfplugin6::{DynamicValue, call_function};

use crate::{
    Host,
    host::{answered, read_as},
};

impl Host {
    /// Calls a function. `tofu`: as OpenTofu does, which sends a null argument as an empty value.
    ///
    /// # Errors
    /// The text of the function's error, with the argument that it is about.
    ///
    /// # Panics
    /// If there is neither a result nor an error, or both, or the error is about an argument that there is not.
    pub async fn call(
        &self,
        name: &str,
        arguments: &[Value],
        tofu: bool,
    ) -> Result<Value, (String, Option<usize>)> {
        let function = &self.declared().functions[name];
        let encode = |(value, (value_type, _)): (&Value, &(_, bool))| {
            if tofu && value.is_null() { DynamicValue::default() } else { encode_as(value, value_type) }
        };
        let request = call_function::Request {
            name: name.to_owned(),
            arguments: arguments.iter().zip(&function.parameters).map(encode).collect(),
        };
        let response = answered(self.client().call_function(request).await);
        assert!(response.result.is_some() != response.error.is_some(), "{response:?}");
        if let Some(error) = response.error {
            let argument = error.function_argument.map(|index| usize::try_from(index).expect("an index"));
            assert!(argument.is_none_or(|index| index < arguments.len()), "{name}: {argument:?}");
            assert!(!error.text.is_empty());
            return Err((error.text, argument));
        }
        let result = read_as(response.result.as_ref(), &function.result);
        assert!(result.is_wholly_known(), "{name}: {result:?}");
        Ok(result)
    }
}
