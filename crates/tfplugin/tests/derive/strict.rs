//! The generated code passes the lints that careful crates turn on.
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, dead_code, unused, clippy::pedantic)]

use tfplugin::{Schema, Value};

/// Has all that a name may have.
#[derive(Clone, Debug, Schema)]
#[schema(name = "example_thing")]
pub(crate) struct Thing {
    /// Identifies it.
    #[schema(computed)]
    pub(crate) id: Value<String>,
    /// Named after a keyword.
    #[schema(required)]
    pub(crate) r#type: String,
    /// Defaults are of the type already, or become it.
    #[schema(optional, computed, default = 5)]
    pub(crate) size: i64,
    /// Defaults are of the type already, or become it.
    #[schema(optional, computed, default = "small")]
    pub(crate) text: String,
}

/// Without fields.
#[derive(Clone, Debug, Schema)]
struct Nothing;

#[test]
fn a_struct_without_fields_is_an_empty_object() {
    assert_eq!(Nothing::block().attributes.len(), 0);
    assert_eq!(Nothing.to_value(), Value::mapping::<&str>([]));
}

#[test]
fn a_field_named_after_a_keyword_loses_its_prefix() {
    assert_eq!(Thing::block().attributes[1].name, "type");
    let thing = Thing { id: Value::Null, r#type: "x".to_owned(), size: 1, text: String::new() };
    assert_eq!(thing.to_value().member("type"), &Value::string("x"));
}
