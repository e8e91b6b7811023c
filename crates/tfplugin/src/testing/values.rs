//! Configurations and states as tests write them, and diagnostics as tests compare them.

use crate::{
    diagnostics::{Diagnostic, Severity},
    path::{AttributePath, Step},
    schema::{Nesting, Schema},
    value::{Data, Value, json},
};

/// A configuration or state of this schema from JSON. Attributes that it leaves out are null; blocks that it
/// leaves out are empty. JSON has no unknown values: put those in with [`with`].
///
/// # Panics
/// When the JSON does not fit the schema.
pub fn object<S: Schema>(members: &serde_json::Value) -> Value {
    let block = S::block();
    let text = members.to_string();
    let mut value = json::decode(text.as_bytes(), &block.value_type()).expect("the object fits the schema");
    for nested in &block.blocks {
        if nested.nesting != Nesting::Single && value.member(nested.name).is_null() {
            value = with(value, nested.name, Value::Known(Data::Sequence(Vec::new())));
        }
    }
    value
}

/// The same object with another value of one member, such as an unknown one:
///
/// ```
/// # use tfplugin::{Schema, Value};
/// # /// A bucket.
/// # #[derive(Clone, Debug, Schema)]
/// # #[schema(name = "shop_bucket")]
/// # struct Bucket {
/// #     /// Name.
/// #     #[schema(required)]
/// #     name: String,
/// # }
/// use tfplugin::testing::{object, with};
///
/// let config = with(object::<Bucket>(&serde_json::json!({})), "name", Value::Unknown);
/// assert!(config.member("name").is_unknown());
/// ```
///
/// # Panics
/// When the value is not an object.
#[must_use]
pub fn with(value: Value, name: &str, member: Value) -> Value {
    let Value::Known(Data::Mapping(mut members)) = value else { panic!("only an object has members") };
    members.insert(name.to_owned(), member);
    Value::Known(Data::Mapping(members))
}

/// The errors among diagnostics, each as `PATH: SUMMARY: DETAIL`.
pub fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    texts(diagnostics, Severity::Error)
}

/// The warnings among diagnostics, each as `PATH: SUMMARY: DETAIL`.
pub fn warnings(diagnostics: &[Diagnostic]) -> Vec<String> {
    texts(diagnostics, Severity::Warning)
}

fn texts(diagnostics: &[Diagnostic], severity: Severity) -> Vec<String> {
    let wanted = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
    wanted.map(|it| format!("{}: {}: {}", it.path, it.summary, it.detail)).collect()
}

/// Whether there is something at this place.
pub(super) fn exists(value: &Value, path: &AttributePath) -> bool {
    let mut here = value;
    path.steps().iter().all(|step| {
        let next = match (step, here) {
            (Step::Attribute(name) | Step::Key(name), Value::Known(Data::Mapping(members))) => {
                members.get(name)
            }
            (Step::Index(index), Value::Known(Data::Sequence(elements))) => {
                usize::try_from(*index).ok().and_then(|index| elements.get(index))
            }
            _ => None,
        };
        here = next.unwrap_or(&Value::Null);
        next.is_some()
    })
}
