//! Namespaces, of which only metadata is managed.

use serde_json::{Map, Value};

use super::{
    difference::Difference,
    object::{Api, Kind},
};

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace;

impl Kind for Namespace {
    const MEMBERS: &'static [&'static str] = &[];

    fn api(_namespaced: bool) -> Api {
        Api { group_version: "v1", kind: "Namespace", plural: "namespaces" }
    }

    fn from_json(_object: &Value) -> Self {
        Self
    }

    fn to_json(&self) -> Map<String, Value> {
        Map::new()
    }

    fn differences(&self, _found: &Self) -> Vec<Difference> {
        Vec::new()
    }

    fn normalized(&self) -> Self {
        Self
    }

    fn in_spelling_of(&self, _live: &Self) -> Self {
        Self
    }
}
