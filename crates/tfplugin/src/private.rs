//! The private bytes that Terraform keeps with each object: a JSON object of notes.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Notes about one object by name. Unreadable bytes count as no notes: they are ours alone, and hold nothing that cannot be
/// found out again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Private(BTreeMap<String, Box<RawValue>>);

impl Private {
    /// From the bytes that Terraform kept.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// The bytes for Terraform to keep; empty when there are no notes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { serde_json::to_vec(&self.0).unwrap_or_default() }
    }

    /// The note of that name, if there is one of that type.
    pub(crate) fn get<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.0.get(key).and_then(|note| serde_json::from_str(note.get()).ok())
    }

    /// Keeps a note. One that has no JSON form is left out.
    pub(crate) fn set<T: serde::Serialize>(&mut self, key: &str, note: &T) {
        if let Ok(note) = serde_json::value::to_raw_value(note) {
            self.0.insert(key.to_owned(), note);
        }
    }
}
