//! Private state: the bytes that Terraform stores with each object, here a JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Values of one object's private state by key. Unreadable bytes count as empty: only this framework writes them, and
/// they have nothing that cannot be found out again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Private(BTreeMap<String, Box<RawValue>>);

/// Begins the keys of notes, which end with their change.
const NOTE: &str = "planned:";

fn note_key(key: &str) -> String {
    format!("{NOTE}{key}")
}

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

    /// Sets a value; a null removes it. One without a JSON form is ignored.
    pub(crate) fn set<T: serde::Serialize>(&mut self, key: &str, value: &T) {
        match serde_json::value::to_raw_value(value) {
            Ok(json) if json.get() == "null" => drop(self.0.remove(key)),
            Ok(json) => drop(self.0.insert(key.to_owned(), json)),
            Err(_) => {}
        }
    }

    /// The note that a plan left for the rest of its change.
    pub(crate) fn note<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.get(&note_key(key))
    }

    /// Leaves a note for the rest of a change.
    pub(crate) fn set_note<T: serde::Serialize>(&mut self, key: &str, value: &T) {
        self.set(&note_key(key), value);
    }

    /// Without the notes of plans: what is stored with an object.
    pub(crate) fn without_notes(mut self) -> Self {
        self.0.retain(|key, _| !key.starts_with(NOTE));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_ends_with_its_change_and_a_null_removes_a_value() {
        let mut private = Private::default();
        private.set("kept", &1);
        private.set("removed", &1);
        private.set("removed", &None::<u8>);
        private.set_note("kept", &true);
        assert_eq!((private.get("kept"), private.note("kept")), (Some(1), Some(true)));
        let private = Private::from_bytes(&private.to_bytes());
        assert_eq!(private.note("kept"), Some(true), "the second plan has it");
        assert_eq!(private.without_notes().to_bytes(), br#"{"kept":1}"#);
    }
}
