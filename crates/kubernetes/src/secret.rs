//! Empty Secrets, which tokens are bound to. Deleting one revokes its tokens.

use serde_json::{Map, Value};

use super::{
    difference::Difference,
    object::{Api, Kind},
};

/// A Secret without data. Foreign data is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secret;

impl Kind for Secret {
    const MEMBERS: &'static [&'static str] = &[];

    fn api(_namespaced: bool) -> Api {
        Api { group_version: "v1", kind: "Secret", plural: "secrets" }
    }

    fn from_json(_object: &Value) -> Self {
        Self
    }

    fn to_json(&self) -> Map<String, Value> {
        Map::from_iter([("type".to_owned(), "Opaque".into())])
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
