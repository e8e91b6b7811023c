//! Private state: the bytes that Terraform stores with each object, here a JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Values of one object's private state by key. Unreadable bytes count as empty: only this framework writes them, and
/// they have nothing that cannot be found out again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Private(BTreeMap<String, Box<RawValue>>);

impl Private {
    /// From the bytes that Terraform stored.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// The bytes for Terraform to store; empty if there is no value.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { serde_json::to_vec(&self.0).unwrap_or_default() }
    }

    /// Whether there is no value.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value with this key, if there is one of that type.
    pub(crate) fn get<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.0.get(key).and_then(|json| serde_json::from_str(json.get()).ok())
    }

    /// Removes a value.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Sets a value. One without a JSON form is ignored.
    pub(crate) fn set<T: serde::Serialize>(&mut self, key: &str, value: &T) {
        if let Ok(json) = serde_json::value::to_raw_value(value) {
            self.0.insert(key.to_owned(), json);
        }
    }
}
