//! A small Terraform: configurations, states, and the walks of a plan and an apply as core makes them, on the provider's own gRPC
//! service.
//!
//! Rules are core's: a replacement is planned again as a create with the private state of the first plan; an apply plans once more with
//! the whole configuration; a failed create that left something is tainted; a failed delete keeps the prior state.

pub mod apply;
mod graph;
pub mod plan;
pub mod process;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tfplugin::{Diagnostic, Value, value::Data};

/// One resource or data source of a configuration.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Resource type.
    pub type_name: &'static str,
    /// Whether it is a data source.
    pub is_data: bool,
    /// Attributes as JSON.
    pub attributes: serde_json::Value,
    /// Attributes that are those of other resources: attribute, address, attribute there.
    pub references: Vec<(&'static str, String, &'static str)>,
    /// Attributes that are known only after apply although they do not change: of a data source with `depends_on`.
    pub late: Vec<&'static str>,
    /// A data source whose `depends_on` has changes, so that it is read only during the apply.
    pub deferred: bool,
    /// `create_before_destroy`.
    pub create_first: bool,
    /// Addresses that come first.
    pub needs: BTreeSet<String>,
}

/// A configuration by address.
pub type Configuration = BTreeMap<String, Declared>;

/// One object in a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Resource type.
    pub type_name: &'static str,
    /// Attributes.
    pub value: Value,
    /// Private state.
    pub private: Vec<u8>,
    /// To be replaced by the next apply.
    pub tainted: bool,
    /// Addresses on which it depended when it was applied.
    pub needs: BTreeSet<String>,
}

/// A state by address.
pub type State = BTreeMap<String, Instance>;

/// Everything that was shown during a run.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What broke core's rules.
    pub broken: Vec<String>,
    /// Addresses that an argument replaces which is unknown at plan and does not change.
    pub late: Vec<String>,
}

impl Shown {
    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == tfplugin::Severity::Error)
    }
}

/// What is in a mutex, also after a panic elsewhere.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same object with another value of one member.
fn with(value: Value, name: &str, member: Value) -> Value {
    let Value::Known(Data::Mapping(mut members)) = value else { return value };
    members.insert(name.to_owned(), member);
    Value::Known(Data::Mapping(members))
}

/// A configuration's value, with what it refers to. `late`: values that are known only after apply stay unknown.
fn evaluated(declared: &Declared, values: &BTreeMap<String, Value>, late: bool) -> Value {
    let mut value = process::object(declared.type_name, &declared.attributes);
    for (attribute, address, there) in &declared.references {
        let found = values.get(address).map_or(Value::Unknown, |value| value.member(there).clone());
        value = with(value, attribute, found);
    }
    for attribute in declared.late.iter().filter(|_| late) {
        value = with(value, attribute, Value::Unknown);
    }
    value
}
