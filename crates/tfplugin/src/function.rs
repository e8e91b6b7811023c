//! Provider functions, such as `provider::shop::slug("A name")`.
//!
//! A function is a struct that derives [`Schema`](macro@crate::Schema), with [`Function`] implemented for it. The
//! fields are the parameters, by position; `name` on the struct is the function's name without the
//! provider's prefix. Terraform 1.8 and OpenTofu 1.7 introduced provider functions.
//!
//! ```
//! use tfplugin::{Function, FunctionError, Schema};
//!
//! /// Makes a slug.
//! ///
//! /// Keeps letters and digits, in lower case, and joins the words with `separator`, or with a dash.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "slug")]
//! struct Slug {
//!     /// Text to make a slug from.
//!     #[schema(required)]
//!     text: String,
//!     /// Text between the words, or null.
//!     #[schema(optional)]
//!     separator: Option<String>,
//! }
//!
//! impl Function for Slug {
//!     type Output = String;
//!
//!     fn call(self) -> Result<String, FunctionError> {
//!         let words = self.text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
//!         let words: Vec<_> = words.map(str::to_lowercase).collect();
//!         if words.is_empty() {
//!             return Err(FunctionError::at("text", "The text has no letters. Give one that has."));
//!         }
//!         Ok(words.join(self.separator.as_deref().unwrap_or("-")))
//!     }
//! }
//!
//! let slug = Slug { text: "A name".to_owned(), separator: None };
//! assert_eq!(slug.call().as_deref(), Ok("a-name"));
//! # let _ = tfplugin::Offers::<()>::new().function::<Slug>();
//! ```

use crate::{attribute::Attribute, schema::Schema};

/// A provider function: a struct whose fields are the parameters, in order. The [module's page](self) has
/// an example.
///
/// - A caller gives an argument for each parameter. An `Option` accepts null; other types reject it.
/// - Parameters are `required` or `optional`, never `computed`, and a function has no blocks.
///   `validate` and `validate_each` work as in resources.
/// - Terraform does not call the function while an argument is unknown: the result is unknown too.
/// - Functions work without the provider's configuration, so they have no clients.
///
/// The function must be pure: Terraform calls it in plan and apply, and fails if the results differ.
pub trait Function: Schema {
    /// Type of the result: any [`Attribute`], a struct that derives `Schema` included.
    type Output: Attribute;

    /// Computes the result. The struct's doc comment is the function's description, its first line the
    /// summary.
    ///
    /// # Errors
    /// Terraform shows the text at the argument, or at the call.
    fn call(self) -> Result<Self::Output, FunctionError>;
}

/// Why a function rejects its arguments. Without a parameter the error concerns the call as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What is wrong, and what to write instead. Terraform puts "Call to function … failed" in front, and a full
    /// stop behind: one at the end of this text is left out.
    pub text: String,
    /// Name of the rejected parameter, as in the schema.
    pub parameter: Option<&'static str>,
}

impl FunctionError {
    /// An error about one parameter; `parameter` is its name in the schema.
    pub fn at(parameter: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), parameter: Some(parameter) }
    }
}
