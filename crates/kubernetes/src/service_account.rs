//! ServiceAccounts.

use serde_json::{Map, Value};

use super::{
    difference::Difference,
    object::{Api, Kind},
};

/// A ServiceAccount. Its lists of Secrets are not managed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// `automountServiceAccountToken`; unset means yes.
    pub automount: Option<bool>,
}

const AUTOMOUNT: &str = "automountServiceAccountToken";

impl Kind for ServiceAccount {
    const MEMBERS: &'static [&'static str] = &[AUTOMOUNT];

    fn api(_namespaced: bool) -> Api {
        Api { group_version: "v1", kind: "ServiceAccount", plural: "serviceaccounts" }
    }

    fn from_json(object: &Value) -> Self {
        Self { automount: object[AUTOMOUNT].as_bool() }
    }

    fn to_json(&self) -> Map<String, Value> {
        Map::from_iter([(AUTOMOUNT.to_owned(), self.automount.into())])
    }

    fn differences(&self, found: &Self) -> Vec<Difference> {
        if self.automount == found.automount { Vec::new() } else { vec![Difference::AutomountToken] }
    }

    fn normalized(&self) -> Self {
        self.clone()
    }

    fn in_spelling_of(&self, _live: &Self) -> Self {
        self.clone()
    }
}
