//! The cluster of an object, which the state of a moved object does not have yet.

use std::ops::Deref;

use tfplugin::{Attribute, Value, schema::Shape, value::ValueError};

/// UUID of a cluster. Null in the state, and empty here, for an object that a `moved` block brought from another provider: its
/// configuration names the cluster, and the first update stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterId(String);

impl ClusterId {
    /// Whether the state does not know the cluster yet.
    pub(super) fn is_unset(&self) -> bool {
        self.0.is_empty()
    }
}

impl Deref for ClusterId {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl From<String> for ClusterId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl Attribute for ClusterId {
    type Known = String;

    fn shape() -> Shape {
        String::shape()
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        if value.is_null() { Ok(Self::default()) } else { String::from_value(value).map(Self) }
    }

    fn to_value(&self) -> Value {
        if self.is_unset() { Value::Null } else { self.0.to_value() }
    }

    fn partial_from_value(value: &Value) -> Result<Value<String>, ValueError> {
        String::partial_from_value(value)
    }

    fn partial_to_value(partial: &Value<String>) -> Value {
        String::partial_to_value(partial)
    }
}
