//! `#[derive(Schema)]` of `tfplugin`: one struct is a Terraform object's schema, its typed model, and its
//! documentation. Use it as `tfplugin::Schema`; this crate has no other purpose.
//!
//! [`macro@Schema`] describes all options. The parts: `parse` reads the struct, `check` rejects combinations
//! without a meaning, and `expand` writes the code.

mod check;
mod description;
mod expand;
mod expand_field;
mod parse;

use proc_macro::TokenStream;

/// Derives `tfplugin::Schema` (and `tfplugin::Attribute`, so that the struct can be nested) for a struct with
/// named fields and without generics, and adds a struct `…Partial` with the same fields as values that may be
/// null or unknown.
///
/// The doc comments are the descriptions, in Markdown; they are required, except on nested blocks. Lines of a
/// paragraph are joined. Each field is an attribute or block, with its options in `#[schema(…)]`.
///
/// # Options of the struct
///
/// | option | meaning |
/// |---|---|
/// | `name = "shop_bucket"` | type name of the resource or data source, or name of the function. Left out for a provider's configuration and for nested structs |
/// | `version = 1` | version of the schema, for state upgrades. Default 0 |
/// | `deprecated = "…"` | why not to use it any more, and what to use instead |
///
/// # Options of a field
///
/// | option | meaning |
/// |---|---|
/// | `required`, `optional`, `computed`, `optional, computed` | who sets the value; one of these is required |
/// | `default = expression` | value if the configuration has none; needs `optional, computed` |
/// | `sensitive` | hidden in output |
/// | `write_only` | never in plan or state |
/// | `replace`, `replace_if = function` | a change needs a new object: always, or if the function returns `true` |
/// | `validate(function, …)`, `validate_each(function, …)` | rules for the value, or for each element of a collection |
/// | `same = function` | whether two spellings mean the same value |
/// | `name = "…"` | name in the configuration if it differs from the field's |
/// | `deprecated = "…"` | why not to use it any more, and what to use instead |
/// | `block`, `block(min = 1, max = 2)` | a nested block instead of an attribute |
/// | `flatten` | the attributes and blocks of another struct at the same level |
///
/// The types that a field may have are those of `tfplugin::attribute`.
///
/// ## Presence and defaults
///
/// ```
/// use tfplugin::{Schema, Value};
///
/// /// Stores objects.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_bucket")]
/// struct Bucket {
///     /// Name of the bucket. Null is an error.
///     #[schema(required)]
///     name: String,
///     /// Comment; null if left out.
///     #[schema(optional)]
///     comment: Option<String>,
///     /// Number of copies of each object. Defaults to 3.
///     #[schema(optional, computed, default = 3)]
///     copies: i64,
///     /// Region of the bucket. Defaults to one that the API chooses.
///     #[schema(optional, computed)]
///     region: Value<String>,
///     /// URL of the bucket.
///     #[schema(computed)]
///     url: Value<String>,
/// }
/// # assert_eq!(Bucket::block().attributes.len(), 5);
/// ```
///
/// A required field has no `Option` unless it is `write_only`, an optional one has, and what may be unknown is a `Value`: other
/// combinations do not compile. In a nested struct a computed field may have any type.
///
/// ## Secrets
///
/// `sensitive` hides a value in output; the state still has it. `write_only` keeps it out of plan and state, for
/// managed resources on Terraform and OpenTofu 1.11 and newer: `create` and `update` receive it, and a second
/// attribute, such as a version, shows that it changed. It is null everywhere else, so its type is an `Option`, also if
/// it is required. Older hosts get an error at the attribute if it is set. Elements of sets cannot have such values.
/// Use `SecretString` for both, since its `Debug` shows nothing.
///
/// ```
/// use secrecy::SecretString;
/// use tfplugin::Schema;
///
/// /// A user.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_user")]
/// struct User {
///     /// Token of the user.
///     #[schema(optional, sensitive)]
///     token: Option<SecretString>,
///     /// Password of the user. Change `password_version` to set it again.
///     #[schema(required, write_only)]
///     password: Option<SecretString>,
///     /// Version of the password, such as 1.
///     #[schema(required)]
///     password_version: i64,
/// }
/// ```
///
/// ## Replacement
///
/// `replace` replaces the object if the value changes, unless the prior value is null. `replace_if` calls a
/// function with the prior and the planned value, which differ; the planned one may be unknown.
///
/// ```
/// use tfplugin::{Schema, Value, value::Data};
///
/// /// A disk.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_disk")]
/// struct Disk {
///     /// Zone of the disk. Changing it replaces the disk.
///     #[schema(required, replace)]
///     zone: String,
///     /// Size in GiB. A smaller one replaces the disk.
///     #[schema(required, replace_if = is_smaller)]
///     size: i64,
/// }
///
/// fn is_smaller(prior: &Value, planned: &Value) -> bool {
///     match (prior, planned) {
///         (Value::Known(Data::Number(prior)), Value::Known(Data::Number(planned))) => planned < prior,
///         _ => false,
///     }
/// }
/// ```
///
/// ## Rules and spellings
///
/// A rule is a function from the value to `Result<(), String>`; the text has what is wrong, and what to write
/// instead. It runs only if the value is known and not null. Rules for a string may take `&str`. `same` is a
/// function of two values: if it returns `true`, nothing changes, and the state keeps its spelling.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use tfplugin::{Schema, duration};
///
/// /// A job.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_job")]
/// struct Job {
///     /// Interval as a Go duration, such as `1h`.
///     #[schema(required, validate(duration::validate, not_zero), same = duration::same)]
///     interval: String,
///     /// E-mail addresses that receive the result.
///     #[schema(optional, validate_each(has_an_at))]
///     recipients: Option<BTreeSet<String>>,
/// }
///
/// fn not_zero(text: &str) -> Result<(), String> {
///     if text == "0" { Err("The interval is 0. Write at least \"1m\".".to_owned()) } else { Ok(()) }
/// }
///
/// fn has_an_at(text: &str) -> Result<(), String> {
///     let error = || format!("{text:?} is not an address. Write one such as \"ada@example.com\".");
///     text.contains('@').then_some(()).ok_or_else(error)
/// }
/// ```
///
/// Rules for several attributes belong into `validate` of the resource.
///
/// ## Nested attributes and blocks
///
/// A struct that derives `Schema` without a name is the type of a nested attribute (`disk = { … }`), alone or in
/// a `Vec`, `BTreeSet`, or `BTreeMap<String, …>`. With `block` it is a block (`disk { … }`): exactly one for the
/// struct itself, at most one for `Option`, any number for a collection. `min` and `max` are for `Vec` and
/// `BTreeSet`.
///
/// ```
/// use tfplugin::{Schema, Timeouts};
///
/// /// A machine.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_machine")]
/// struct Machine {
///     /// Disk with the operating system.
///     #[schema(required)]
///     disk: Disk,
///     /// More disks.
///     #[schema(optional)]
///     more_disks: Option<Vec<Disk>>,
///     #[schema(block(max = 4))]
///     network: Vec<Network>,
///     #[schema(block)]
///     timeouts: Option<Timeouts>,
/// }
///
/// /// A disk.
/// #[derive(Clone, Debug, Schema)]
/// struct Disk {
///     /// Size in GiB.
///     #[schema(required)]
///     size: i64,
/// }
///
/// /// A network of the machine.
/// #[derive(Clone, Debug, Schema)]
/// struct Network {
///     /// Name of the network; `type` is no name for a field in Rust.
///     #[schema(required, name = "type")]
///     kind: String,
/// }
/// ```
///
/// ## Attributes that several structs share
///
/// `flatten` adds the attributes and blocks of another struct after the struct's own, at the same level. The
/// field has no doc comment and no other option. `AsRef` and `AsMut` give generic code access to it, in the
/// struct and in its `…Partial`.
///
/// ```
/// use tfplugin::{Schema, Value};
///
/// /// What all objects have.
/// #[derive(Clone, Debug, Schema)]
/// struct Common {
///     /// Id of the object.
///     #[schema(computed)]
///     id: Value<String>,
///     /// Labels.
///     #[schema(optional, deprecated = "Labels have no effect. Use `tags`.")]
///     labels: Option<Vec<String>>,
/// }
///
/// /// A team.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_team", version = 2)]
/// struct Team {
///     /// Name of the team.
///     #[schema(required)]
///     name: String,
///     #[schema(flatten)]
///     common: Common,
/// }
///
/// fn id<S: AsRef<Common>>(object: &S) -> Option<&String> {
///     object.as_ref().id.as_known()
/// }
///
/// let names: Vec<_> = Team::block().attributes.iter().map(|attribute| attribute.name).collect();
/// assert_eq!(names, ["name", "id", "labels"]);
/// # let common = Common { id: Value::Known("t-1".to_owned()), labels: None };
/// # assert_eq!(id(&Team { name: "a".to_owned(), common }).map(String::as_str), Some("t-1"));
/// ```
///
/// # Errors
///
/// What Terraform would reject does not compile, with an error at the option: names with other characters than
/// `a-z`, `0-9`, and `_`, names that Terraform reserves (`count`, `for_each`, …), missing descriptions, a default
/// without `optional, computed`, a computed attribute with `replace`, and others.
///
/// ```compile_fail,E0080
/// use tfplugin::Schema;
///
/// /// A bucket.
/// #[derive(Clone, Debug, Schema)]
/// #[schema(name = "shop_bucket")]
/// struct Bucket {
///     /// Number of buckets.
///     #[schema(required)]
///     count: i64, // Terraform reserves this name
/// }
/// ```
#[proc_macro_derive(Schema, attributes(schema))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    parse::object(&input)
        .and_then(|object| check::check(&object).map(|()| expand::expand(&object)))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
