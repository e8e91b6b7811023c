//! What the author of a function implements.

use crate::{attribute::Attribute, schema::Schema};

/// A provider function: a struct whose fields are the parameters, in order. An `Option` may be given as null. It must be
/// pure: Terraform compares the answers of plan and apply.
pub trait Function: Schema {
    /// What it answers.
    type Output: Attribute;

    /// Computes the answer. The struct's doc comment is the function's description, its first line the summary.
    fn call(self) -> Result<Self::Output, FunctionError>;
}

/// Why a function refuses its arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What is wrong and what to write instead.
    pub text: String,
    /// The parameter it is about.
    pub parameter: Option<&'static str>,
}

impl FunctionError {
    /// A complaint about one parameter.
    pub fn at(parameter: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), parameter: Some(parameter) }
    }
}
