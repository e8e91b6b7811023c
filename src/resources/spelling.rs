//! The API has one form for "not set"; the user has several (`null`, `""`, `[]`), and the state keeps theirs.

use std::collections::BTreeSet;

use coreweave::Ca;

/// An attribute's spelling of what the API has as `L`.
pub(crate) trait Spelling<L> {
    /// What the API gets.
    fn to_api(&self) -> L;

    /// Takes over what the API has, and keeps the user's spelling where that means the same.
    fn read(&mut self, found: &L);

    /// The same as a new value.
    fn with_found(mut self, found: &L) -> Self
    where
        Self: Sized,
    {
        self.read(found);
        self
    }
}

impl Spelling<String> for String {
    fn to_api(&self) -> String {
        self.clone()
    }

    fn read(&mut self, found: &String) {
        self.clone_from(found);
    }
}

impl Spelling<String> for Option<String> {
    fn to_api(&self) -> String {
        self.clone().unwrap_or_default()
    }

    fn read(&mut self, found: &String) {
        if Spelling::<String>::to_api(self) != *found {
            *self = Some(found.clone()).filter(|found| !found.is_empty());
        }
    }
}

impl Spelling<BTreeSet<String>> for Option<BTreeSet<String>> {
    fn to_api(&self) -> BTreeSet<String> {
        self.clone().unwrap_or_default()
    }

    fn read(&mut self, found: &BTreeSet<String>) {
        if self.to_api() != *found {
            *self = Some(found.clone()).filter(|found| !found.is_empty());
        }
    }
}

/// Certificates, as PEM.
impl Spelling<Ca> for Option<String> {
    fn to_api(&self) -> Ca {
        Ca::from_pem(self.as_deref().unwrap_or_default())
    }

    fn read(&mut self, found: &Ca) {
        if Spelling::<Ca>::to_api(self) != *found {
            // What cannot be decoded shows as it is: reading must not fail on foreign content.
            let pem = found.to_pem().unwrap_or_else(|| found.as_base64().to_owned());
            *self = Some(pem).filter(|pem| !pem.is_empty());
        }
    }
}
