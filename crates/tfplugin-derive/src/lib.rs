//! `#[derive(Schema)]`: one struct is a Terraform object's schema, its typed model and its documentation.
//!
//! The struct's doc comment is the description; each field is an attribute (or a block) with one `#[schema(…)]` line:
//!
//! | option | meaning |
//! |---|---|
//! | `required`, `optional`, `computed`, `optional, computed` | who gives the value |
//! | `sensitive`, `write_only` | hidden in output; never stored |
//! | `replace`, `replace_if = path` | a change needs a new object; `fn(&Value, &Value) -> bool` decides |
//! | `default = expression` | the value where the configuration gives none (with `optional, computed`) |
//! | `validate(path, …)`, `validate_each(path, …)` | `fn(&T) -> Result<(), String>` for the value, or for each element |
//! | `same = path` | `fn(&T, &T) -> bool`: other spelling, same meaning |
//! | `deprecated = "…"` | why, and what to use instead |
//! | `name = "…"` | a name in configuration that is no Rust name |
//! | `flatten` | the attributes and blocks of another such struct as if they stood here, behind the struct's own; without a doc comment. `AsRef` and `AsMut` reach it, of the `…Partial` too |
//! | `block`, `block(min = 1, max = 2)` | a nested block instead of an attribute; the field's type says how many there are |
//!
//! On the struct: `name = "cks_example"`, `version = 1`, `deprecated = "…"`.

mod check;
mod description;
mod expand;
mod expand_field;
mod parse;

use proc_macro::TokenStream;

/// Derives `tfplugin::Schema`; see the crate's page for what a field may say.
#[proc_macro_derive(Schema, attributes(schema))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    parse::object(&input)
        .and_then(|object| check::check(&object).map(|()| expand::expand(&object)))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
