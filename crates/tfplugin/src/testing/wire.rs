//! Values, diagnostics and paths, to and from their messages, as a host reads them.

use tfplugin_proto::tfplugin6::{self, DynamicValue, attribute_path::step::Selector, diagnostic};

use crate::{
    diagnostics::{Diagnostic, Severity},
    path::{AttributePath, Step},
    schema::Schema,
    value::{Type, Value, msgpack},
};

/// Diagnostics from their messages.
#[doc(hidden)]
pub fn from_wire(diagnostics: Vec<tfplugin6::Diagnostic>) -> Vec<Diagnostic> {
    let from_wire = |it: tfplugin6::Diagnostic| Diagnostic {
        severity: if it.severity() == diagnostic::Severity::Warning {
            Severity::Warning
        } else {
            Severity::Error
        },
        path: it.attribute.as_ref().map(to_path).unwrap_or_default(),
        summary: it.summary,
        detail: it.detail,
    };
    diagnostics.into_iter().map(from_wire).collect()
}

/// A path from its message.
#[doc(hidden)]
pub fn to_path(path: &tfplugin6::AttributePath) -> AttributePath {
    path.steps.iter().fold(AttributePath::root(), |path, step| {
        path.then(match step.selector.clone().expect("every step has a selector") {
            Selector::AttributeName(name) => Step::Attribute(name),
            Selector::ElementKeyString(key) => Step::Key(key),
            Selector::ElementKeyInt(index) => Step::Index(index),
        })
    })
}

/// The message of a value of this schema.
#[doc(hidden)]
pub fn encode<S: Schema>(value: &Value) -> DynamicValue {
    encode_as(value, &S::block().value_type())
}

/// The message of a value of this type.
#[doc(hidden)]
pub fn encode_as(value: &Value, value_type: &Type) -> DynamicValue {
    let msgpack = msgpack::encode(value, value_type).expect("the value fits the schema");
    DynamicValue { msgpack, json: Vec::new() }
}

/// The value of a message of this schema.
pub(super) fn decode<S: Schema>(message: Option<&DynamicValue>) -> Value {
    decode_as(message, &S::block().value_type())
}

/// The value of a message of this type; nothing is null, as core takes it.
#[doc(hidden)]
pub fn decode_as(message: Option<&DynamicValue>, value_type: &Type) -> Value {
    match message {
        Some(message) if !message.msgpack.is_empty() => {
            msgpack::decode(&message.msgpack, value_type).expect("the response fits the schema")
        }
        _ => Value::Null,
    }
}
